"""The vocabulary of validation: problems at field paths, in the words of the API, and rules that find them.

A rule is a function from a path and a value to problems. Paths are texts (`spec.containers[0].name`).
Source: k8s.io/apimachinery pkg/util/validation/field.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from stackwright.apiserver.kind import FieldError
from stackwright.kernel import json

Problems = Iterator[FieldError]
Rule = Callable[[str, Any], Problems]

NOT_NEGATIVE = "must be greater than or equal to 0"
IMMUTABLE = "field is immutable"


def shown(value: Any) -> str:
    """As the API shows a value in a message."""
    text = json.dumps(value).decode()
    if isinstance(value, str):
        return text
    for char, escaped in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
        text = text.replace(char, escaped)
    return text


def required(path: str, detail: str = "") -> FieldError:
    return FieldError("FieldValueRequired", path, f"Required value: {detail}" if detail else "Required value")


def invalid(path: str, value: Any, detail: str) -> FieldError:
    return FieldError("FieldValueInvalid", path, f"Invalid value: {shown(value)}" + (f": {detail}" if detail else ""))


def refused(path: str, detail: str) -> FieldError:
    """Invalid, without showing the value."""
    return FieldError("FieldValueInvalid", path, f"Invalid value: {detail}")


def forbidden(path: str, detail: str) -> FieldError:
    return FieldError("FieldValueForbidden", path, f"Forbidden: {detail}" if detail else "Forbidden")


def duplicate(path: str, value: Any) -> FieldError:
    return FieldError("FieldValueDuplicate", path, f"Duplicate value: {shown(value)}")


def not_found(path: str, value: Any) -> FieldError:
    return FieldError("FieldValueNotFound", path, f"Not found: {shown(value)}")


def too_long(path: str, most: int) -> FieldError:
    return FieldError("FieldValueTooLong", path, f"Too long: may not be more than {most} bytes")


def too_many(path: str, found: int, most: int) -> FieldError:
    return FieldError("FieldValueTooMany", path, f"Too many: {found}: must have at most {most} items")


def not_supported(path: str, value: Any, supported: Sequence[str]) -> FieldError:
    listed = ", ".join(shown(each) for each in supported)
    return FieldError("FieldValueNotSupported", path, f"Unsupported value: {shown(value)}: supported values: {listed}")


def words(path: str, value: Any, problems: Iterable[str]) -> Problems:
    """An invalid value for each reason."""
    return (invalid(path, value, each) for each in problems)


def one_of(path: str, value: Any, supported: Sequence[str]) -> Problems:
    if value not in supported:
        yield not_supported(path, value, supported)


def chosen(path: str, value: Any, supported: Sequence[str]) -> Problems:
    """Required, and one of these."""
    if value in (None, ""):
        yield required(path)
    else:
        yield from one_of(path, value, supported)


def only_one(path: str, value: Any, rules: Mapping[str, Rule], more: str, none: str) -> Problems:
    """Exactly one of the fields that have rules is set, and keeps to its own; `more` and `none` are the words when not."""
    given = [key for key in rules if value.get(key) is not None]
    for index, key in enumerate(given):
        if index:
            yield forbidden(child(path, key), more)
        else:
            yield from rules[key](child(path, key), value[key])
    if not given:
        yield required(path, none)


def not_negative(path: str, value: Any) -> Problems:
    if isinstance(value, int) and value < 0:
        yield invalid(path, value, NOT_NEGATIVE)


def port(path: str, value: Any) -> Problems:
    if not isinstance(value, int) or not 1 <= value <= 65535:
        yield invalid(path, value, "must be between 1 and 65535, inclusive")


def unchanged(path: str, new: Any, old: Any) -> Problems:
    """An absent and an empty value are the same."""
    if (new or None) != (old or None):
        yield invalid(path, new, IMMUTABLE)


def child(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def mapping(value: Any, key: str) -> Mapping[str, Any]:
    """The object at a field; empty when there is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def items(value: Any, key: str) -> list[Any]:
    """The list at a field; empty when there is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else []


def indexed(path: str, value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """The elements of the list at a field, each with its path."""
    return ((f"{child(path, key)}[{index}]", each) for index, each in enumerate(items(value, key)))
