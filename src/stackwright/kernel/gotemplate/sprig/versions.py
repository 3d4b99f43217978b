"""Semantic versions and their constraints.

Source: github.com/Masterminds/semver v3.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from stackwright.kernel.goobject import GoObject, UnknownMember
from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee
from stackwright.kernel.gotemplate.values import Uint64

_VERSION = re.compile(
    r"v?(0|[0-9]+)(?:\.(0|[0-9]+))?(?:\.(0|[0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
_PLACE = r"v?(?:[0-9]+|[xX*])(?:\.(?:[0-9]+|[xX*])){0,2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_TERM = re.compile(rf"(=|!=|>=|=>|<=|=<|>|<|~>|~|\^)?\s*({_PLACE})")
_ALL = re.compile(rf"\s*(?:{_TERM.pattern})(?:(?:\s*,\s*|\s+)(?:{_TERM.pattern}))*\s*,?\s*")
_RANGE = re.compile(rf"\s*({_PLACE})\s+-\s+({_PLACE})\s*")


@dataclass(frozen=True, slots=True)
class Version(GoObject):
    """Masterminds' Version. Shape: `original` is the text that it was read from."""

    type_name: ClassVar[str] = "*semver.Version"
    kind: ClassVar[str] = "ptr"
    major: int
    minor: int
    patch: int
    prerelease: str = ""
    metadata: str = ""
    original: str = ""

    @property
    def rank(self) -> tuple[int, int, int, bool, list[tuple[bool, int, str]]]:
        parts = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in self.prerelease.split(".") if part]
        return self.major, self.minor, self.patch, not self.prerelease, parts

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        return text + (f"-{self.prerelease}" if self.prerelease else "") + (f"+{self.metadata}" if self.metadata else "")

    def member(self, name: str) -> Any:
        found = _READS.get(name)
        if found is not None:
            return lambda: found(self)
        compares = _COMPARES.get(name)
        if compares is None:
            raise UnknownMember(name)
        return lambda other: compares(self, _version(other))


def _patched(version: Version) -> Version:
    """A prerelease comes before its patch: that is the next then."""
    return Version(version.major, version.minor, version.patch + (not version.prerelease))


_READS: Mapping[str, Callable[[Version], Any]] = {
    "IncMajor": lambda version: Version(version.major + 1, 0, 0),
    "IncMinor": lambda version: Version(version.major, version.minor + 1, 0),
    "IncPatch": _patched,
    "Major": lambda version: Uint64(version.major),
    "Metadata": lambda version: version.metadata,
    "Minor": lambda version: Uint64(version.minor),
    "Original": lambda version: version.original or str(version),
    "Patch": lambda version: Uint64(version.patch),
    "Prerelease": lambda version: version.prerelease,
    "String": str,
}
_COMPARES: Mapping[str, Callable[[Version, Version], Any]] = {
    "Compare": lambda left, right: (left.rank > right.rank) - (left.rank < right.rank),
    "Equal": lambda left, right: left.rank == right.rank,
    "GreaterThan": lambda left, right: left.rank > right.rank,
    "GreaterThanEqual": lambda left, right: left.rank >= right.rank,
    "LessThan": lambda left, right: left.rank < right.rank,
    "LessThanEqual": lambda left, right: left.rank <= right.rank,
}


def _parsed(text: str) -> Version:
    match = _VERSION.fullmatch(text)
    if match is None:
        raise CallError("invalid semantic version")
    for part in (match[4] or "").split("."):
        if part.isdigit() and len(part) > 1 and part.startswith("0"):
            raise CallError("version segment starts with 0")
    major, minor, patch = (int(part or 0) for part in match.group(1, 2, 3))
    return Version(major, minor, patch, match[4] or "", match[5] or "", text)


def _version(value: Any) -> Version:
    return value if isinstance(value, Version) else _parsed(str(value))


def _admitted(constraint: str, text: str) -> bool:
    wanted = [_terms(part, constraint) for part in constraint.split("||")]
    version = _parsed(text)
    return any(all(_holds(operator, each, version) for operator, each in terms) for terms in wanted)


def _terms(part: str, whole: str) -> list[tuple[str, str]]:
    hyphen = _RANGE.fullmatch(part)
    if hyphen is not None:
        return [(">=", hyphen[1]), ("<=", hyphen[2])]
    if _ALL.fullmatch(part) is None:
        raise CallError(f'improper constraint: "{whole}"')
    return [(match[1] or "", match[2]) for match in _TERM.finditer(part)]


def _holds(operator: str, wanted: str, version: Version) -> bool:
    bare, _, prerelease = wanted.partition("+")[0].lstrip("v").partition("-")
    if version.prerelease and not prerelease:
        return False
    parts = [part for part in bare.split(".") if part not in ("x", "X", "*")]
    major, minor, patch = ([int(part) for part in parts] + [0, 0, 0])[:3]
    low = Version(major, minor, patch, prerelease)
    match operator:
        case "" | "=":
            return low.rank <= version.rank < _above(low, len(parts)).rank if len(parts) < 3 else version.rank == low.rank
        case "!=":
            return not _holds("=", wanted, version)
        case ">":
            return version.rank >= _above(low, len(parts)).rank if len(parts) < 3 else version.rank > low.rank
        case ">=" | "=>":
            return version.rank >= low.rank
        case "<":
            return version.rank < low.rank
        case "<=" | "=<":
            return version.rank < _above(low, len(parts)).rank if len(parts) < 3 else version.rank <= low.rank
        case "~" | "~>":
            return low.rank <= version.rank < _above(low, min(len(parts), 2)).rank
        case _:
            return low.rank <= version.rank < _caret(low, len(parts)).rank


def _above(version: Version, fixed: int) -> Version:
    """The first version that differs in the parts that are fixed."""
    match fixed:
        case 0:
            return Version(1 << 62, 0, 0)
        case 1:
            return Version(version.major + 1, 0, 0)
        case 2:
            return Version(version.major, version.minor + 1, 0)
        case _:
            return Version(version.major, version.minor, version.patch + 1)


def _caret(version: Version, parts: int) -> Version:
    if version.major or parts < 2:
        return _above(version, min(parts, 1))
    return _above(version, 2 if version.minor or parts < 3 else 3)


VERSIONS: Mapping[str, Callee] = {
    "semver": Callee("s", _parsed),
    "semverCompare": Callee("ss", _admitted),
}
