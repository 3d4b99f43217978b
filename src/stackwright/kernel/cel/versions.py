"""Semantic versions in expressions.

Source: k8s.io/apiserver pkg/cel/library/semverlib.go; https://semver.org.
"""

import re
from typing import Any

from stackwright.kernel.cel.marks import marked, taken

_PATTERN = re.compile(
    r"(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})"
    r"(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z",
    re.ASCII,
)


def read(text: str, normalize: bool = False) -> dict[str, Any]:
    """Raises ValueError."""
    match = _PATTERN.match(_normal(text) if normalize else text)
    if match is None:
        raise ValueError(f"Version string empty or invalid: {text!r}")
    major, minor, patch, before = match.groups()
    return marked("semver", major=int(major), minor=int(minor), patch=int(patch), before=before or "")


def is_semver(text: str, normalize: bool = False) -> bool:
    return _PATTERN.match(_normal(text) if normalize else text) is not None


def part(value: Any, name: str) -> int:
    return int(taken(value, "semver")[name])


def compared(left: Any, right: Any) -> int:
    one, other = _key(left), _key(right)
    return (one > other) - (one < other)


def _key(value: Any) -> tuple[Any, ...]:
    found = taken(value, "semver")
    before = [(0, int(each), "") if each.isdigit() else (1, 0, each) for each in found["before"].split(".") if each]
    return found["major"], found["minor"], found["patch"], not before, before


def _normal(text: str) -> str:
    """Without a leading v, with all three numbers and without leading zeros."""
    number, mark, rest = re.match(r"([^-+]*)([-+]?)(.*)", text.removeprefix("v").strip(), re.DOTALL).groups()  # type: ignore[union-attr]
    parts = [each.lstrip("0") or "0" if each.isdigit() else each for each in number.split(".")]
    return ".".join(parts + ["0"] * (3 - len(parts))) + mark + rest
