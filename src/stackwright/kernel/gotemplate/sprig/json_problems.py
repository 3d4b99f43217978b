"""What is wrong with a JSON text, in Go's words.

Source: Go's encoding/json (scanner.go).
"""

import re

_SPACE = " \t\r\n"
_END = "unexpected end of JSON input"
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORDS = {"t": "true", "f": "false", "n": "null"}
MAX_DEPTH = 10_000


class _Wrong(Exception):
    pass


def problem_of(text: str) -> str:
    """Empty when there is nothing wrong."""
    try:
        place = _value(text, _skip(text, 0), 0)
        place = _skip(text, place)
        if place < len(text):
            return f"invalid character {_shown(text[place])} after top-level value"
    except _Wrong as problem:
        return str(problem)
    return ""


def _shown(char: str) -> str:
    return {"'": "'\\''", '"': "'\"'"}.get(char) or f"'{char}'"


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in _SPACE:
        place += 1
    return place


def _at(text: str, place: int) -> str:
    if place >= len(text):
        raise _Wrong(_END)
    return text[place]


def _value(text: str, place: int, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise _Wrong("exceeded max depth")
    char = _at(text, place)
    if char == "{":
        return _object(text, place + 1, depth)
    if char == "[":
        return _array(text, place + 1, depth)
    if char == '"':
        return _string(text, place + 1)
    if char in _WORDS:
        return _word(text, place, _WORDS[char])
    if char == "-" or char.isdigit():
        return _number(text, place)
    raise _Wrong(f"invalid character {_shown(char)} looking for beginning of value")


def _object(text: str, place: int, depth: int) -> int:
    place = _skip(text, place)
    if _at(text, place) == "}":
        return place + 1
    while True:
        char = _at(text, place)
        if char != '"':
            raise _Wrong(f"invalid character {_shown(char)} looking for beginning of object key string")
        place = _skip(text, _string(text, place + 1))
        if _at(text, place) != ":":
            raise _Wrong(f"invalid character {_shown(text[place])} after object key")
        place = _skip(text, _value(text, _skip(text, place + 1), depth + 1))
        char = _at(text, place)
        if char == "}":
            return place + 1
        if char != ",":
            raise _Wrong(f"invalid character {_shown(char)} after object key:value pair")
        place = _skip(text, place + 1)


def _array(text: str, place: int, depth: int) -> int:
    place = _skip(text, place)
    if _at(text, place) == "]":
        return place + 1
    while True:
        place = _skip(text, _value(text, place, depth + 1))
        char = _at(text, place)
        if char == "]":
            return place + 1
        if char != ",":
            raise _Wrong(f"invalid character {_shown(char)} after array element")
        place = _skip(text, place + 1)


def _string(text: str, place: int) -> int:
    while (char := _at(text, place)) != '"':
        if char < " ":
            raise _Wrong(f"invalid character '\\x{ord(char):02x}' in string literal")
        if char == "\\":
            place += 1
            escape = _at(text, place)
            if escape not in '"\\/bfnrtu':
                raise _Wrong(f"invalid character {_shown(escape)} in string escape code")
        place += 1
    return place + 1


def _word(text: str, place: int, word: str) -> int:
    for offset, wanted in enumerate(word):
        char = text[place + offset] if place + offset < len(text) else " "
        if char != wanted:
            raise _Wrong(f"invalid character {_shown(char)} in literal {word} (expecting {_shown(wanted)})")
    return place + len(word)


def _number(text: str, place: int) -> int:
    match = _NUMBER.match(text, place)
    if match is None:
        raise _Wrong(f"invalid character {_shown(_at(text, place + 1))} in numeric literal")
    return match.end()
