"""Trying triggers and templates without waiting for an Application to become what they are about. Pure.

Source: notifications-engine pkg/cmd/{trigger,template}.go.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from stackwright.gitops.notifications.types import Condition, Notification, Settings
from stackwright.kernel import expr, json
from stackwright.kernel.errors import BadInput

T = TypeVar("T")
_PREVIEW = 100


def conditions_of(settings: Settings, trigger: str) -> tuple[Condition, ...]:
    """Raises BadInput."""
    return _named("trigger", settings.triggers, trigger)


def template_of(settings: Settings, name: str) -> Mapping[str, Any]:
    """Raises BadInput."""
    return _named("template", settings.templates, name)


def _named(kind: str, found: Mapping[str, T], name: str) -> T:
    if name not in found:
        raise BadInput(f"{kind} {name!r} is not configured", hint=f"there are: {', '.join(sorted(found))}")
    return found[name]


def judged(condition: Condition, environment: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether it holds now, and why it has no value, if it has none."""
    try:
        found = condition.when.value(environment)
    except expr.ExprError as error:
        return False, error.message
    return (found, "") if isinstance(found, bool) else (False, f"expected true or false, found {found!r}")


def described(condition: Condition) -> dict[str, Any]:
    """As it is written in the settings."""
    once = {"oncePer": condition.once_per.source} if condition.once_per else {}
    return {"when": condition.when.source, **once, "send": list(condition.send)}


def preview(template: Mapping[str, Any]) -> str:
    """One line of it."""
    text = str(template.get("message") or json.dumps(dict(template)).decode())
    first = text.strip().split("\n")[0]
    return first if len(first) <= _PREVIEW else f"{first[: _PREVIEW - 3]}..."


def shown(notification: Notification) -> dict[str, Any]:
    """What a template gave, as one document."""
    return {**({"message": notification.message} if notification.message else {}), **notification.parts}
