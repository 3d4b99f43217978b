"""What the evaluator is told of types, and what is said of them.

Source: k8s.io/apiserver pkg/cel/common/schemas.go.
"""

from stackwright.kernel.cel import DYN
from stackwright.store.schema import Schema

_SCALARS = {"string": "string", "integer": "int", "number": "double", "boolean": "bool"}
_FORMATS = {"date-time": "timestamp", "duration": "duration", "byte": "bytes"}
TIMES = frozenset({"timestamp", "duration"})
"""Types that are texts in objects: expressions convert them where they are read."""


def type_of(schema: Schema) -> str:
    """The type of a value; `dyn` for objects, whose fields are checked by themselves."""
    raw = schema.raw or {}
    if schema.int_or_string or raw.get("nullable"):
        return DYN
    if schema.type == "string" and raw.get("format") in _FORMATS:
        return _FORMATS[raw["format"]]
    if schema.type == "array":
        return f"list<{type_of(schema.items)}>"
    if schema.type == "object" and schema.additional is not None and not schema.properties:
        return f"map<string, {type_of(schema.additional)}>"
    return _SCALARS.get(schema.type, DYN)


def declared_type_of(schema: Schema) -> str:
    """As the evaluator is told."""
    found = type_of(schema)
    return DYN if any(name in found for name in TIMES) else found
