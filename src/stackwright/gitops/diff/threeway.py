"""What an object would be after `kubectl apply`: the wanted fields set, those applied before and wanted no more removed, all others kept.

Source: k8s.io/apimachinery pkg/util/strategicpatch (CreateThreeWayMergePatch) and pkg/util/jsonmergepatch.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of, metadata_of
from stackwright.kernel import json
from stackwright.store.schema import ANY, Schema

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_MISSING: Any = object()


def last_applied(live: Object | None) -> Object | None:
    """What a client-side apply left behind; None when there is nothing that can be read."""
    text = annotations_of(live).get(LAST_APPLIED) if live is not None else None
    if not text:
        return None
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return None
    return found if isinstance(found, Mapping) else None


def with_last_applied(target: Object) -> Object:
    """The object as kubectl sends it, with its own text in the annotation."""
    bare = without_last_applied(target)
    annotations = dict(annotations_of(bare))
    metadata = {**metadata_of(bare), "annotations": annotations}
    text = json.canonical({**bare, "metadata": metadata}).decode() + "\n"
    return {**bare, "metadata": {**metadata, "annotations": {**annotations, LAST_APPLIED: text}}}


def without_last_applied(obj: Object) -> Object:
    if LAST_APPLIED not in annotations_of(obj):
        return obj
    annotations = {key: value for key, value in annotations_of(obj).items() if key != LAST_APPLIED}
    metadata = {key: value for key, value in metadata_of(obj).items() if key != "annotations"}
    return {**obj, "metadata": metadata | ({"annotations": annotations} if annotations else {})}


def predicted(last: Object | None, target: Object, live: Object, schema: Schema | None = None) -> Object:
    """The live object after an apply. Lists are merged where the schema gives them a key, else replaced."""
    return _map(_without_place(last or {}), target, live, schema or ANY)


def _without_place(last: Object) -> Object:
    """A namespace once applied and no longer said is no wish to have none: it comes from the destination then."""
    gone = ("namespace",) if annotations_of(last) else ("namespace", "annotations")
    return {**last, "metadata": {key: value for key, value in metadata_of(last).items() if key not in gone}} if last else last


def _map(last: Mapping[str, Any], target: Mapping[str, Any], live: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    result = {key: value for key, value in live.items() if key in target or key not in last or _is_kept(last[key], value)}
    for key, wanted in target.items():
        child = schema.child(key) or ANY
        merged = _value(last.get(key, _MISSING), wanted, live.get(key, _MISSING), child)
        if merged is _MISSING:
            result.pop(key, None)
        else:
            result[key] = merged
    return result


def _is_kept(last: Any, live: Any) -> bool:
    """A null that was applied before asked for the field's absence."""
    return last is None


def _value(last: Any, target: Any, live: Any, schema: Schema) -> Any:
    if target is None:
        return _MISSING
    if isinstance(target, Mapping) and isinstance(live, Mapping):
        if schema.patch_strategy and "replace" in schema.patch_strategy.split(","):
            return target
        return _map(last if isinstance(last, Mapping) else {}, target, live, schema)
    if isinstance(target, list) and isinstance(live, list) and "merge" in schema.patch_strategy.split(","):
        return _list(last if isinstance(last, list) else [], target, live, schema)
    return without_nulls(target)


def without_nulls(value: Any) -> Any:
    """A null in a map asks for absence; where nothing lives there is nothing to remove."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _list(last: list[Any], target: list[Any], live: list[Any], schema: Schema) -> list[Any]:
    if not schema.merge_key:
        return _set(last, target, live)
    key = schema.merge_key
    if not all(isinstance(item, Mapping) and key in item for item in (*target, *live)):
        return target
    before = {_hashable(item[key]): item for item in last if isinstance(item, Mapping) and key in item}
    wanted = {_hashable(item[key]): item for item in target}
    present = {_hashable(item[key]): item for item in live}
    merged = {name: _value(before.get(name, _MISSING), item, present.get(name, _MISSING), schema.items) for name, item in wanted.items()}
    extra = [name for name in present if name not in wanted and name not in before]
    return [merged.get(name, present.get(name)) for name in _order(list(wanted), list(present), extra)]


def _order(wanted: list[Any], present: list[Any], extra: list[Any]) -> list[Any]:
    """The wanted order; what only lives stays behind the neighbour it had before it."""
    result = list(wanted)
    for name in extra:
        behind = [other for other in present[: present.index(name)] if other in result]
        result.insert(result.index(behind[-1]) + 1 if behind else 0, name)
    return result


def _set(last: list[Any], target: list[Any], live: list[Any]) -> list[Any]:
    kept = [item for item in live if item in target or item not in last]
    return kept + [item for item in target if item not in kept]


def _hashable(value: Any) -> Any:
    return json.canonical(value) if isinstance(value, Mapping | list) else value


def changes(before: Any, after: Any) -> Any:
    """The JSON merge patch that turns one map into the other; `{}` when they are equal."""
    patch: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        if key not in before:
            patch[key] = value
        elif before[key] != value:
            both = isinstance(before[key], Mapping) and isinstance(value, Mapping)
            patch[key] = changes(before[key], value) if both else value
    return patch
