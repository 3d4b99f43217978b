"""JSON merge patch. Pure.

Source: RFC 7386.
"""

from collections.abc import Mapping
from typing import Any


def patched(target: Any, patch: Any) -> Any:
    """The target with the patch laid over it: null removes, maps merge, everything else is replaced. Arguments are not changed."""
    if not isinstance(patch, Mapping):
        return without_nulls(patch)
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = patched(result.get(key), value)
    return result


def without_nulls(value: Any) -> Any:
    """Without the null members of maps, at any depth."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value
