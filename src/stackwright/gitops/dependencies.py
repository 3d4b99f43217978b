"""Applications that others must come before: `stackwright.dev/depends-on` names them, automation waits for them. Pure.

Shape: the annotation is a comma-separated list of names, or of `namespace/name` for Applications elsewhere.
"""

from collections.abc import Callable, Iterator

from stackwright.api.meta import Object, annotations_of, name_of, namespace_of
from stackwright.gitops.application import spec_of, status_of
from stackwright.gitops.operations import in_progress

DEPENDS_ON = "stackwright.dev/depends-on"
Key = tuple[str, str]
Find = Callable[[Key], Object | None]


def dependencies_of(app: Object) -> tuple[Key, ...]:
    """(namespace, name) of each, in the order of the annotation."""
    found: dict[Key, None] = {}
    for text in str(annotations_of(app).get(DEPENDS_ON) or "").split(","):
        namespace, separator, name = text.strip().rpartition("/")
        if name:
            found[(namespace if separator else namespace_of(app), name)] = None
    return tuple(found)


def indexed(app: Object) -> tuple[str, ...]:
    """The dependencies as the values of an index."""
    return tuple(f"{namespace}/{name}" for namespace, name in dependencies_of(app))


def waiting_for(app: Object, find: Find) -> str:
    """Why the Application has to wait, in a sentence; empty when all that it depends on is there and well."""
    wanted = dependencies_of(app)
    if not wanted:
        return ""
    circle = _circle(app, find)
    if circle:
        return f"The dependencies are a circle: {' -> '.join(circle)}"
    reasons = [reason for key in wanted if (reason := _reason(key, find(key)))]
    return f"Waiting for {'; '.join(reasons)}" if reasons else ""


def _reason(key: Key, app: Object | None) -> str:
    title = f"{key[0]}/{key[1]}"
    if app is None:
        return f"{title}, which does not exist"
    status = status_of(app)
    sync, health = status.get("sync") or {}, status.get("health") or {}
    compared = sync.get("comparedTo") or {}
    if any(compared.get(field) != spec_of(app).get(field) for field in ("source", "sources", "destination")):
        return f"{title}, which has not been compared yet"
    if app.get("operation") or in_progress(status.get("operationState")):
        return f"{title}, which is being synced"
    if sync.get("status") != "Synced":
        return f"{title}, which is {sync.get('status') or 'Unknown'}"
    if health.get("status") != "Healthy":
        message = f" ({health['message']})" if health.get("message") else ""
        return f"{title}, which is {health.get('status') or 'Unknown'}{message}"
    return ""


def _circle(app: Object, find: Find) -> list[str]:
    """The way from an Application back to itself; empty when there is none."""
    start = (namespace_of(app), name_of(app))
    seen: set[Key] = set()
    stack: list[tuple[Key, Iterator[Key]]] = [(start, iter(dependencies_of(app)))]
    while stack:
        following = next(stack[-1][1], None)
        if following is None:
            stack.pop()
        elif following == start:
            return [f"{namespace}/{name}" for namespace, name in (*(key for key, _ in stack), start)]
        elif following not in seen:
            seen.add(following)
            found = find(following)
            stack.append((following, iter(dependencies_of(found) if found is not None else ())))
    return []
