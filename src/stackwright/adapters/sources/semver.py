"""Semantic versions and constraints as Helm and Argo CD read them.

Source: Masterminds/semver v3: lenient versions, `||`, `,` and blanks, wildcards, `~`, `^`, hyphen ranges; a pre-release only
satisfies a constraint that names a pre-release itself.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from stackwright.kernel.errors import BadInput

_VERSION = re.compile(
    r"v?(?P<major>\d+)(?:\.(?P<minor>\d+))?(?:\.(?P<patch>\d+))?"
    r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z"
)
_PART = r"v?(?:\d+|[xX*])(?:\.(?:\d+|[xX*]))?(?:\.(?:\d+|[xX*]))?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_HYPHEN = re.compile(rf"\s*({_PART})\s+-\s+({_PART})\s*")
_CONSTRAINT = re.compile(rf"\s*(=|!=|>=|=>|<=|=<|>|<|~>|~|\^|)\s*({_PART})\s*(?:,|\s|\Z)\s*")
_BOUND = re.compile(r"v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-([0-9A-Za-z.-]+))?(?:\+.*)?\Z")
_MAX_LENGTH = 256

Core = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Version:
    """A version. Shape: `pre` holds the dotted identifiers of the pre-release; `text` is as it was written."""

    core: Core
    pre: tuple[str, ...]
    text: str

    @property
    def precedence(self) -> tuple[Core, bool, tuple[tuple[bool, int, str], ...]]:
        """Orders as the specification says: a pre-release comes before its release, numbers before words."""
        parts = tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in self.pre)
        return self.core, not self.pre, parts


def parse_version(text: str) -> Version | None:
    """None when `text` is no version."""
    match = _VERSION.match(text) if len(text) <= _MAX_LENGTH else None
    if match is None:
        return None
    core = (int(match["major"]), int(match["minor"] or 0), int(match["patch"] or 0))
    return Version(core, tuple(match["pre"].split(".")) if match["pre"] else (), text)


@dataclass(frozen=True, slots=True)
class _Bound:
    """One comparison. Shape: `given` counts the numbers written before a wildcard or the end."""

    operator: str
    version: Version
    given: int

    def admits(self, version: Version) -> bool:
        if version.pre and not self.version.pre:
            return self.operator == "!=" and self.given == 3 and version.core != self.version.core
        return _OPERATORS[self.operator](self, version)


def _below(core: Core, given: int) -> Version:
    """The first version beyond everything that shares the first `given` numbers."""
    numbers = [*core[:given], 0, 0, 0][:3]
    numbers[given - 1] += 1
    return Version((numbers[0], numbers[1], numbers[2]), (), "")


def _equal(bound: _Bound, version: Version) -> bool:
    if bound.given < 3:
        return _tilde(bound, version)
    return version.precedence == bound.version.precedence


def _tilde(bound: _Bound, version: Version) -> bool:
    if bound.given == 0:
        return True
    same = min(bound.given, 2)
    return version.precedence >= bound.version.precedence and version.core[:same] == bound.version.core[:same]


def _caret(bound: _Bound, version: Version) -> bool:
    if bound.given == 0:
        return True
    core = bound.version.core
    fixed = next((index + 1 for index in range(bound.given) if core[index]), bound.given)
    return version.precedence >= bound.version.precedence and version.core[:fixed] == core[:fixed]


def _greater(bound: _Bound, version: Version) -> bool:
    if 0 < bound.given < 3:
        return version.precedence >= _below(bound.version.core, bound.given).precedence
    return version.precedence > bound.version.precedence


def _at_most(bound: _Bound, version: Version) -> bool:
    if 0 < bound.given < 3:
        return version.precedence < _below(bound.version.core, bound.given).precedence
    return bound.given == 0 or version.precedence <= bound.version.precedence


_OPERATORS: dict[str, Callable[[_Bound, Version], bool]] = {
    "": _equal,
    "=": _equal,
    "!=": lambda bound, version: not _equal(bound, version),
    ">": _greater,
    ">=": lambda bound, version: version.precedence >= bound.version.precedence,
    "=>": lambda bound, version: version.precedence >= bound.version.precedence,
    "<": lambda bound, version: version.precedence < bound.version.precedence,
    "<=": _at_most,
    "=<": _at_most,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
}


@dataclass(frozen=True, slots=True)
class Constraint:
    """Alternatives, each a list of bounds that all must admit a version."""

    alternatives: tuple[tuple[_Bound, ...], ...]

    def admits(self, version: Version) -> bool:
        return any(all(bound.admits(version) for bound in bounds) for bounds in self.alternatives)


def _bound(operator: str, text: str) -> _Bound:
    match = _BOUND.match(text)
    if match is None:
        raise BadInput(f"improper constraint: {text}")
    numbers: list[int] = []
    for part in match.groups()[:3]:
        if part is None or part in "xX*":
            break
        numbers.append(int(part))
    core = [*numbers, 0, 0, 0][:3]
    pre = tuple(match[4].split(".")) if match[4] else ()
    return _Bound(operator, Version((core[0], core[1], core[2]), pre, text), len(numbers))


def _alternative(text: str) -> tuple[_Bound, ...]:
    expanded = _HYPHEN.sub(r" >=\1 <=\2 ", text)
    bounds: list[_Bound] = []
    position = 0
    while position < len(expanded):
        match = _CONSTRAINT.match(expanded, position)
        if match is None or match.end() == position:
            raise BadInput(f"improper constraint: {text.strip()}")
        bounds.append(_bound(match[1], match[2]))
        position = match.end()
    if not bounds:
        raise BadInput("improper constraint: it is empty")
    return tuple(bounds)


def parse_constraint(text: str) -> Constraint:
    """Raises BadInput."""
    if len(text) > _MAX_LENGTH:
        raise BadInput(f"improper constraint: longer than {_MAX_LENGTH} characters")
    return Constraint(tuple(_alternative(part) for part in text.split("||")))


def is_constraint(text: str) -> bool:
    """True for a range (`1.*`, `>=1 <2`), false for one version or anything else."""
    if parse_version(text) is not None:
        return False
    try:
        parse_constraint(text)
    except BadInput:
        return False
    return True


def newest(constraint: str, candidates: Iterable[str], prefix: str = "") -> str | None:
    """The candidate with the highest version that the constraint admits; those that are no versions are passed over.

    `prefix` stands before the version in the candidates that count, and is not part of it.
    """
    wanted = parse_constraint(constraint)
    versions = ((parse_version(name.removeprefix(prefix)), name) for name in candidates if name.startswith(prefix))
    admitted = [(version.precedence, name) for version, name in versions if version is not None and wanted.admits(version)]
    return max(admitted)[1] if admitted else None
