"""Values of a release: files, inline values and parameters, merged as Helm merges them. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_BARE_COMMA = re.compile(r"(?<!\\),")
_INDEX = re.compile(r"\[\d+\]")
MAX_DEPTH = 100


def merge(base: Mapping[str, Any], over: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Maps are merged, anything else is replaced, null included: it deletes a chart's default later."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping) and depth < MAX_DEPTH:
            result[key] = merge(old, value, depth + 1)
        else:
            result[key] = value
    return result


def merge_set(base: Mapping[str, Any], over: Mapping[str, Any], expression: str) -> dict[str, Any]:
    """As `merge`; an expression with an index (`a[1].b=x`) changes only that element of a list."""
    if not _INDEX.search(expression.partition("=")[0]):
        return merge(base, over)
    changed: dict[str, Any] = _indexed(base, over)
    return changed


def _indexed(base: Any, over: Any) -> Any:
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {**base, **{key: _indexed(base.get(key), value) for key, value in over.items()}}
    if isinstance(base, Sequence) and isinstance(over, list) and not isinstance(base, str):
        longer = max(len(base), len(over))
        pairs = ((_at(base, index), _at(over, index)) for index in range(longer))
        return [old if new is None else _indexed(old, new) for old, new in pairs]
    return over


def _at(values: Sequence[Any], index: int) -> Any:
    return values[index] if index < len(values) else None


def expression(name: str, value: str) -> str:
    """A `--set` expression whose value is one value: its commas are no separators, unless it is a list in braces."""
    is_list = value.startswith("{") and value.endswith("}")
    return f"{name}={value if is_list else _BARE_COMMA.sub(chr(92) + ',', value)}"
