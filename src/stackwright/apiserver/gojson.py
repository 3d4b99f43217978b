"""What Go's JSON scanner says of a text that is no JSON: clients know these sentences.

Source: Go encoding/json scanner.go. Only ever run on texts that another parser has refused.
"""

import re
from dataclasses import dataclass

END = "unexpected end of JSON input"
MAX_DEPTH = 10_000
_SPACE = frozenset(" \t\r\n")
_LITERALS = ("true", "false", "null")
_ESCAPES = frozenset('"\\/bfnrt')
_NUMBER_START = frozenset("-0123456789")
_SPECIAL = {
    "'": "\\'", '"': '"', "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\",
}  # fmt: skip
_DIGITS = frozenset("0123456789")
_HEX = re.compile(r"[0-9a-fA-F]")


class _Refused(Exception):
    """Carries the sentence."""


def syntax_error(data: bytes) -> str:
    """Empty when Go would read it. Its scanner looks at bytes, and names one that it refuses as if it were a character."""
    try:
        _Scanner(data.decode("latin-1")).document()
    except _Refused as refused:
        return str(refused)
    return ""


@dataclass(slots=True)
class _Scanner:
    text: str
    position: int = 0

    def document(self) -> None:
        self._value()
        self._skip()
        if self.position < len(self.text):
            self._refuse("after top-level value")

    def _skip(self) -> None:
        while self.position < len(self.text) and self.text[self.position] in _SPACE:
            self.position += 1

    def _refuse(self, context: str) -> None:
        if self.position >= len(self.text):
            raise _Refused(END)
        raise _Refused(f"invalid character {_quoted(self.text[self.position])} {context}")

    def _peek(self) -> str:
        return self.text[self.position] if self.position < len(self.text) else ""

    def _value(self) -> None:
        """Without recursion: the open brackets are kept on a list."""
        opened: list[str] = []
        while True:
            self._skip()
            char = self._peek()
            if char and char in "{[":
                self._open(char, opened)
                if self._begins(char, opened):
                    continue
            elif char == '"':
                self._string()
            elif char in _NUMBER_START and char:
                self._number()
            elif char in ("t", "f", "n"):
                self._literal()
            else:
                self._refuse("looking for beginning of value")
            if not self._next(opened):
                return

    def _open(self, char: str, opened: list[str]) -> None:
        self.position += 1
        opened.append(char)
        if len(opened) > MAX_DEPTH:
            raise _Refused("exceeded max depth")

    def _begins(self, char: str, opened: list[str]) -> bool:
        """Whether a value follows the bracket; an empty object or array is closed at once."""
        self._skip()
        if self._peek() == ("}" if char == "{" else "]"):
            self.position += 1
            opened.pop()
            return False
        if char == "{":
            self._key()
        return True

    def _key(self) -> None:
        self._skip()
        if self._peek() != '"':
            self._refuse("looking for beginning of object key string")
        self._string()
        self._skip()
        if self._peek() != ":":
            self._refuse("after object key")
        self.position += 1

    def _next(self, opened: list[str]) -> bool:
        """Past what may follow a value; False after the last one."""
        while opened:
            self._skip()
            char = self._peek()
            in_object = opened[-1] == "{"
            if char == ",":
                self.position += 1
                if in_object:
                    self._key()
                return True
            if char != ("}" if in_object else "]"):
                self._refuse("after object key:value pair" if in_object else "after array element")
            self.position += 1
            opened.pop()
        return False

    def _string(self) -> None:
        self.position += 1
        while True:
            char = self._peek()
            if not char or char < " ":
                self._refuse("in string literal")
            self.position += 1
            if char == '"':
                return
            if char == "\\":
                self._escape()

    def _escape(self) -> None:
        char = self._peek()
        if char == "u":
            self.position += 1
            for _ in range(4):
                if not _HEX.match(self._peek()):
                    self._refuse("in \\u hexadecimal character escape")
                self.position += 1
        elif char and char in _ESCAPES:
            self.position += 1
        else:
            self._refuse("in string escape code")

    def _literal(self) -> None:
        word = next(each for each in _LITERALS if each[0] == self._peek())
        for index, wanted in enumerate(word):
            if self._peek() != wanted:
                self._refuse(f"in literal {word} (expecting {_quoted(word[index])})")
            self.position += 1

    def _number(self) -> None:
        if self._peek() == "-":
            self.position += 1
            if self._peek() not in _DIGITS:
                self._refuse("in numeric literal")
        if self._peek() == "0":
            self.position += 1
        else:
            self._digits()
        if self._peek() == ".":
            self.position += 1
            self._required_digits("after decimal point in numeric literal")
        if self._peek() in ("e", "E"):
            self.position += 1
            if self._peek() in ("+", "-"):
                self.position += 1
            self._required_digits("in exponent of numeric literal")

    def _required_digits(self, context: str) -> None:
        if self._peek() not in _DIGITS:
            self._refuse(context)
        self._digits()

    def _digits(self) -> None:
        while self._peek() in _DIGITS:
            self.position += 1


def _quoted(char: str) -> str:
    if char in _SPECIAL:
        return f"'{_SPECIAL[char]}'"
    return f"'{char}'" if char.isprintable() else f"'\\x{ord(char):02x}'" if ord(char) < 128 else f"'\\u{ord(char):04x}'"
