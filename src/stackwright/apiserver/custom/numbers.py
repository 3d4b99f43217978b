"""Numbers as the API writes them: one without a fraction is an integer, however it was written.

Source: k8s.io/apimachinery pkg/util/json.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object

_LARGEST = 2**63


def with_plain_numbers(obj: Object) -> Object:
    """The object itself when nothing is to be changed."""
    found: Object = _plain(obj)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _LARGEST else value
    if isinstance(value, Mapping):
        items = {key: _plain(item) for key, item in value.items()}
        return items if any(items[key] is not item for key, item in value.items()) else value
    if isinstance(value, list):
        kept = [_plain(item) for item in value]
        return kept if any(a is not b for a, b in zip(kept, value, strict=True)) else value
    return value
