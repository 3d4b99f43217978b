"""JSON patch as a Kubernetes API server carries it out. Pure.

Source: RFC 6902, with the habits of github.com/evanphx/json-patch v4: `replace` of an absent map key adds it, negative indexes count
from the end, the part of a path before the first slash is not looked at.
"""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from copy import deepcopy
from typing import Any

from stackwright.kernel import json
from stackwright.kernel.errors import BadInput

MAX_OPERATIONS = 10_000
MAX_COPIED_BYTES = 3 * 1024 * 1024
"""What all copies of a patch may add: each could double what the one before has made."""
Container = MutableMapping[str, Any] | list[Any]


class PatchDoesNotApply(BadInput):
    """An operation names a path that is not there, or a test fails."""

    code = "patch-does-not-apply"


def patched(document: Any, operations: Sequence[Mapping[str, Any]]) -> Any:
    """The document after all operations, in order; the argument is not changed. Raises PatchDoesNotApply."""
    result, copied = deepcopy(document), 0
    for operation in operations:
        carry_out = _OPERATIONS.get(str(operation.get("op")))
        if carry_out is None:
            raise PatchDoesNotApply(f"unexpected kind: {operation.get('op')}")
        if carry_out is _copy:
            copied += len(json.dumps(_get(*_find(result, operation, "from"))))
            _check_copied(copied)
        carry_out(result, operation)
    return result


def _check_copied(size: int) -> None:
    """Raises PatchDoesNotApply."""
    if size > MAX_COPIED_BYTES:
        text = f"the accumulated size increase of copy is {size}, exceeding the limit {MAX_COPIED_BYTES}"
        raise PatchDoesNotApply(f"Unable to complete the copy, {text}")


def _find(document: Any, operation: Mapping[str, Any], name: str = "path") -> tuple[Container, str]:
    """The container that holds the last part of the path, and that part."""
    path = operation.get(name)
    parts = path.split("/") if isinstance(path, str) else []
    if len(parts) < 2:
        raise PatchDoesNotApply(f"{operation.get('op')} operation does not apply: the {name} {path!r} names nothing")
    found = document
    for part in parts[1:-1]:
        found = _get(found, _decoded(part)) if isinstance(found, dict | list) else None
    if not isinstance(found, dict | list):
        raise PatchDoesNotApply(f"{operation.get('op')} operation does not apply: doc is missing path: {path}")
    return found, _decoded(parts[-1])


def _decoded(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _get(container: Container, key: str) -> Any:
    """None for an absent key of a map. Raises PatchDoesNotApply for an index that is not there."""
    return container[_index(container, key, len(container) - 1)] if isinstance(container, list) else container.get(key)


def _index(container: list[Any], key: str, last: int) -> int:
    try:
        index = int(key)
    except ValueError as error:
        raise PatchDoesNotApply(f"{key!r} is no index") from error
    if not -len(container) <= index <= last:
        raise PatchDoesNotApply(f"index {index} is out of bounds: the list has {len(container)} items")
    return index + len(container) if index < 0 else index


def _put(container: Container, key: str, value: Any) -> None:
    if isinstance(container, list):
        container.insert(len(container) if key == "-" else _index(container, key, len(container)), value)
    else:
        container[key] = value


def _take(container: Container, key: str) -> Any:
    if isinstance(container, list):
        return container.pop(_index(container, key, len(container) - 1))
    if key not in container:
        raise PatchDoesNotApply(f"there is no key {key!r}")
    return container.pop(key)


def _add(document: Any, operation: Mapping[str, Any]) -> None:
    _put(*_find(document, operation), deepcopy(operation.get("value")))


def _remove(document: Any, operation: Mapping[str, Any]) -> None:
    _take(*_find(document, operation))


def _replace(document: Any, operation: Mapping[str, Any]) -> None:
    container, key = _find(document, operation)
    _get(container, key)
    if isinstance(container, list):
        container[_index(container, key, len(container) - 1)] = deepcopy(operation.get("value"))
    else:
        container[key] = deepcopy(operation.get("value"))


def _move(document: Any, operation: Mapping[str, Any]) -> None:
    value = _take(*_find(document, operation, "from"))
    _put(*_find(document, operation), value)


def _copy(document: Any, operation: Mapping[str, Any]) -> None:
    value = deepcopy(_get(*_find(document, operation, "from")))
    _put(*_find(document, operation), value)


def _test(document: Any, operation: Mapping[str, Any]) -> None:
    found, wanted = _get(*_find(document, operation)), operation.get("value")
    if found != wanted or isinstance(found, bool) != isinstance(wanted, bool):
        raise PatchDoesNotApply(f"testing value {operation.get('path')} failed")


_OPERATIONS: Mapping[str, Callable[[Any, Mapping[str, Any]], None]] = {
    "add": _add, "remove": _remove, "replace": _replace, "move": _move, "copy": _copy, "test": _test,
}  # fmt: skip
