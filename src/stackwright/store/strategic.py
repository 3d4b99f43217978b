"""Strategic merge patch: merge patch that knows the lists of a kind. Pure.

Directives: `$patch: replace|delete|merge`, `$retainKeys`, `$setElementOrder/<list>`, `$deleteFromPrimitiveList/<list>`.
Source: k8s.io/apimachinery pkg/util/strategicpatch.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.kernel.errors import BadInput
from stackwright.store.mergepatch import without_nulls
from stackwright.store.schema import ANY, Schema

PATCH = "$patch"
RETAIN_KEYS = "$retainKeys"
SET_ORDER = "$setElementOrder/"
DELETE_FROM = "$deleteFromPrimitiveList/"

Map = Mapping[str, Any]


class BadStrategicPatch(BadInput):
    """A directive is malformed."""

    code = "bad-strategic-patch"


class CannotMerge(BadInput):
    """A list item has no merge key, or a list mixes kinds of items."""

    code = "cannot-merge"


def patched(live: Map, patch: Map, schema: Schema) -> Map:
    """The live object with the patch laid over it; arguments are not changed. Raises BadStrategicPatch, CannotMerge."""
    return _map(live, patch, schema)


def _map(live: Map, patch: Map, schema: Schema) -> Map:
    if PATCH in patch:
        return _directed(patch)
    result = _retained(live, patch)
    ordered = _with_set_orders(result, patch, schema)
    for key, value in patch.items():
        if key == RETAIN_KEYS or key.startswith(SET_ORDER) or key in ordered:
            continue
        if key.startswith(DELETE_FROM):
            _delete_from(result, key.removeprefix(DELETE_FROM), value)
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = _member(result.get(key), value, _child(schema, key))
    return result


def _directed(patch: Map) -> Map:
    match patch[PATCH]:
        case "replace":
            plain: Map = without_directives(without_nulls({key: value for key, value in patch.items() if key != PATCH}))
            return plain
        case "delete":
            return {}
        case other:
            raise BadStrategicPatch(f"unknown patch type found: {other}")


def _child(schema: Schema, key: str) -> Schema:
    return schema.child(key) or ANY


def _member(live: Any, patch: Any, schema: Schema) -> Any:
    if isinstance(live, Mapping) and isinstance(patch, Mapping):
        return patch if "replace" in schema.patch_strategy.split(",") else _map(live, patch, schema)
    if isinstance(live, list) and isinstance(patch, list) and "merge" in schema.patch_strategy.split(","):
        return _list(live, patch, schema)
    return without_directives(without_nulls(patch))


def without_directives(value: Any) -> Any:
    """What is taken over where the live object has nothing to merge with. An item or map that only asks for a deletion is left out."""
    if isinstance(value, Mapping):
        kept = {key: item for key, item in value.items() if not key.startswith(("$patch", "$retainKeys", SET_ORDER, DELETE_FROM))}
        return {key: without_directives(item) for key, item in kept.items() if not _deletes(item)}
    if isinstance(value, list):
        plain = [item for item in value if not _deletes(item) and not (isinstance(item, Mapping) and set(item) == {PATCH})]
        return [without_directives(item) for item in plain]
    return value


def _deletes(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get(PATCH) == "delete"


def _retained(live: Map, patch: Map) -> dict[str, Any]:
    keys = patch.get(RETAIN_KEYS)
    if keys is None:
        return dict(live)
    if not isinstance(keys, list):
        raise BadStrategicPatch("invalid patch format of retainKeys")
    named = [key.removeprefix(SET_ORDER).removeprefix(DELETE_FROM) for key, value in patch.items() if value is not None]
    if any(key not in keys for key in named if key != RETAIN_KEYS):
        raise BadStrategicPatch("invalid patch format of retainKeys")
    return {key: value for key, value in live.items() if key in keys}


def _delete_from(result: dict[str, Any], key: str, gone: Any) -> None:
    if not isinstance(gone, list):
        raise BadStrategicPatch("invalid patch format of primitive list")
    if isinstance(result.get(key), list):
        result[key] = [item for item in result[key] if item not in gone]


def _list(live: list[Any], patch: list[Any], schema: Schema) -> list[Any]:
    if not live and not patch:
        return live
    if not all(isinstance(item, Mapping) for item in [*live, *patch]):
        if any(isinstance(item, Mapping | list) for item in [*live, *patch]):
            raise CannotMerge("list element types are not identical")
        merged = list(dict.fromkeys([*live, *patch]))
        return _ordered(merged, patch, live, "")
    key = schema.merge_key
    if not key:
        raise CannotMerge("cannot merge lists without merge key")
    kept, additions, replaced = _specials(live, patch, key)
    if replaced:
        return additions
    return _ordered(_joined(kept, additions, key, schema.items), additions, kept, key)


def _specials(live: list[Map], patch: list[Map], key: str) -> tuple[list[Map], list[Map], bool]:
    """The live items that no directive deletes, the plain items of the patch, and whether these replace the whole list."""
    kept, plain, replaced = list(live), [], False
    for item in patch:
        match item.get(PATCH):
            case None:
                plain.append(item)
            case "delete":
                wanted = _key_of(item, key)
                kept = [other for other in kept if other.get(key) != wanted]
            case "replace":
                replaced = True
            case "merge":
                raise CannotMerge("merging lists cannot yet be specified in the patch")
            case other:
                raise BadStrategicPatch(f"unknown patch type found: {other}")
    return kept, [without_directives(item) for item in plain] if replaced else plain, replaced


def _key_of(item: Map, key: str) -> Any:
    if key not in item:
        shown = " ".join(f"{name}:{value}" for name, value in sorted(item.items()))
        raise CannotMerge(f"map: map[{shown}] does not contain declared merge key: {key}")
    return item[key]


def _joined(live: list[Map], patch: list[Map], key: str, schema: Schema) -> list[Map]:
    result = list(live)
    places = {_hashable(item.get(key)): index for index, item in reversed(list(enumerate(result)))}
    for item in patch:
        place = places.get(_hashable(_key_of(item, key)))
        if place is None:
            places[_hashable(item[key])] = len(result)
            result.append(without_directives(without_nulls(item)))
        else:
            result[place] = _map(result[place], item, schema)
    return result


def _hashable(value: Any) -> Any:
    return value if not isinstance(value, Mapping | list) else repr(value)


def _ordered(merged: Sequence[Any], order: Sequence[Any], live: Sequence[Any], key: str) -> list[Any]:
    """Items of the patch in its order; items of the live list alone go before those that follow them there."""

    def identity(item: Any) -> Any:
        return _hashable(item.get(key) if key and isinstance(item, Mapping) else item)

    wanted = {identity(item): index for index, item in reversed(list(enumerate(order)))}
    places = {identity(item): index for index, item in reversed(list(enumerate(live)))}
    mine = sorted((item for item in merged if identity(item) in wanted), key=lambda item: wanted[identity(item)])
    others = [item for item in merged if identity(item) not in wanted]
    result: list[Any] = []
    while others and mine:
        left, right = places.get(identity(others[0])), places.get(identity(mine[0]))
        result.append(others.pop(0) if left is not None and right is not None and left < right else mine.pop(0))
    return result + others + mine


def _with_set_orders(result: dict[str, Any], patch: Map, schema: Schema) -> set[str]:
    """Merges the lists whose order the patch gives, in `result`; returns their names."""
    done: set[str] = set()
    for directive, order in patch.items():
        if not directive.startswith(SET_ORDER):
            continue
        name = directive.removeprefix(SET_ORDER)
        if not isinstance(order, list):
            raise BadStrategicPatch("invalid patch format of setElementOrder list")
        live, wanted, child = result.get(name), patch.get(name), _child(schema, name)
        _check_order(wanted, order, child.merge_key)
        merged = live if wanted is None else _member(live, wanted, child)
        if not isinstance(merged, list):
            continue
        result[name] = _ordered(merged, order, live or [], child.merge_key)
        done.add(name)
    return done


def _check_order(patch: Any, order: list[Any], key: str) -> None:
    """The plain items of the list must be in the order that the directive gives."""

    def identity(item: Any) -> Any:
        return item.get(key) if isinstance(item, Mapping) else item

    named = [identity(item) for item in patch or () if not (isinstance(item, Mapping) and PATCH in item)]
    remaining = iter([identity(item) for item in order])
    if not all(any(found == name for found in remaining) for name in named):
        raise BadStrategicPatch(f"The order in patch list:\n{patch}\n doesn't match $setElementOrder list:\n{order}\n")
