"""Globs as Argo CD matches them: `*`, `?`, `[a-z]`, `{a,b}`, and `!pattern` for denial."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

_CLOSE = "}"


def matches(pattern: str, value: str, separators: str = "") -> bool:
    """`*` and `?` stop at `separators`; `**` crosses them. A pattern that cannot be read matches nothing."""
    compiled = _compiled(pattern, separators)
    return compiled is not None and compiled.fullmatch(value) is not None


def matches_or_denies(pattern: str, value: str) -> bool:
    """As `matches`, but `!pattern` holds for every value that `pattern` does not match."""
    return not matches(pattern[1:], value) if is_denial(pattern) else matches(pattern, value)


def is_denial(pattern: str) -> bool:
    return pattern.startswith("!")


def any_matches(patterns: Iterable[str], value: str) -> bool:
    return any(matches(pattern, value) for pattern in patterns)


@lru_cache(maxsize=4096)
def _compiled(pattern: str, separators: str) -> re.Pattern[str] | None:
    one = f"[^{re.escape(separators)}]" if separators else "."
    try:
        return re.compile("".join(_pieces(pattern, one)), re.DOTALL)
    except re.error:
        return None


def _pieces(pattern: str, one: str) -> Sequence[str]:
    pieces: list[str] = []
    depth = 0
    for part in re.findall(r"\*+|\\.|\[[^\]]+\]|.", pattern, re.DOTALL):
        if part[0] == "*":
            pieces.append(f"{one}*" if len(part) == 1 else ".*")
        elif part == "?":
            pieces.append(one)
        elif len(part) > 2 and part[0] == "[":
            pieces.append("[" + ("^" if part[1] in "!^" else "") + part[1:-1].lstrip("!^").replace("\\", "\\\\") + "]")
        elif part == "{":
            depth += 1
            pieces.append("(?:")
        elif depth and part in "},":
            depth -= part == _CLOSE
            pieces.append(")" if part == _CLOSE else "|")
        else:
            pieces.append(re.escape(part[-1]))
    return pieces
