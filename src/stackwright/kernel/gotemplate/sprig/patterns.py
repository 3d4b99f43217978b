"""Regular expressions, in the syntax that Go (RE2) and Python share.

Python's engine backtracks: pattern and text are kept short, and repeats of repeats are refused, so that none of them takes forever.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee

MAX_PATTERN = 1_000
MAX_SUBJECT = 100_000
_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "ascii": "\\x00-\\x7f", "blank": "\\t ", "digit": "0-9", "lower": "a-z", "upper": "A-Z",
    "punct": "!-/:-@\\[-`{-~", "space": "\\s", "word": "\\w", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_NESTED = re.compile(r"\([^()]*(?<!\\)[*+][^()]*\)[*+{]|\([^()]*\{\d*,\d*\}[^()]*\)[*+{]")


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    if len(pattern) > MAX_PATTERN:
        raise CallError("the pattern is too long")
    if _NESTED.search(pattern):
        raise CallError(f"a repeat of a repeat: {pattern}")
    plain = re.sub(r"\[:(\w+):\]", lambda match: _CLASSES.get(match[1], match[0]), pattern)
    plain = re.sub(r"(?<!\\)\\z", r"\\Z", plain.replace("(?U)", ""))
    plain = re.sub(r"(?<![\\\[])\$(?!\w)", r"\\Z", plain) if "(?m" not in plain else plain
    try:
        return re.compile(plain, re.ASCII)
    except re.error as error:
        raise CallError(f"error parsing regexp: {error}: `{pattern}`") from error


def _subject(text: str) -> str:
    if len(text) > MAX_SUBJECT:
        raise CallError(f"the text exceeds {MAX_SUBJECT} characters")
    return text


def _found(pattern: str, text: str) -> str:
    match = _compiled(pattern).search(_subject(text))
    return match[0] if match else ""


def _all_found(pattern: str, text: str, count: int) -> list[str]:
    found = [match[0] for match in _compiled(pattern).finditer(_subject(text))]
    return found if count < 0 else found[:count]


def _expanded(match: re.Match[str], template: str) -> str:
    """`$1`, `${1}`, `$name`, `$$`; groups that are not there are empty."""

    def one(reference: re.Match[str]) -> str:
        if reference[0] == "$$":
            return "$"
        name = reference[1] or reference[2]
        key: int | str = int(name) if name.isdigit() else name
        try:
            return match[key] or ""
        except IndexError:
            return ""

    return re.sub(r"\$\$|\$\{(\w+)\}|\$(\w+)", one, template)


def _replaced(pattern: str, text: str, template: str) -> str:
    return _compiled(pattern).sub(lambda match: _expanded(match, template), _subject(text))


def _replaced_literally(pattern: str, text: str, plain: str) -> str:
    return _compiled(pattern).sub(lambda _match: plain, _subject(text))


def _split(pattern: str, text: str, count: int) -> list[str]:
    if count == 0:
        return []
    found: list[str] = []
    start = 0
    for match in _compiled(pattern).finditer(_subject(text)):
        if 0 < count == len(found) + 1:
            break
        if match.end() == 0 or (match.start() == match.end() == len(text)):
            continue
        found.append(text[start : match.start()])
        start = match.end()
    return [*found, text[start:]]


_PLAIN: Mapping[str, Callee] = {
    "regexFind": Callee("ss", _found),
    "regexFindAll": Callee("ssi", _all_found),
    "regexMatch": Callee("ss", lambda pattern, text: _compiled(pattern).search(_subject(text)) is not None),
    "regexReplaceAll": Callee("sss", _replaced),
    "regexReplaceAllLiteral": Callee("sss", _replaced_literally),
    "regexSplit": Callee("ssi", _split),
}

PATTERNS: Mapping[str, Callee] = {
    **_PLAIN,
    **{f"mustR{name[1:]}": callee for name, callee in _PLAIN.items()},
    "regexQuoteMeta": Callee("s", lambda text: re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)),
}
