"""Texts: cutting, joining, case, random ones."""

import random
import re
import secrets
import string
import textwrap
from collections.abc import Mapping
from typing import Any

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import MAX_TEXT, Callee
from stackwright.kernel.gotemplate.printf import quoted
from stackwright.kernel.gotemplate.values import formatted


def text(value: Any) -> str:
    """As sprig's toString."""
    return formatted(value)


def texts(value: Any) -> list[str]:
    """A list's items as texts, without nulls; anything else is a list of one."""
    if isinstance(value, list):
        return [text(item) for item in value if item is not None]
    return [] if value is None else [text(value)]


def _abbreviated(width: int, value: str) -> str:
    return value if width < 4 or len(value) <= width else value[: width - 3] + "..."


def _abbreviated_both(left: int, right: int, value: str) -> str:
    if right < 4 or (left > 0 and right < 7) or len(value) <= right:
        return value
    if left <= 4:
        return _abbreviated(right, value)
    if left + right - 3 < len(value):
        return "..." + _abbreviated(right - 3, value[left:])
    return "..." + value[len(value) - (right - 3) :]


def _truncated(length: int, value: str) -> str:
    if length < 0:
        return value[length:] if len(value) + length > 0 else value
    return value[:length]


def _part(start: int, end: int, value: str) -> str:
    if start < 0:
        return value[:end]
    return value[start:] if end < 0 or end > len(value) else value[start:end]


def _title(value: str) -> str:
    return re.sub(r"(?<![^\W_])(?<!['\d_])\w", lambda match: match[0].upper(), value)


def _untitle(value: str) -> str:
    return re.sub(r"(?<!\S)\S", lambda match: match[0].lower(), value)


def _repeated(count: int, value: str) -> str:
    if count < 0 or count * len(value) > MAX_TEXT:
        raise CallError(f"a text of {count} × {len(value)} characters is not made")
    return value * count


def _words(value: str) -> list[str]:
    """Where one word of an identifier ends and the next begins."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3 \2\4", value)
    return [word for word in re.split(r"[\s_\-.:]+", spaced) if word]


def _snake(value: str) -> str:
    return "_".join(_words(value)).lower()


def _kebab(value: str) -> str:
    return "-".join(_words(value)).lower()


def _camel(value: str) -> str:
    return "".join(word[:1].upper() + word[1:].lower() for word in re.split(r"[\s_\-]+", value) if word)


def _random(alphabet: str) -> Callee:
    def make(count: int) -> str:
        if not 0 <= count <= MAX_TEXT:
            raise CallError(f"a text of {count} characters is not made")
        return "".join(secrets.choice(alphabet) for _ in range(count))

    return Callee("i", make)


def _wrapped(width: int, separator: str, value: str) -> str:
    return separator.join(textwrap.wrap(value, max(width, 1), break_long_words=False, break_on_hyphens=False))


def _indented(spaces: int, value: str) -> str:
    pad = _repeated(spaces, " ")
    return pad + value.replace("\n", "\n" + pad)


def _shuffled(value: str) -> str:
    letters = list(value)
    random.shuffle(letters)
    return "".join(letters)


def _initials(value: str) -> str:
    return "".join(word[0] for word in value.split())


def _quote(*values: Any) -> str:
    return " ".join(quoted(text(value)) for value in values if value is not None)


def _single_quote(*values: Any) -> str:
    return " ".join(f"'{text(value)}'" for value in values if value is not None)


def _joined(separator: str, value: Any) -> str:
    return separator.join(texts(value))


def _numbered(parts: list[str]) -> Mapping[str, str]:
    return {f"_{place}": part for place, part in enumerate(parts)}


def _parts(separator: str, value: str, count: int = -1) -> list[str]:
    if count == 0:
        return []
    if not separator:
        return list(value) if count < 0 else [*value[: count - 1], value[count - 1 :]]
    return value.split(separator, count - 1 if count > 0 else -1)


def _without_prefix(prefix: str, value: str) -> str:
    return value.removeprefix(prefix)


def _without_suffix(suffix: str, value: str) -> str:
    return value.removesuffix(suffix)


TEXTS: Mapping[str, Callee] = {
    "abbrev": Callee("is", _abbreviated),
    "abbrevboth": Callee("iis", _abbreviated_both),
    "camelcase": Callee("s", _camel),
    "cat": Callee("a*", lambda *values: " ".join(text(value) for value in values if value is not None)),
    "contains": Callee("ss", lambda part, value: part in value),
    "hasPrefix": Callee("ss", lambda part, value: value.startswith(part)),
    "hasSuffix": Callee("ss", lambda part, value: value.endswith(part)),
    "hello": Callee("", lambda: "Hello!"),
    "indent": Callee("is", _indented),
    "initials": Callee("s", _initials),
    "join": Callee("sa", _joined),
    "kebabcase": Callee("s", _kebab),
    "lower": Callee("s", str.lower),
    "nindent": Callee("is", lambda spaces, value: "\n" + _indented(spaces, value)),
    "nospace": Callee("s", lambda value: "".join(value.split())),
    "plural": Callee("ssi", lambda one, many, count: one if count == 1 else many),
    "quote": Callee("a*", _quote),
    "randAlpha": _random(string.ascii_letters),
    "randAlphaNum": _random(string.ascii_letters + string.digits),
    "randAscii": _random("".join(chr(code) for code in range(32, 127))),
    "randNumeric": _random(string.digits),
    "repeat": Callee("is", _repeated),
    "replace": Callee("sss", lambda old, new, value: value.replace(old, new)),
    "shuffle": Callee("s", _shuffled),
    "snakecase": Callee("s", _snake),
    "sortAlpha": Callee("a", lambda value: sorted(texts(value))),
    "split": Callee("ss", lambda separator, value: _numbered(_parts(separator, value))),
    "splitList": Callee("ss", _parts),
    "splitn": Callee("sis", lambda separator, count, value: _numbered(_parts(separator, value, count))),
    "squote": Callee("a*", _single_quote),
    "substr": Callee("iis", _part),
    "swapcase": Callee("s", str.swapcase),
    "title": Callee("s", _title),
    "toString": Callee("a", text),
    "toStrings": Callee("a", texts),
    "trim": Callee("s", str.strip),
    "trimAll": Callee("ss", lambda chars, value: value.strip(chars) if chars else value),
    "trimPrefix": Callee("ss", _without_prefix),
    "trimSuffix": Callee("ss", _without_suffix),
    "trimall": Callee("ss", lambda chars, value: value.strip(chars) if chars else value),
    "trunc": Callee("is", _truncated),
    "untitle": Callee("s", _untitle),
    "upper": Callee("s", str.upper),
    "wrap": Callee("is", lambda width, value: _wrapped(width, "\n", value)),
    "wrapWith": Callee("iss", _wrapped),
}
