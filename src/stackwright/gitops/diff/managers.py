"""`managedFieldsManagers`: fields that trusted managers own and that differ from what is wanted do not count.

Source: Argo CD's util/argo/managedfields.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stackwright.api.meta import Object, metadata_of
from stackwright.kernel import json

Path = tuple[str, ...]
MISSING: Any = object()


def without_managed(target: Object | None, live: Object | None, managers: Iterable[str]) -> tuple[Object | None, Object | None]:
    """Both objects without those fields; the very arguments where there are none."""
    if target is None or live is None:
        return target, live
    for path in paths_of_managers(live, managers):
        wanted = _at(target, path)
        if wanted is not MISSING and wanted != _at(live, path):
            target, live = without_path(target, path), without_path(live, path)
    return target, live


def paths_of_managers(live: Object, managers: Iterable[str]) -> list[Path]:
    """The fields that managers own. Shape: list items are `k:{…}`, `v:…` or `i:…`, as managedFields has them."""
    wanted = set(managers)
    entries = metadata_of(live).get("managedFields") if wanted else ()
    mine = [entry for entry in entries or () if isinstance(entry, Mapping) and entry.get("manager") in wanted]
    return [path for entry in mine for path in _leaves(entry.get("fieldsV1") or {}, ())]


def _leaves(node: Mapping[str, Any], path: Path) -> Iterator[Path]:
    children = {key: value for key, value in node.items() if key != "."}
    if not children and path:
        yield path
    for key, value in children.items():
        yield from _leaves(value, (*path, key))


def _at(value: Any, path: Path) -> Any:
    for element in path:
        if element.startswith("f:"):
            value = value.get(element[2:], MISSING) if isinstance(value, Mapping) else MISSING
        else:
            items = value if isinstance(value, list) else ()
            value = next((item for index, item in enumerate(items) if _is_item(item, index, element)), MISSING)
        if value is MISSING:
            return MISSING
    return value


def without_path(value: Any, path: Path) -> Any:
    """Without the field, where it is there; the argument is not changed."""
    head, rest = path[0], path[1:]
    if head.startswith("f:"):
        name = head[2:]
        if not isinstance(value, Mapping) or name not in value:
            return value
        if not rest:
            return {key: item for key, item in value.items() if key != name}
        return {**value, name: without_path(value[name], rest)}
    return _without_item(value, head, rest) if isinstance(value, list) else value


def _without_item(items: list[Any], element: str, rest: Path) -> list[Any]:
    result: list[Any] = []
    for index, item in enumerate(items):
        if not _is_item(item, index, element):
            result.append(item)
        elif rest:
            result.append(without_path(item, rest))
    return result


def _is_item(item: Any, index: int, element: str) -> bool:
    """A key that the item leaves out counts as its default: managedFields name the protocol of every port."""
    kind, _, text = element.partition(":")
    wanted = json.loads(text)
    if kind == "k":
        return isinstance(item, Mapping) and all(item.get(key, _KEY_DEFAULTS.get(key)) == value for key, value in wanted.items())
    return bool(item == wanted if kind == "v" else index == wanted)


_KEY_DEFAULTS = {"protocol": "TCP"}
