"""What texts can in expressions, beyond CEL's own.

Source: k8s.io/apiserver pkg/cel/library (regex.go, format.go).
"""

import re
from functools import lru_cache

from stackwright.kernel.cel.patterns import is_pattern

_LONGEST = 10_000
"""Python's expressions backtrack: long texts are not searched."""


def found_first(text: str, pattern: str) -> str:
    """Empty when nothing is found."""
    match = _compiled(pattern).search(_bounded(text))
    return match[0] if match else ""


def found_all(text: str, pattern: str, most: int = -1) -> list[str]:
    found: list[str] = []
    for match in _compiled(pattern).finditer(_bounded(text)):
        if len(found) == most:
            break
        found.append(match[0])
    return found


def _bounded(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(f"texts of more than {_LONGEST} characters cannot be searched")
    return text


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        if is_pattern(pattern):
            return re.compile(pattern.replace("\\z", "\\Z"))
    except re.error as error:
        raise ValueError(f"Illegal regex: {error}") from error
    raise ValueError("Illegal regex")
