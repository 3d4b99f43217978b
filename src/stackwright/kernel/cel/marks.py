"""Values of Kubernetes' own types: maps with a mark that no JSON of a user can hold by accident."""

from collections.abc import Mapping
from typing import Any, Literal

Type = Literal["quantity", "ip", "cidr", "semver", "url", "image", "format"]
_MARK = "\x01type"


def marked(type: Type, **fields: Any) -> dict[str, Any]:
    return {_MARK: type, **fields}


def type_of(value: Any) -> str:
    """Empty when it is a plain value."""
    return str(value.get(_MARK, "")) if isinstance(value, Mapping) else ""


def taken(value: Any, *types: Type) -> Mapping[str, Any]:
    """The value, of one of these types. Raises ValueError."""
    if type_of(value) not in types:
        raise ValueError("no such overload")
    found: Mapping[str, Any] = value
    return found
