"""Path patterns: those of directory sources, where `*` crosses folders, and those of files, where only `**` does."""

import re
from functools import lru_cache

from stackwright.kernel.errors import BadInput

MAX_LENGTH = 4096


@lru_cache(maxsize=1024)
def _compiled(pattern: str, crossing: bool) -> re.Pattern[str]:
    if len(pattern) > MAX_LENGTH:
        raise BadInput(f"a pattern is longer than {MAX_LENGTH} characters")
    try:
        return re.compile(_translate(pattern, crossing) + r"\Z", re.DOTALL)
    except re.error as error:
        raise BadInput(f"bad pattern {pattern!r}: {error}") from error


def _translate(pattern: str, crossing: bool) -> str:
    star, one = (".*", ".") if crossing else ("[^/]*", "[^/]")
    out: list[str] = []
    depth = position = 0
    while position < len(pattern):
        char = pattern[position]
        step = 1
        if pattern.startswith("**", position):
            step = 3 if not crossing and pattern.startswith("**/", position) else 2
            out.append("(?:.*/)?" if step == 3 else ".*")
        elif char == "*":
            out.append(star)
        elif char == "?":
            out.append(one)
        elif char == "[" and "]" in pattern[position + 2 :]:
            end = pattern.index("]", position + 2)
            out.append(_class(pattern[position + 1 : end]))
            step = end + 1 - position
        elif char == "\\" and position + 1 < len(pattern):
            out.append(re.escape(pattern[position + 1]))
            step = 2
        elif char in "{},":
            depth, text = _braces(char, depth)
            out.append(text)
        else:
            out.append(re.escape(char))
        position += step
    if depth:
        raise BadInput(f"bad pattern {pattern!r}: a brace is not closed")
    return _tame("".join(out))


def _braces(char: str, depth: int) -> tuple[int, str]:
    if char == "{":
        return depth + 1, "(?:"
    if char == "}" and depth:
        return depth - 1, ")"
    return depth, "|" if char == "," and depth else re.escape(char)


def _class(body: str) -> str:
    negated = body[:1] in "!^"
    inner = body[1:] if negated else body
    return f"[{'^' if negated else ''}{re.escape(inner).replace(chr(92) + '-', '-')}]"


def _tame(expression: str) -> str:
    """Repeated stars would make matching exponential in their number."""
    for star in (".*", "[^/]*"):
        while star + star in expression:
            expression = expression.replace(star + star, star)
    return expression


def matches_anywhere(pattern: str, path: str) -> bool:
    """As directory sources match (gobwas/glob without separators): `*` spans folders. Raises BadInput."""
    return _compiled(pattern, True).match(path) is not None


def matches_path(pattern: str, path: str) -> bool:
    """As files are found (doublestar): `*` stays within a folder, `**` spans any number of them. Raises BadInput."""
    return _compiled(pattern, False).match(path) is not None


def is_pattern(text: str) -> bool:
    """True when the text holds a character that patterns give a meaning."""
    return any(char in text for char in "*?[{")
