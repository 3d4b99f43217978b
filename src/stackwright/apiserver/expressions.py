"""`format`: the named forms of texts, as expressions ask whether a text is of one.

    format.dns1123Label().validate(self.name).orValue([])

Source: k8s.io/apiserver pkg/cel/library/format.go.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from cel_expr_python import cel

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.custom.formats import is_format
from stackwright.kernel.cel.library import Declared
from stackwright.kernel.cel.marks import marked, taken
from stackwright.kernel.cel.spelling import NOTHING, something

_VALUE, _TEXT = cel.Type.Map(cel.Type.STRING, cel.Type.DYN), cel.Type.STRING
Naming = Callable[[str], list[str]]


def _as_prefix(naming: Naming) -> Naming:
    """A dash at the end will not stay at the end."""
    return lambda text: naming(f"{text[:-1]}a" if len(text) > 1 and text.endswith("-") else text)


def _of_format(format: str, problem: str) -> Naming:
    return lambda text: [] if is_format(text, format) else [problem]


_FORMATS: Mapping[str, Naming] = {
    "dns1123Label": names.label,
    "dns1123Subdomain": names.subdomain,
    "dns1035Label": names.old_label,
    "qualifiedName": names.qualified,
    "dns1123LabelPrefix": _as_prefix(names.label),
    "dns1123SubdomainPrefix": _as_prefix(names.subdomain),
    "dns1035LabelPrefix": _as_prefix(names.old_label),
    "labelValue": names.label_value,
    "uri": lambda text: [] if is_format(text, "uri") else [f'parse "{text}": invalid URI for request'],
    "uuid": _of_format("uuid", "does not match the UUID format"),
    "byte": _of_format("byte", "invalid base64"),
    "date": _of_format("date", "invalid date"),
    "datetime": _of_format("datetime", "invalid datetime"),
}


def format_functions() -> Iterator[Declared]:
    for name in _FORMATS:
        yield f"format.{name}", _VALUE, (), False, partial(_format, name)
    yield "format.named", _VALUE, (_TEXT,), False, _named
    yield "validate", _VALUE, (_VALUE, _TEXT), True, _validated


def _format(name: str) -> Mapping[str, Any]:
    return marked("format", name=name)


def _named(name: str) -> Mapping[str, Any]:
    return something(_format(name)) if name in _FORMATS else NOTHING


def _validated(format: Any, text: str) -> Mapping[str, Any]:
    """What is wrong with the text; nothing when it will do."""
    problems = _FORMATS[taken(format, "format")["name"]](text)
    return something(problems) if problems else NOTHING
