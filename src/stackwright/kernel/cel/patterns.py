"""Regular expressions of the kind Go knows, matched in linear time."""

from functools import lru_cache
from typing import Any

from cel_expr_python import cel

_ENVIRONMENT = cel.NewEnv(variables={"text": cel.Type.STRING, "pattern": cel.Type.STRING})
_MATCHES = _ENVIRONMENT.compile("text.matches(pattern)")


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text. A pattern that nobody can read matches everything."""
    found = _evaluated(pattern, text)
    return found is not False


@lru_cache(maxsize=4096)
def is_pattern(pattern: str) -> bool:
    """Whether it can be read."""
    return _evaluated(pattern, "") is not None


def _evaluated(pattern: str, text: str) -> bool | None:
    found: Any = _MATCHES.eval(data={"text": text, "pattern": pattern})
    return None if found.type() == cel.Type.ERROR else bool(found.value())
