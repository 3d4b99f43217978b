"""Numbers as the API writes them: one without a fraction is an integer, however it was written.

Source: k8s.io/apimachinery pkg/util/json.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object

_LARGEST = 2**63


def with_plain_numbers(obj: Object) -> Object:
    """The object itself when nothing is to be changed."""
    if not _has_fractions(obj):
        return obj
    found: Object = _plain(obj)
    return found


def _has_fractions(obj: Object) -> bool:
    waiting: list[Any] = [obj]
    while waiting:
        each = waiting.pop()
        if isinstance(each, float):
            return True
        if isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return False


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _LARGEST else value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
