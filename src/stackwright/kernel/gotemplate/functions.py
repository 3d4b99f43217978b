"""Functions that templates call: how they declare their parameters, and those of Go itself.

Shape of a signature: one letter for each parameter, `*` repeats the last one. `a` anything, `s` text, `i` whole number (of int's own
type, as constants are), `f` number of float's, `b` bool, `m` map, `l` list, `t` time, `c` certificate.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from stackwright.kernel.goobject import GoObject
from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.printf import sprint, sprintf, sprintln
from stackwright.kernel.gotemplate.values import equal, formatted, is_true, less, type_name
from stackwright.kernel.gotime import Moment

MAX_TEXT = 4_000_000
MAX_ITEMS = 1_000_000


@dataclass(frozen=True, slots=True)
class Callee:
    """A function and what it takes. `call` gets its arguments one by one and may raise CallError.

    Shape: `costs` says that a call takes a moment of computing; a template gets few of them.
    """

    signature: str
    call: Callable[..., Any]
    costs: bool = False

    def __call__(self, *given: Any) -> Any:
        problem = self.count_problem(len(given))
        if problem:
            raise CallError(f"wrong number of args: {problem}")
        return self.call(*(checked(self.kind(place), value) for place, value in enumerate(given)))

    def count_problem(self, count: int) -> str:
        """Why it cannot be called with that many arguments; empty when it can."""
        fixed = len(self.signature.rstrip("*"))
        variadic = self.signature.endswith("*")
        least = fixed - 1 if variadic else fixed
        if count < least or (count > least and not variadic):
            return f"want {'at least ' if variadic else ''}{least} got {count}"
        return ""

    def kind(self, place: int) -> str:
        """The letter of the parameter in that place."""
        fixed = self.signature.rstrip("*")
        return fixed[min(place, len(fixed) - 1)]


Functions = Mapping[str, Callee]
_WANTED: Mapping[str, type | tuple[type, ...]] = {
    "s": str, "i": int, "f": float, "b": bool, "m": Mapping, "l": list, "t": Moment, "c": GoObject,
}  # fmt: skip
NAMES: Mapping[str, str] = {
    "s": "string", "i": "int", "f": "float64", "b": "bool", "m": "map[string]interface {}", "l": "[]interface {}", "t": "time.Time",
    "c": "sprig.certificate",
}  # fmt: skip


def checked(kind: str, value: Any, *, missing: bool = False) -> Any:
    """A value as an argument. Shape: `missing` says that it is no null but nothing at all. Raises CallError."""
    if kind not in _WANTED:
        return value
    if value is None and kind in "ml":
        return {} if kind == "m" else []
    if value is None:
        raise CallError(
            f"invalid value; expected {NAMES[kind]}" if missing else f"wrong type for value; expected {NAMES[kind]}; got interface {{}}"
        )
    if not isinstance(value, _WANTED[kind]) or (kind in "ifmcl" and type_name(value) != NAMES[kind]):
        raise CallError(f"wrong type for value; expected {NAMES[kind]}; got {type_name(value)}")
    return value


def bounded(text: str) -> str:
    """Raises CallError for a text that no template needs."""
    if len(text) > MAX_TEXT:
        raise CallError(f"the text exceeds {MAX_TEXT} characters")
    return text


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, list | Mapping):
        return len(value)
    raise CallError("reflect: call of reflect.Value.Type on zero Value" if value is None else f"len of type {type_name(value)}")


def index(value: Any, *keys: Any) -> Any:
    """A member of maps and lists, step by step."""
    if value is None:
        raise CallError("index of untyped nil")
    for key in keys:
        value = _member(value, key)
    return value


def _member(value: Any, key: Any) -> Any:
    match value:
        case None:
            raise CallError("index of nil pointer")
        case Mapping():
            if not isinstance(key, str):
                raise CallError(f"value has type {type_name(key)}; should be string")
            return value.get(key)
        case list() | str():
            place = _place(key, len(value))
            return value[place] if isinstance(value, list) else value.encode()[place]
        case _:
            raise CallError(f"can't index item of type {type_name(value)}")


def _place(key: Any, length: int, *, end: bool = False) -> int:
    if isinstance(key, bool) or not isinstance(key, int):
        raise CallError(f"cannot index slice/array with type {type_name(key)}" if key is not None else "cannot index slice/array with nil")
    if not 0 <= key < length + end:
        raise CallError(f"index out of range: {key}")
    return key


def _slice(value: Any, *places: Any) -> Any:
    if not isinstance(value, list | str):
        raise CallError("slice of untyped nil" if value is None else f"can't slice item of type {type_name(value)}")
    bounds = [_place(place, len(value), end=True) for place in places[:2]]
    low, high = bounds[0] if bounds else 0, bounds[1] if len(bounds) > 1 else len(value)
    if low > high:
        raise CallError(f"invalid slice index: {low} > {high}")
    return value[low:high]


def _any_equal(first: Any, *others: Any) -> bool:
    if not others:
        raise CallError("missing argument for comparison")
    return any(equal(first, other) for other in others)


_JS = {
    "\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D",
    "\u2028": "\\u2028", "\u2029": "\\u2029",
}  # fmt: skip


def _js(text: str) -> str:
    return "".join(_JS.get(char) or (f"\\u{ord(char):04X}" if char < " " else char) for char in text)


def _html(*values: Any) -> str:
    return html.escape(sprint(values)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def _call(value: Any, *_given: Any) -> Any:
    raise CallError("call of nil" if value is None else f"non-function {formatted(value)} of type {type_name(value)}")


BUILT_IN: Functions = {
    "call": Callee("a*", _call),
    "eq": Callee("aa*", _any_equal),
    "ge": Callee("aa", lambda a, b: not less(a, b)),
    "gt": Callee("aa", lambda a, b: not less(a, b) and not equal(a, b)),
    "html": Callee("a*", _html),
    "index": Callee("aa*", index),
    "js": Callee("a*", lambda *values: _js(sprint(values))),
    "le": Callee("aa", lambda a, b: less(a, b) or equal(a, b)),
    "len": Callee("a", _length),
    "lt": Callee("aa", less),
    "ne": Callee("aa", lambda a, b: not equal(a, b)),
    "not": Callee("a", lambda value: not is_true(value)),
    "print": Callee("a*", lambda *values: bounded(sprint(values))),
    "printf": Callee("sa*", lambda pattern, *values: bounded(sprintf(pattern, values))),
    "println": Callee("a*", lambda *values: bounded(sprintln(values))),
    "slice": Callee("aa*", _slice),
    "urlquery": Callee("a*", lambda *values: quote_plus(sprint(values))),
}
"""`and` and `or` are not among them: they do not look at arguments that do not matter."""

LAZY = ("and", "or")
