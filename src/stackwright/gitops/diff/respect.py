"""RespectIgnoreDifferences: what to apply, so that ignored fields stay as they live.

Source: Argo CD's controller/sync.go (normalizeTargetResources).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.diff.comparison import DiffOptions
from stackwright.gitops.diff.pair import normalised_pair
from stackwright.store.schema import ANY, Schema


def with_ignored_fields_of(target: Object, live: Object | None, options: DiffOptions, schema: Schema | None = None) -> Object:
    """The target with every ignored field as the live object has it, or without it where the live one has none."""
    if live is None:
        return target
    wanted, rest = normalised_pair(target, live, options)
    kept: Object = _restored(wanted, rest, live, schema or ANY)
    return kept if "status" in target else {key: value for key, value in kept.items() if key != "status"}


def _restored(wanted: Any, rest: Any, live: Any, schema: Schema) -> Any:
    """`wanted` with that of `live` which `rest` lacks; `rest` is `live` without its ignored fields."""
    if rest == live:
        return wanted
    if isinstance(rest, Mapping) and isinstance(live, Mapping):
        return _fields(wanted if isinstance(wanted, Mapping) else {}, rest, live, schema)
    if isinstance(rest, list) and isinstance(live, list) and isinstance(wanted, list):
        return _items(wanted, rest, live, schema)
    return live


def _fields(wanted: Mapping[str, Any], rest: Mapping[str, Any], live: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    found = dict(wanted)
    for key, value in live.items():
        if key not in rest:
            found[key] = value
        elif rest[key] != value:
            found[key] = _restored(wanted.get(key, {} if isinstance(value, Mapping) else []), rest[key], value, schema.child(key) or ANY)
    return found


def _items(wanted: list[Any], rest: list[Any], live: list[Any], schema: Schema) -> list[Any]:
    """Item by item where the schema tells them apart, else place by place where the lists are equally long, else all as it lives."""
    keys = schema.list_map_keys or ((schema.merge_key,) if schema.merge_key else ())
    if keys and all(isinstance(item, Mapping) and all(key in item for key in keys) for item in (*wanted, *rest, *live)):
        return _keyed(wanted, rest, live, keys, schema.items)
    if len(wanted) == len(rest) == len(live):
        return [_restored(*triple, schema.items) for triple in zip(wanted, rest, live)]
    return live


def _keyed(wanted: list[Any], rest: list[Any], live: list[Any], keys: tuple[str, ...], schema: Schema) -> list[Any]:
    def name(item: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(str(item[key]) for key in keys)

    left = {name(item): item for item in rest}
    present = {name(item): item for item in live}
    found = [_restored(item, left[name(item)], present[name(item)], schema) if name(item) in left else item for item in wanted]
    named = {name(item) for item in wanted}
    return found + [item for item in live if name(item) not in left and name(item) not in named]
