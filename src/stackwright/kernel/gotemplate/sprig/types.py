"""Defaults, conditions and types."""

from collections.abc import Mapping
from typing import Any

from stackwright.kernel.gotemplate.errors import CallError
from stackwright.kernel.gotemplate.functions import Callee
from stackwright.kernel.gotemplate.values import deep_equal, is_true, kind_name, type_name


def _default(fallback: Any, *given: Any) -> Any:
    return given[0] if given and is_true(given[0]) else fallback


def _coalesced(*values: Any) -> Any:
    return next((value for value in values if is_true(value)), None)


def _fail(message: str) -> Any:
    raise CallError(message)


TYPES: Mapping[str, Callee] = {
    "all": Callee("a*", lambda *values: all(is_true(value) for value in values)),
    "any": Callee("a*", lambda *values: any(is_true(value) for value in values)),
    "coalesce": Callee("a*", _coalesced),
    "deepEqual": Callee("aa", deep_equal),
    "default": Callee("aa*", _default),
    "empty": Callee("a", lambda value: not is_true(value)),
    "fail": Callee("s", _fail),
    "kindIs": Callee("sa", lambda kind, value: kind_name(value) == kind),
    "kindOf": Callee("a", kind_name),
    "ternary": Callee("aab", lambda yes, no, condition: yes if condition else no),
    "typeIs": Callee("sa", lambda name, value: type_name(value) == name),
    "typeIsLike": Callee("sa", lambda name, value: type_name(value) in (name, "*" + name)),
    "typeOf": Callee("a", type_name),
}
