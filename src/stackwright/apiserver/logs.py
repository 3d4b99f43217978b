"""GET of a pod's log: which container, how much of it, and whether to go on.

Source: k8s.io/kubernetes pkg/registry/core/pod/rest/log.go and pkg/apis/core/validation (ValidatePodLogOptions).
"""

from datetime import datetime, timedelta

from stackwright.api.meta import Object, Resource, name_of
from stackwright.api.status import StatusError, bad_request, not_found
from stackwright.apiserver.answers import HEADERS, flag
from stackwright.apiserver.kind import FieldError
from stackwright.apiserver.listoptions import integer
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.ports import LogOptions
from stackwright.apiserver.refusals import invalid
from stackwright.apiserver.target import Target
from stackwright.kernel.clock import parse_rfc3339
from stackwright.kernel.http import Request, Response

_OPTIONS = Resource("", "v1", "podlogoptions", "PodLogOptions", True)
_TEXT = HEADERS | {"content-type": "text/plain"}


async def read_log(parts: Parts, target: Target, request: Request) -> Response:
    """Raises StatusError."""
    pod = parts.store.get("pods", target.namespace, target.name)
    if pod is None:
        raise not_found("", "pods", target.name)
    options = _options(request, parts.clock.now(), _container(pod, request.param("container") or ""))
    if not (pod.get("spec") or {}).get("nodeName"):
        return Response(204, b"", {"cache-control": HEADERS["cache-control"]})
    if parts.logs is None:
        raise StatusError(503, "ServiceUnavailable", f"no node of this cluster keeps the log of pod {target.name}")
    stream = parts.logs.read(pod, options)
    if options.follow:
        return Response(200, headers=_TEXT, stream=stream)
    return Response(200, b"".join([piece async for piece in stream]), _TEXT)


def _container(pod: Object, asked: str) -> str:
    """Raises StatusError 400."""
    spec = pod.get("spec") or {}
    groups = {field: [str(each.get("name")) for each in spec.get(field) or ()] for field in _FIELDS}
    names = [name for group in groups.values() for name in group]
    if asked:
        if asked not in names:
            raise bad_request(f"container {asked} is not valid for pod {name_of(pod)}")
        return asked
    if len(groups["containers"]) == 1 and len(names) == 1:
        return names[0]
    if not names:
        raise bad_request(f"a container name must be specified for pod {name_of(pod)}")
    listed = f"choose one of: [{' '.join(groups['containers'])}]"
    listed += f" or one of the init containers: [{' '.join(groups['initContainers'])}]" if groups["initContainers"] else ""
    listed += f" or one of the ephemeral containers: [{' '.join(groups['ephemeralContainers'])}]" if groups["ephemeralContainers"] else ""
    raise bad_request(f"a container name must be specified for pod {name_of(pod)}, {listed}")


_FIELDS = ("containers", "initContainers", "ephemeralContainers")


def _options(request: Request, now: datetime, container: str) -> LogOptions:
    """Raises StatusError 400, 422."""
    numbers = {name: _number(request, name) for name in ("tailLines", "limitBytes", "sinceSeconds")}
    problems = [
        FieldError("FieldValueInvalid", name, f"Invalid value: {numbers[name]}: {rule}")
        for name, least, rule in _RULES
        if (value := numbers[name]) is not None and value < least
    ]
    since_text = request.param("sinceTime")
    if since_text and numbers["sinceSeconds"] is not None:
        problems.append(FieldError("FieldValueForbidden", "", "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"))
    if problems:
        raise invalid(_OPTIONS, "", problems)
    since = _since(since_text) if since_text else None
    if numbers["sinceSeconds"] is not None:
        since = now - timedelta(seconds=numbers["sinceSeconds"])
    return LogOptions(
        container,
        follow=flag(request, "follow"),
        previous=flag(request, "previous"),
        timestamps=flag(request, "timestamps"),
        tail_lines=numbers["tailLines"],
        limit_bytes=numbers["limitBytes"],
        since=since,
    )


_RULES = (
    ("tailLines", 0, "must be greater than or equal to 0"),
    ("limitBytes", 1, "must be greater than 0"),
    ("sinceSeconds", 1, "must be greater than 0"),
)


def _number(request: Request, name: str) -> int | None:
    return integer(request, name) if request.param(name) else None


def _since(text: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise bad_request(f'parsing time "{text}": {error}') from error
