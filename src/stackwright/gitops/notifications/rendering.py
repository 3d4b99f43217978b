"""Templates filled in: every text of a template is one, wherever it stands. Pure.

Source: notifications-engine pkg/templates; Argo CD's docs/operator-manual/notifications/{templates,functions}.md.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from stackwright.gitops.notifications.types import Destination, Notification, Settings
from stackwright.kernel import gotemplate
from stackwright.kernel.errors import BadInput
from stackwright.kernel.expr import Moment, time_functions
from stackwright.kernel.gotemplate import Callee, CallError, TemplateError

MAX_NESTED = 8


def environment_of(app: Mapping[str, Any], settings: Settings, now: Callable[[], datetime]) -> dict[str, Any]:
    """What conditions see."""
    return {"app": app, "context": settings.context, "time": time_functions(now), "repo": _repo(app), "strings": _STRINGS}


def render(names: Sequence[str], settings: Settings, destination: Destination, environment: Mapping[str, Any]) -> Notification:
    """Several templates make one notification; later ones go before earlier ones. Raises BadInput."""
    kind = settings.services.get(destination.service, (destination.service, {}))[0]
    values = {**environment, "serviceType": kind, "recipient": destination.recipient}
    given = {**values, "app": gotemplate.as_go(environment["app"]), "context": gotemplate.as_go(settings.context)}
    message, parts = "", dict[str, Any]()
    for name in names:
        if name not in settings.templates:
            raise BadInput(f"template {name!r} is not configured")
        for key, value in settings.templates[name].items():
            filled = _filled(value, given, f"{name}.{key}")
            if key == "message":
                message = str(filled)
            else:
                parts[key] = {**parts[key], **filled} if isinstance(parts.get(key), dict) and isinstance(filled, dict) else filled
    return Notification(message, parts)


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
    return found.member("String")() if isinstance(found, Moment) else found


_CALL = Callee("a*", _called)
_STRINGS: Mapping[str, Callable[..., Any]] = {
    "ReplaceAll": lambda text, old, new: str(text).replace(str(old), str(new)),
    "ToUpper": lambda text: str(text).upper(),
    "ToLower": lambda text: str(text).lower(),
}


def _repo(app: Mapping[str, Any]) -> Mapping[str, Callable[..., Any]]:
    return {"RepoURLToHTTPS": to_https, "FullNameByRepoURL": full_name}


def to_https(url: str) -> str:
    """Of any address that git knows; credentials in it are left out."""
    text = str(url)
    if "://" not in text and ":" in text:
        host, _, path = text.rpartition("@")[2].partition(":")
        return f"https://{host}/{path}"
    parts = urlsplit(text)
    return f"https://{parts.netloc.rpartition('@')[2]}{parts.path}"


def full_name(url: str) -> str:
    """`owner/name`, the last two parts of the path."""
    path = urlsplit(to_https(url)).path.strip("/").removesuffix(".git")
    return "/".join(path.split("/")[-2:])
