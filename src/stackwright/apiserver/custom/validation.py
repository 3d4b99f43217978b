"""Values of custom resources against their structural schema: every broken rule, by field path.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/validation and k8s.io/kube-openapi pkg/validation/validate.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from stackwright.apiserver.custom.structural import read
from stackwright.apiserver.kind import FieldError
from stackwright.kernel import json
from stackwright.store.schema import Schema

MAX_ERRORS = 100
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (Mapping,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def errors_of(obj: Mapping[str, Any], schema: Schema) -> list[FieldError]:
    """Of a whole object; its metadata is not looked at."""
    found: list[FieldError] = []
    for error in _object_errors({key: value for key, value in obj.items() if key not in ("metadata", "apiVersion", "kind")}, schema, ""):
        found.append(error)
        if len(found) >= MAX_ERRORS:
            break
    return found


def _errors(value: Any, schema: Schema, path: str) -> Iterator[FieldError]:
    raw = schema.raw or {}
    if value is None:
        if not raw.get("nullable") and schema.type != "any":
            yield _type_error(value, schema, path)
        return
    if schema.int_or_string and not (isinstance(value, int | str) and not isinstance(value, bool)):
        yield FieldError(
            "FieldValueTypeInvalid",
            path,
            f'Invalid value: "{_go_type(value)}": {path} in body must be of type integer,string: "{_go_type(value)}"',
        )
        return
    if not schema.int_or_string and not _fits(value, schema):
        yield _type_error(value, schema, path)
        return
    yield from _enum_errors(value, raw, path)
    if isinstance(value, str):
        yield from _text_errors(value, raw, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number_errors(value, raw, path)
    elif isinstance(value, list):
        yield from _list_errors(value, schema, path)
    elif isinstance(value, Mapping):
        yield from _object_errors(value, schema, path)
    yield from _combined_errors(value, raw, path)


def _fits(value: Any, schema: Schema) -> bool:
    allowed = _TYPES.get(schema.type)
    if allowed is None:
        return True
    if isinstance(value, bool):
        return schema.type == "boolean"
    if schema.type == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, allowed)


def _type_error(value: Any, schema: Schema, path: str) -> FieldError:
    found = _go_type(value)
    return FieldError("FieldValueTypeInvalid", path, f'Invalid value: "{found}": {path} in body must be of type {schema.type}: "{found}"')


def _go_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, Mapping):
        return "object"
    return {str: "string", int: "integer", float: "number", list: "array"}.get(type(value), "null")


def _enum_errors(value: Any, raw: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    allowed = raw.get("enum")
    if allowed is not None and value not in allowed:
        listed = ", ".join(_quoted(item) for item in allowed)
        yield FieldError("FieldValueNotSupported", path, f"Unsupported value: {_quoted(value)}: supported values: {listed}")


def _text_errors(value: str, raw: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    longest, shortest, pattern = raw.get("maxLength"), raw.get("minLength"), raw.get("pattern")
    if longest is not None and len(value) > longest:
        yield FieldError("FieldValueTooLong", path, f"Too long: may not be more than {longest} bytes")
    if shortest is not None and len(value) < shortest:
        yield _invalid(value, path, f"{path} in body should be at least {shortest} chars long")
    if pattern is not None and (compiled := _pattern(pattern)) is not None and not compiled.search(value):
        yield _invalid(value, path, f"{path} in body should match '{pattern}'")


def _number_errors(value: float, raw: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    least, most, step = raw.get("minimum"), raw.get("maximum"), raw.get("multipleOf")
    if least is not None and (value < least or (raw.get("exclusiveMinimum") and value == least)):
        relation = "greater than" if raw.get("exclusiveMinimum") else "greater than or equal to"
        yield _invalid(value, path, f"{path} in body should be {relation} {_number(least)}")
    if most is not None and (value > most or (raw.get("exclusiveMaximum") and value == most)):
        relation = "less than" if raw.get("exclusiveMaximum") else "less than or equal to"
        yield _invalid(value, path, f"{path} in body should be {relation} {_number(most)}")
    if step and value % step:
        yield _invalid(value, path, f"{path} in body should be a multiple of {_number(step)}")


def _list_errors(value: list[Any], schema: Schema, path: str) -> Iterator[FieldError]:
    raw = schema.raw or {}
    if raw.get("maxItems") is not None and len(value) > raw["maxItems"]:
        yield FieldError("FieldValueTooMany", path, f"Too many: {len(value)}: must have at most {raw['maxItems']} items")
    if raw.get("minItems") is not None and len(value) < raw["minItems"]:
        yield _invalid(len(value), path, f"{path} in body should have at least {raw['minItems']} items")
    yield from _duplicates(value, schema, path)
    for index, item in enumerate(value):
        yield from _errors(item, schema.items, f"{path}[{index}]")


def _duplicates(value: list[Any], schema: Schema, path: str) -> Iterator[FieldError]:
    seen: set[bytes] = set()
    for index, item in enumerate(value):
        if schema.list_type == "map" and isinstance(item, Mapping):
            shown: Any = {key: item[key] for key in schema.list_map_keys if key in item}
        elif schema.list_type == "set":
            shown = item
        else:
            continue
        key = json.canonical(shown)
        if key in seen:
            yield FieldError("FieldValueDuplicate", f"{path}[{index}]", f"Duplicate value: {json.dumps(shown).decode()}")
        seen.add(key)


def _object_errors(value: Mapping[str, Any], schema: Schema, path: str) -> Iterator[FieldError]:
    raw = schema.raw or {}
    for name in raw.get("required") or ():
        if name not in value:
            yield FieldError("FieldValueRequired", _joined(path, name), "Required value")
    if raw.get("maxProperties") is not None and len(value) > raw["maxProperties"]:
        yield FieldError("FieldValueTooMany", path, f"Too many: {len(value)}: must have at most {raw['maxProperties']} items")
    if raw.get("minProperties") is not None and len(value) < raw["minProperties"]:
        yield _invalid(len(value), path, f"{path} in body should have at least {raw['minProperties']} properties")
    for key, item in value.items():
        child = schema.properties.get(key)
        if child is not None:
            yield from _errors(item, child, _joined(path, key))
        elif schema.additional is not None:
            yield from _errors(item, schema.additional, f"{path}[{key}]" if not _IDENTIFIER.match(key) else _joined(path, key))


def _combined_errors(value: Any, raw: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    """The logical junctors, of which only their being fulfilled or not is told."""
    if raw.get("oneOf") and sum(_is_valid(value, branch) for branch in raw["oneOf"]) != 1:
        yield _invalid(value, path, f"{path or '<nil>'} in body must validate one and only one schema (oneOf)")
    if raw.get("anyOf") and not any(_is_valid(value, branch) for branch in raw["anyOf"]):
        yield _invalid(value, path, f"{path or '<nil>'} in body must validate at least one schema (anyOf)")
    if raw.get("allOf") and not all(_is_valid(value, branch) for branch in raw["allOf"]):
        yield _invalid(value, path, f"{path or '<nil>'} in body must validate all the schemas (allOf)")
    if raw.get("not") is not None and _is_valid(value, raw["not"]):
        yield _invalid(value, path, f"{path or '<nil>'} in body must not validate the schema (not)")


def _is_valid(value: Any, node: Mapping[str, Any]) -> bool:
    return next(_errors(value, read(node), ""), None) is None


_IDENTIFIER = re.compile(r"^[A-Za-z0-9_\-]+$")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _invalid(value: Any, path: str, reason: str) -> FieldError:
    return FieldError("FieldValueInvalid", path, f"Invalid value: {_quoted(value)}: {reason}")


def _quoted(value: Any) -> str:
    return json.dumps(value).decode()


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str] | None:
    """None for the few that Go can read and Python cannot."""
    try:
        return re.compile(text.replace("\\z", "\\Z").replace("[:alnum:]", "a-zA-Z0-9"))
    except re.error:
        return None
