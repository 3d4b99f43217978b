"""JSON at the speed of orjson, in the two forms we write: compact, and canonical for digests."""

from typing import Any

import orjson

JSONDecodeError = orjson.JSONDecodeError


def loads(data: bytes | str) -> Any:
    """Raises JSONDecodeError (a ValueError) on bad JSON, bad UTF-8 and nesting beyond 1,024 levels."""
    return orjson.loads(data)


def dumps(value: Any) -> bytes:
    """Compact; keys in the order of the mapping."""
    return orjson.dumps(value)


def dumps_to_keep(value: Any) -> bytes:
    """As dumps, in no more memory than it needs: what orjson gives holds on to the kilobytes that it was written in."""
    return bytes(memoryview(orjson.dumps(value)))


def canonical(value: Any) -> bytes:
    """Compact with sorted keys: equal values give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def pretty(value: Any) -> str:
    """Two spaces of indent, for people."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
