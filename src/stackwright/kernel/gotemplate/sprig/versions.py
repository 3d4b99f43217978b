"""Semantic versions and their constraints.

Source: github.com/Masterminds/semver v3.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?")
_TERM = re.compile(r"(=|!=|>=|=>|<=|=<|>|<|~>|~|\^)?\s*(v?[0-9xX*]+(?:\.[0-9xX*]+){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)")


class Version(NamedTuple):
    major: int
    minor: int
    patch: int
    prerelease: str = ""

    @property
    def rank(self) -> tuple[int, int, int, bool, list[tuple[bool, int, str]]]:
        parts = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in self.prerelease.split(".") if part]
        return self.major, self.minor, self.patch, not self.prerelease, parts


def _parsed(text: str) -> dict[str, Any]:
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        raise CallError("Invalid Semantic Version")
    major, minor, patch = (float(part or 0) for part in match.group(1, 2, 3))
    return {
        "Major": int(major), "Minor": int(minor), "Patch": int(patch), "Prerelease": match[4] or "", "Metadata": match[5] or "",
        "Original": text,
    }  # fmt: skip


def _version(text: str) -> Version:
    found = _parsed(text)
    return Version(found["Major"], found["Minor"], found["Patch"], found["Prerelease"])


def _admitted(constraint: str, text: str) -> bool:
    version = _version(text)
    return any(_all(part, version) for part in constraint.split("||"))


def _all(constraint: str, version: Version) -> bool:
    hyphen = re.fullmatch(r"\s*(\S+)\s+-\s+(\S+)\s*", constraint)
    terms = [(">=", hyphen[1]), ("<=", hyphen[2])] if hyphen else [(match[1] or "", match[2]) for match in _TERM.finditer(constraint)]
    if not terms:
        raise CallError(f"improper constraint: {constraint}")
    return all(_holds(operator, wanted, version) for operator, wanted in terms)


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
