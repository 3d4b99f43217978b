"""What is to be told now, and what is remembered of it. Pure.

Source: notifications-engine pkg/controller/{controller,state}.go.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.gitops.notifications.subscriptions import PREFIX, Wanted
from stackwright.gitops.notifications.types import Condition, Destination, Settings
from stackwright.kernel import expr, json

NOTIFIED = f"notified.{PREFIX}"
MAX_REMEMBERED = 100
State = Mapping[str, int]
"""What was told, by key, and when. Units: seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Due:
    """One notification that is to be sent. Shape: `key` is how it is remembered."""

    key: str
    trigger: str
    destination: Destination
    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Shape: `forget` are keys of conditions that hold no more; `problems` say which conditions have no value."""

    due: tuple[Due, ...] = ()
    forget: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()


def decide(wanted: Wanted, settings: Settings, environment: Mapping[str, Any], state: State) -> Decision:
    due: list[Due] = []
    forget: set[str] = set()
    problems: list[str] = []
    for trigger, destinations in sorted(wanted.items()):
        if trigger not in settings.triggers:
            problems.append(f"trigger {trigger!r} is not configured")
        for place, condition in enumerate(settings.triggers.get(trigger, ())):
            try:
                holds, once = _judged(condition, environment)
            except expr.ExprError as error:
                problems.append(f"trigger {trigger!r}: {error.message}")
                continue
            for destination in destinations:
                key = _key(settings.namespace, trigger, place, condition, once, destination)
                if holds and key not in state:
                    due.append(Due(key, trigger, destination, condition.send))
                elif not holds and condition.once_per is None and key in state:
                    forget.add(key)
    return Decision(tuple(due), frozenset(forget), tuple(problems))


def _judged(condition: Condition, environment: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether it holds, and what it holds once for. Raises ExprError."""
    holds = condition.when.value(environment)
    if not isinstance(holds, bool):
        raise expr.ExprError(f"the condition is neither true nor false but {holds!r}")
    if not holds or condition.once_per is None:
        return holds, ""
    return True, str(condition.once_per.value(environment) or "")


def _key(namespace: str, trigger: str, place: int, condition: Condition, once: str, destination: Destination) -> str:
    told = f"{trigger}:[{place}].{condition.key}:{destination.service}:{destination.recipient}"
    return ":".join(part for part in (namespace, once, told) if part)


def state_of(annotations: Mapping[str, str]) -> dict[str, int]:
    """What the annotation says; nothing when it cannot be read."""
    try:
        found = json.loads(annotations.get(NOTIFIED) or "{}")
    except json.JSONDecodeError:
        return {}
    return {key: when for key, when in _pairs(found) if isinstance(when, int)}


def _pairs(found: Any) -> Iterator[tuple[str, Any]]:
    return iter(found.items()) if isinstance(found, Mapping) else iter(())


def with_told(state: State, told: Mapping[str, int], forget: frozenset[str]) -> dict[str, int]:
    """The oldest go when there are too many."""
    merged = {key: when for key, when in {**state, **told}.items() if key not in forget}
    newest = sorted(merged.items(), key=lambda item: (-item[1], item[0]))[:MAX_REMEMBERED]
    return dict(sorted(newest))


def annotation_of(state: State) -> str | None:
    """None takes it away."""
    return json.dumps(dict(state)).decode() if state else None
