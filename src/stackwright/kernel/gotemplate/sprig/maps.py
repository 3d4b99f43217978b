"""Maps. `set`, `unset` and the merges change the map that they are given, as they do in sprig; templates own their maps."""

import copy
from collections.abc import Mapping
from typing import Any

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee
from stackwright.kernel.gotemplate.sprig.texts import text
from stackwright.kernel.gotemplate.values import Strings, is_true, type_name


def _made(*values: Any) -> dict[str, Any]:
    pairs = [*values, ""] if len(values) % 2 else list(values)
    return {text(key): value for key, value in zip(pairs[::2], pairs[1::2])}


def _set(target: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    target[key] = value
    return target


def _unset(target: dict[str, Any], key: str) -> dict[str, Any]:
    target.pop(key, None)
    return target


def _merged(target: dict[str, Any], *sources: Mapping[str, Any], overwrite: bool = False) -> dict[str, Any]:
    """Where both have a map the two are merged; else a value stays where it is one, unless it is to be overwritten."""
    for source in sources:
        for key, value in source.items():
            if isinstance(value, Mapping) and isinstance(target.get(key), dict):
                _merged(target[key], value, overwrite=overwrite)
            elif overwrite or key not in target or not is_true(target[key]):
                target[key] = copy.deepcopy(value)
    return target


def _overwritten(target: dict[str, Any], *sources: Mapping[str, Any]) -> dict[str, Any]:
    return _merged(target, *sources, overwrite=True)


def _dug(*given: Any) -> Any:
    """Keys, a default, and the map that they lead through."""
    if len(given) < 3:
        raise CallError("dig needs at least three arguments")
    *keys, default, value = given
    for key in keys:
        if not isinstance(value, Mapping):
            raise CallError(f"interface conversion: interface {{}} is {type_name(value)}, not map[string]interface {{}}")
        if key not in value:
            return default
        value = value[key]
    return value


def _copied(value: Any) -> Any:
    if value is None:
        raise CallError("reflect: call of reflect.Value.Type on zero Value")
    return copy.deepcopy(value)


def _keys(*maps: Mapping[str, Any]) -> list[str]:
    return Strings(key for each in maps for key in each)


def _plucked(key: str, *maps: Mapping[str, Any]) -> list[Any]:
    return [each[key] for each in maps if key in each]


MAPS: Mapping[str, Callee] = {
    "deepCopy": Callee("a", _copied),
    "dict": Callee("a*", _made),
    "dig": Callee("a*", _dug),
    "get": Callee("ms", lambda value, key: value.get(key, "")),
    "hasKey": Callee("ms", lambda value, key: key in value),
    "keys": Callee("m*", _keys),
    "merge": Callee("mm*", _merged),
    "mergeOverwrite": Callee("mm*", _overwritten),
    "mustDeepCopy": Callee("a", _copied),
    "mustMerge": Callee("mm*", _merged),
    "mustMergeOverwrite": Callee("mm*", _overwritten),
    "omit": Callee("ms*", lambda value, *keys: {key: item for key, item in value.items() if key not in keys}),
    "pick": Callee("ms*", lambda value, *keys: {key: value[key] for key in keys if key in value}),
    "pluck": Callee("sm*", _plucked),
    "set": Callee("msa", _set),
    "unset": Callee("ms", _unset),
    "values": Callee("m", lambda value: list(value.values())),
}
