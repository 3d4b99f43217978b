"""Numbers that are counts or percentages.

Source: k8s.io/kubernetes pkg/apis/apps/validation (ValidatePositiveIntOrPercent, IsNotMoreThan100Percent).
"""

from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import Problems, invalid, not_negative, words


def count_or_percent(path: str, value: Any) -> Problems:
    if isinstance(value, str):
        yield from words(path, value, names.percent(value))
    else:
        yield from not_negative(path, value)


def at_most_all(path: str, value: Any) -> Problems:
    """No more than everything."""
    if isinstance(value, str) and not names.percent(value) and int(value[:-1]) > 100:
        yield invalid(path, value, "must not be greater than 100%")


def number_of(value: Any) -> int:
    """The number alone, percent or not."""
    if isinstance(value, str):
        return int(value[:-1]) if not names.percent(value) else 0
    return value if isinstance(value, int) else 0


def counts(path: str, value: Any, *keys: str) -> Problems:
    """None of the fields is below zero."""
    for key in keys:
        yield from not_negative(f"{path}.{key}", value.get(key))
