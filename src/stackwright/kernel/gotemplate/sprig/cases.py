"""Upper and lower case, and names written in one or the other way.

Source: what github.com/huandu/xstrings and Masterminds/goutils do.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from stackwright.kernel.gotemplate.functions import Callee

Word = Literal["", "number", "upper", "letters", "connector", "punctuation", "other"]


def _upper(char: str) -> str:
    """Go maps letter by letter: what becomes two letters stays as it is."""
    return char.upper() if len(char.upper()) == 1 else char


def _lower(char: str) -> str:
    return char.lower() if len(char.lower()) == 1 else char


def _mapped(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda value: "".join(map(change, value))


def _swapped(char: str) -> str:
    return _lower(char) if char.isupper() else _upper(char)


def _title(value: str) -> str:
    """As strings.Title: the first letter of what follows a separator."""
    before = " "
    found = ""
    for char in value:
        found += _upper(char) if _separates(before) else char
        before = char
    return found


def _separates(char: str) -> bool:
    if char.isascii():
        return not (char.isalnum() or char == "_")
    return not (char.isalpha() or char.isdigit()) and char.isspace()


def _untitle(value: str) -> str:
    before = " "
    found = ""
    for char in value:
        found += _lower(char) if before.isspace() else char
        before = char
    return found


def _initials(value: str) -> str:
    return "".join(word[0] for word in value.split())


# -- names -------------------------------------------------------------------------------------------------------------


def _connects(char: str) -> bool:
    return char in "-_" or char.isspace()


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char).startswith("P")


def _is_letter(char: str) -> bool:
    """Of a script that has words."""
    return char.isalpha() and not ("\u3034" <= char <= "\u30ff" or "\u3400" <= char <= "\u4dbf" or "\u4e00" <= char <= "\u9fff")


def _split(value: str) -> Iterator[tuple[Word, str]]:
    """Runs of one sort; at the end of many capitals the last begins the next word."""
    rest = value
    while rest:
        word, kind = _next(rest)
        yield kind, word
        rest = rest[len(word) :]


def _next(rest: str) -> tuple[str, Word]:
    first = rest[0]
    if _connects(first):
        return _run(rest, _connects), "connector"
    if _is_punctuation(first):
        return _run(rest, _is_punctuation), "punctuation"
    if first.isupper():
        return _capitals(rest), "upper"
    if _is_letter(first):
        return _run(rest, lambda char: _is_letter(char) and not char.isupper()), "letters"
    if first.isnumeric():
        return _run(rest, str.isnumeric), "number"
    other = _run(rest, lambda char: not (_connects(char) or _is_letter(char) or char.isnumeric() or _is_punctuation(char)))
    return other or first, "other"


def _run(rest: str, belongs: Callable[[str], bool]) -> str:
    length = 0
    while length < len(rest) and belongs(rest[length]):
        length += 1
    return rest[:length]


def _capitals(rest: str) -> str:
    found = _run(rest, str.isupper)
    if len(found) == 1:
        return found + _run(rest[1:], lambda char: _is_letter(char) and not char.isupper())
    following = rest[len(found) : len(found) + 1]
    return found[:-1] if following and _is_letter(following) else found


def _joined(connector: str) -> Callable[[str], str]:
    """Lower case, with a connector between words; a number belongs to the word before it, unless letters follow it."""

    def join(value: str) -> str:
        words: list[tuple[Word, str]] = [*_split(value), ("", ""), ("", "")]
        found: list[str] = []
        place = 0
        while words[place][0] and words[place + 1][0]:
            kind, word = words[place]
            place += 1
            if kind == "connector":
                found.append(_told(kind, word, connector))
                continue
            found.append(_told(kind, word, connector))
            if kind == "number":
                place = _letters(words, place, found, connector)
                found += [connector] if words[place][0] not in ("", "punctuation", "connector") else []
            elif kind != "punctuation":
                place = _after_word(words, place, found, connector)
        kind, word = words[place]
        return "".join([*found, _told(kind, word, connector)])

    return join


def _letters(words: list[tuple[Word, str]], place: int, found: list[str], connector: str) -> int:
    """Takes letters and numbers as they follow each other."""
    while words[place][0] in ("letters", "number"):
        found.append(_told(*words[place], connector))
        place += 1
    return place


def _after_word(words: list[tuple[Word, str]], place: int, found: list[str], connector: str) -> int:
    kind = words[place][0]
    if kind != "number":
        found += [connector] if kind not in ("connector", "punctuation") else []
        return place
    if not words[place + 1][0]:
        return place
    number = words[place][1]
    place += 1
    if words[place][0] != "letters":
        found.append(number)
        found += [connector] if words[place][0] not in ("connector", "punctuation") else []
        return place
    found += [connector, number]
    place = _letters(words, place, found, connector)
    found += [connector] if words[place][0] not in ("", "connector", "punctuation") else []
    return place


def _told(kind: str, word: str, connector: str) -> str:
    if kind not in ("upper", "connector"):
        return word
    return "".join(connector if _connects(char) else _lower(char) for char in word)


def _camel(value: str) -> str:
    """Connectors go, but for those at the beginning, at the end, and all but one of several."""
    start = 0
    while start < len(value) and _connects(value[start]):
        start += 1
    if start == len(value):
        return value + value[-1:]
    found = value[:start]
    capital = value[start].isupper()
    current, rest = _upper(value[start]), value[start + 1 :]
    for char in rest:
        before, current = current, char
        if _connects(char) and _connects(before):
            found += before
        elif _connects(before):
            capital = char.isupper()
            current = _upper(char)
        else:
            if capital and char.isupper():
                current = _lower(char)
            elif capital:
                capital = False
            found += before
    return found + current


CASES: Mapping[str, Callee] = {
    "camelcase": Callee("s", _camel),
    "initials": Callee("s", _initials),
    "kebabcase": Callee("s", _joined("-")),
    "lower": Callee("s", _mapped(_lower)),
    "snakecase": Callee("s", _joined("_")),
    "swapcase": Callee("s", _mapped(_swapped)),
    "title": Callee("s", _title),
    "untitle": Callee("s", _untitle),
    "upper": Callee("s", _mapped(_upper)),
}
