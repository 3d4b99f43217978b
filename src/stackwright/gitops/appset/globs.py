"""Path patterns of the git generator.

Source: Go's path.Match for folders; git's pathspec (`git ls-files`) for files.
"""

import re
from functools import lru_cache

MAX_LENGTH = 4096


@lru_cache(maxsize=512)
def _compiled(pattern: str, star: str, one: str) -> re.Pattern[str]:
    out: list[str] = []
    position = 0
    while position < min(len(pattern), MAX_LENGTH):
        char = pattern[position]
        end = pattern.find("]", position + 2) if char == "[" else -1
        if char == "*":
            if out[-1:] != [star]:
                out.append(star)
        elif char == "?":
            out.append(one)
        elif end > 0:
            body = pattern[position + 1 : end]
            negated = body[0] in "!^"
            out.append(f"[{'^' if negated else ''}{re.escape(body[negated:]).replace(chr(92) + '-', '-')}]")
            position = end
        elif char == "\\" and position + 1 < len(pattern):
            position += 1
            out.append(re.escape(pattern[position]))
        else:
            out.append(re.escape(char))
        position += 1
    return re.compile("".join(out), re.DOTALL)


def path_matches(pattern: str, path: str) -> bool:
    """`*` and `?` stay within a folder."""
    return _compiled(pattern, "[^/]*", "[^/]").fullmatch(path) is not None


def crosses_folders(pattern: str, path: str) -> bool:
    """`*` and `?` cross folders; the name of a folder names all that is in it."""
    return _compiled(pattern, ".*", ".").fullmatch(path) is not None or path.startswith(pattern.rstrip("/") + "/")


def still_part(pattern: str) -> str:
    """The folders that a pattern names before its first wildcard, with their slash."""
    fixed = re.split(r"[*?\[\\]", pattern, maxsplit=1)[0]
    return fixed[: fixed.rfind("/") + 1]
