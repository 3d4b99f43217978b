"""Objects with one place changed. Arguments stay as they are; missing maps on the way are made."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.actions.types import Effect, Request, Run, patched
from stackwright.kernel.clock import rfc3339

ANNOTATIONS, LABELS = ("metadata", "annotations"), ("metadata", "labels")
Path = Sequence[str]


def at(obj: Any, path: Path) -> Any:
    """None when there is nothing."""
    for key in path:
        obj = obj.get(key) if isinstance(obj, Mapping) else None
    return obj


def with_value(obj: Any, path: Path, value: Any) -> dict[str, Any]:
    place = dict(obj) if isinstance(obj, Mapping) else {}
    place[path[0]] = value if len(path) == 1 else with_value(place.get(path[0]), path[1:], value)
    return place


def without(obj: Any, path: Path) -> Any:
    if not isinstance(obj, Mapping) or path[0] not in obj:
        return obj
    if len(path) == 1:
        return {key: value for key, value in obj.items() if key != path[0]}
    return {**obj, path[0]: without(obj[path[0]], path[1:])}


def sets(path: Path, value: Any) -> Run:
    """An action that writes one value."""

    def run(obj: Object, _request: Request) -> Sequence[Effect]:
        return patched(with_value(obj, path, value))

    return run


def stamps(path: Path, prefix: str = "", suffix: str = "Z") -> Run:
    """An action that writes the time."""

    def run(obj: Object, request: Request) -> Sequence[Effect]:
        return patched(with_value(obj, path, prefix + rfc3339(request.now).removesuffix("Z") + suffix))

    return run


def removes(*paths: Path) -> Run:
    def run(obj: Object, _request: Request) -> Sequence[Effect]:
        for path in paths:
            obj = without(obj, path)
        return patched(obj)

    return run


def in_order(*runs: Run) -> Run:
    """Several changes of one object as one."""

    def run(obj: Object, request: Request) -> Sequence[Effect]:
        for part in runs:
            obj = part(obj, request)[0].object
        return patched(obj)

    return run


def owner_of(obj: Object) -> dict[str, Any]:
    """The reference from what an object made to the object."""
    metadata = obj.get("metadata") or {}
    found = {"apiVersion": obj.get("apiVersion"), "kind": obj.get("kind"), "name": metadata.get("name"), "uid": metadata.get("uid")}
    return {key: value for key, value in found.items() if value is not None}


def named_by_time(obj: Object, request: Request, form: str) -> str:
    """`form` is one of strftime's."""
    return f"{at(obj, ('metadata', 'name'))}-{request.now.astimezone(UTC).strftime(form)}"


def without_empty(value: Any) -> Any:
    """No empty maps and lists: what a script could not tell apart is left out of what it creates. None when nothing is left."""
    if isinstance(value, Mapping):
        kept = {key: without_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None} or None
    if isinstance(value, list):
        return [item for item in map(without_empty, value) if item is not None] or None
    return value
