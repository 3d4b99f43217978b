"""Maps out of what comprehensions gather.

Source: github.com/google/cel-go ext/comprehensions.go.
"""

from collections.abc import Mapping, Sequence
from typing import Any


def of_pairs(pairs: Sequence[tuple[Any, Any]]) -> dict[Any, Any]:
    return dict(pairs)


def of_entries(entries: Sequence[Any]) -> dict[Any, Any]:
    """Raises ValueError for a key that comes twice."""
    found: dict[Any, Any] = {}
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise ValueError("no such overload")  # noqa: TRY004 what the evaluator says of it
        for key, value in entry.items():
            if key in found:
                raise ValueError(f"insert failed: key {key} already exists")
            found[key] = value
    return found
