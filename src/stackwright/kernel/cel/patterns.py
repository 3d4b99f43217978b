"""Regular expressions of the kind Go knows, matched in linear time."""

from functools import lru_cache
from typing import Any

from cel_expr_python import cel

_ENVIRONMENT = cel.NewEnv(variables={"text": cel.Type.STRING, "pattern": cel.Type.STRING})
_REFUSED = "invalid regular expression: "
_SPOKEN = {
    "missing )": "missing closing )",
    "missing ]": "missing closing ]",
    "unexpected )": "unexpected )",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "no argument for repetition operator": "missing argument to repetition operator",
    "bad repetition operator": "invalid nested repetition operator",
    "invalid repetition size": "invalid repeat count",
    "invalid escape sequence": "invalid escape sequence",
    "invalid character class range": "invalid character class range",
}
_MATCHES = _ENVIRONMENT.compile("text.matches(pattern)")


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text. A pattern that nobody can read matches everything."""
    found = _evaluated(pattern, text)
    return found is not False


@lru_cache(maxsize=4096)
def pattern_problem(pattern: str) -> str:
    """Why the pattern cannot be read, as Go tells it; empty when it can."""
    found: Any = _MATCHES.eval(data={"text": "", "pattern": pattern})
    if found.type() != cel.Type.ERROR:
        return ""
    told = str(found.value()).partition(_REFUSED)[2]
    for known, spoken in _SPOKEN.items():
        if told.startswith(known):
            return f"error parsing regexp: {spoken}: `{_shown(told[len(known) + 2 :], pattern, known)}`"
    return f"error parsing regexp: {told}"


def _shown(part: str, pattern: str, known: str) -> str:
    """Go shows the whole pattern when something is not closed, or closed without being open."""
    return pattern if known in ("missing )", "unexpected )") else part


@lru_cache(maxsize=4096)
def is_pattern(pattern: str) -> bool:
    """Whether it can be read."""
    return _evaluated(pattern, "") is not None


def _evaluated(pattern: str, text: str) -> bool | None:
    found: Any = _MATCHES.eval(data={"text": text, "pattern": pattern})
    return None if found.type() == cel.Type.ERROR else bool(found.value())
