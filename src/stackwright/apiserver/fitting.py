"""Whether an object is as its kind wants it: every field known, every value of its type. Told in one pass, without saying what is wrong.

Nearly every body fits. Those that do not are read again by `faults` and `known_fields`, which find the words.
"""

from collections.abc import Callable, Mapping
from typing import Any

from stackwright.apiserver.faults import base64_fault, quantity_fault, time_fault
from stackwright.store.schema import ANY, Schema

Check = Callable[[Any], bool]
_INTEGERS = {"int32": 31, "int64": 63}
_HEAD = ("apiVersion", "kind", "metadata")


def fits(value: Any, schema: Schema) -> bool:
    """False also for what is rare and may be in order."""
    check: Check = schema.check or _compiled(schema)
    return check(value)


def _compiled(schema: Schema) -> Check:
    """Made once for each node, when the first value gets there."""
    inner = _check_of(schema)
    schema.check = check = lambda value: value is None or inner(value)
    return check


def _check_of(schema: Schema) -> Check:
    raw = schema.raw or {}
    reference, format = str(raw.get("$ref", "")).rpartition(".")[2], raw.get("format")
    if schema.int_or_string or reference == "IntOrString":
        return lambda value: isinstance(value, str) or (type(value) is int and -(1 << 31) <= value < 1 << 31)
    if reference == "Quantity":
        return lambda value: quantity_fault(value) is None
    if format == "date-time":
        return lambda value: time_fault(value, micro=reference == "MicroTime") is None
    match schema.type:
        case "any":
            return lambda value: not schema.properties
        case "object":
            return _map_check(schema)
        case "array":
            return lambda value: isinstance(value, list) and all(fits(item, schema.items) for item in value)
        case _:
            return _scalar_check(schema, format)


def _scalar_check(schema: Schema, format: Any) -> Check:
    match schema.type:
        case "integer":
            most = 1 << _INTEGERS.get(str(format or "int32"), 63)
            return lambda value: type(value) is int and -most <= value < most
        case "number":
            return lambda value: type(value) in (int, float)
        case "boolean":
            return lambda value: isinstance(value, bool)
        case _ if format == "byte":
            return lambda value: isinstance(value, str) and base64_fault(value) is None
        case _:
            return lambda value: isinstance(value, str)


def _map_check(schema: Schema) -> Check:
    known = schema.properties
    others = schema.child("\0")  # what every field is that nobody declared

    def check(value: Any) -> bool:
        if not isinstance(value, Mapping):
            return False
        for key, item in value.items():
            child = known.get(key, others)
            if child is None:
                if not schema.embedded or key not in _HEAD:
                    return False
            elif child is not ANY and not (child.check or _compiled(child))(item):
                return False
        return True

    return check
