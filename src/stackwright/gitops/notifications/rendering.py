"""Templates filled in: every text of a template is one, wherever it stands. Pure.

Source: notifications-engine pkg/templates; Argo CD's docs/operator-manual/notifications/{templates,functions}.md.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from stackwright.gitops.notifications.commits import Commits
from stackwright.gitops.notifications.functions import STRINGS, SYNC, repo_functions
from stackwright.gitops.notifications.types import Destination, Notification, Settings
from stackwright.kernel import gotemplate
from stackwright.kernel.errors import BadInput
from stackwright.kernel.expr import Moment, time_functions
from stackwright.kernel.gotemplate import Callee, CallError, TemplateError

MAX_NESTED = 8


def environment_of(
    app: Mapping[str, Any], settings: Settings, now: Callable[[], datetime], commits: Commits | None = None
) -> dict[str, Any]:
    """What conditions see."""
    return {
        "app": app,
        "context": settings.context,
        "now": lambda: Moment(now()),
        "repo": repo_functions(commits or Commits()),
        "strings": STRINGS,
        "sync": SYNC,
        "time": time_functions(now),
    }


def render(names: Sequence[str], settings: Settings, destination: Destination, environment: Mapping[str, Any]) -> Notification:
    """Several templates make one notification; later ones go before earlier ones. Raises BadInput."""
    kind = settings.services.get(destination.service, (destination.service, {}))[0]
    values = {**environment, "serviceType": kind, "recipient": destination.recipient}
    given = {**values, "app": gotemplate.as_go(environment["app"]), "context": gotemplate.as_go(settings.context)}
    message, parts = "", dict[str, Any]()
    for name in names:
        if name not in settings.templates:
            raise BadInput(f"template {name!r} is not configured")
        for key, value in _completed(settings.templates[name], kind, name).items():
            filled = _filled(value, given, f"{name}.{key}")
            if key == "message":
                message = str(filled)
            else:
                parts[key] = {**parts[key], **filled} if isinstance(parts.get(key), dict) and isinstance(filled, dict) else filled
    return Notification(message, parts)


_REVISION = "{{.app.status.operationState.syncResult.revision}}"
_COMMIT = "{{(call .repo.GetCommitMetadata .app.status.sync.revision).%s}}"


def _completed(template: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    """With what the service that is told has for fields that the template leaves out."""
    part = template.get(kind)
    if not isinstance(part, Mapping):
        return template
    match kind:
        case "newrelic":
            own = {field: part[field] for field in ("changelog", "user", "description") if part.get(field)}
            defaults = {"changelog": _COMMIT % "Message", "user": _COMMIT % "Author"}
            return {**template, kind: {**defaults, **own, "revision": _REVISION}}
        case "alertmanager" if isinstance(part.get("labels"), Mapping) and part["labels"]:
            url = part.get("generatorURL") or "{{call .repo.RepoURLToHTTPS .app.spec.source.repoURL}}"
            return {**template, kind: {**part, "generatorURL": url, "labels": {"alertname": name, **part["labels"]}}}
        case _:
            return template


def _filled(value: Any, given: Mapping[str, Any], where: str, depth: int = 0) -> Any:
    match value:
        case str():
            try:
                return gotemplate.parse(value, {"call": _CALL}, name=where).render(given)
            except TemplateError as error:
                raise BadInput(f"template {where}: {error}") from error
        case Mapping() if depth < MAX_NESTED:
            return {key: _filled(item, given, f"{where}.{key}", depth + 1) for key, item in value.items()}
        case list() if depth < MAX_NESTED:
            return [_filled(item, given, where, depth + 1) for item in value]
        case _:
            return value


def _called(function: Any, *arguments: Any) -> Any:
    if not callable(function):
        raise CallError("call of non-function")
    try:
        found = function(*arguments)
    except (BadInput, TypeError) as error:
        raise CallError(str(error)) from error
    return found


_CALL = Callee("a*", _called)
