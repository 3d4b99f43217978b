"""Regular expressions as Go has them: RE2, which takes time in proportion to the text whatever the pattern.

Source: Go's regexp package; patterns are run by Google's RE2.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

from stackwright.kernel.errors import BadInput

MAX_PATTERN = 10_000
MAX_SUBJECT = 1_000_000
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 16 << 20
_compile: Any = re2.compile
_IN_GO: tuple[tuple[str, str], ...] = (
    ("missing ]", "missing closing ]"),
    ("missing )", "missing closing )"),
    ("invalid perl operator", "invalid or unsupported Perl syntax"),
    ("bad repetition operator", "invalid nested repetition operator"),
    ("no argument for repetition operator", "missing argument to repetition operator"),
    ("invalid repetition size", "invalid repeat count"),
    ("invalid named capture group", "invalid named capture"),
)


class RegexError(BadInput):
    """The pattern cannot be read. The message is Go's."""

    code = "bad-pattern"


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Any:
    """Raises RegexError."""
    if len(pattern) > MAX_PATTERN:
        raise RegexError("error parsing regexp: expression too large")
    try:
        return _compile(pattern, _OPTIONS)
    except re2.error as error:
        raise RegexError(f"error parsing regexp: {_told(error)}") from error


def _told(error: Exception) -> str:
    raw = error.args[0] if error.args else ""
    text = raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw)
    if text.startswith("trailing \\"):
        return "trailing backslash at end of expression: ``"
    problem, _, where = text.partition(": ")
    for theirs, ours in _IN_GO:
        if problem == theirs:
            return f"{ours}: `{where}`"
    return f"{problem}: `{where}`"


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere. Raises RegexError."""
    return compiled(pattern).search(bounded(text)) is not None


def found(pattern: str, text: str, count: int = -1) -> Iterator[Any]:
    """Matches from left to right, at most `count`; an empty one right behind another is left out. Raises RegexError."""
    machine = compiled(pattern)
    subject = bounded(text)
    position, previous = 0, -1
    given = 0
    while position <= len(subject) and given != count:
        match = machine.search(subject, position)
        if match is None:
            return
        accepted = not (match.end() == position and match.start() == previous)
        position = match.end() if match.end() != position else position + 1
        previous = match.end()
        if accepted:
            given += 1
            yield match


def replaced(pattern: str, text: str, template: str, *, literal: bool = False) -> str:
    """With `$1`, `${name}` and `$$` in the template, unless it is literal. Raises RegexError."""
    pieces: list[str] = []
    end = 0
    for match in _to_replace(pattern, text):
        pieces.append(text[end : match.start()])
        if match.end() > end or match.start() == 0:
            pieces.append(template if literal else _expanded(match, template))
        end = match.end()
    return "".join([*pieces, text[end:]])


def _to_replace(pattern: str, text: str) -> Iterator[Any]:
    machine = compiled(pattern)
    subject = bounded(text)
    position = 0
    while position <= len(subject):
        match = machine.search(subject, position)
        if match is None:
            return
        yield match
        position = max(position + 1, match.end())


def split(pattern: str, text: str, count: int) -> list[str]:
    """Raises RegexError."""
    if count == 0:
        return []
    if pattern and not text:
        return [""]
    pieces: list[str] = []
    start = end = 0
    for match in found(pattern, text, count):
        if 0 < count == len(pieces) + 1:
            break
        end = match.start()
        if match.end() != 0:
            pieces.append(text[start:end])
        start = match.end()
    return [*pieces, text[start:]] if end != len(text) else pieces


def bounded(text: str) -> str:
    """Raises RegexError for a text that nobody needs to search."""
    if len(text) > MAX_SUBJECT:
        raise RegexError(f"the text exceeds {MAX_SUBJECT} characters")
    return text


def quoted(text: str) -> str:
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def _expanded(match: Any, template: str) -> str:
    """Groups that are not there are empty."""

    def one(reference: re.Match[str]) -> str:
        if reference[0] == "$$":
            return "$"
        name = reference[1] or reference[2]
        try:
            return match[int(name) if name.isdigit() else name] or ""
        except (IndexError, KeyError):
            return ""

    return re.sub(r"\$\$|\$\{(\w+)\}|\$(\w+)", one, template)
