"""Values of custom resources against their structural schema: every broken rule, by field path.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/validation and k8s.io/kube-openapi pkg/validation/validate.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from stackwright.apiserver.custom.formats import is_format
from stackwright.apiserver.custom.structural import read
from stackwright.apiserver.kind import FieldError
from stackwright.kernel import json
from stackwright.kernel.cel.patterns import matches
from stackwright.store.schema import Schema

MAX_ERRORS = 100
ABSENT = object()
"""There is no old value to compare with."""
_APART = frozenset({"metadata", "apiVersion", "kind"})
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (Mapping,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def errors_of(obj: Mapping[str, Any], schema: Schema, old: Mapping[str, Any] | None = None) -> list[FieldError]:
    """Of a whole object; its metadata is not looked at. What is as it was in `old` is not judged again."""
    before: Any = ABSENT if old is None else {key: value for key, value in old.items() if key not in _APART}
    now = {key: value for key, value in obj.items() if key not in _APART}
    return _first_of(_whole_errors(now, schema, before) if now != before else iter(()))


def _whole_errors(now: Mapping[str, Any], schema: Schema, before: Any) -> Iterator[FieldError]:
    yield from _combined_errors(now, schema.raw or {}, "")
    yield from _object_errors(now, schema, "", before)


def value_errors(value: Any, schema: Schema, old: Any = ABSENT) -> list[FieldError]:
    """Of a value by itself: fields and texts name what is below it."""
    return _first_of(_errors(value, schema, "", old))


def _first_of(errors: Iterator[FieldError]) -> list[FieldError]:
    """Duplicates in lists are told after everything else."""
    return sorted(islice(errors, MAX_ERRORS), key=lambda error: error.reason == "FieldValueDuplicate")


def _errors(value: Any, schema: Schema, path: str, old: Any = ABSENT) -> Iterator[FieldError]:
    raw = schema.raw or {}
    if old is not ABSENT and value == old:
        return
    if value is None:
        if not raw.get("nullable") and schema.type != "any":
            yield _type_error(value, schema, path)
        return
    if schema.int_or_string and not (isinstance(value, int | str) and not isinstance(value, bool)):
        found = _go_type(value)
        told = f'Invalid value: "{found}": {path} in body must be of type integer,string: "{found}"'
        yield FieldError("FieldValueTypeInvalid", path, told)
        return
    if not schema.int_or_string and not _fits(value, schema):
        yield _type_error(value, schema, path)
        if schema.type == "integer" and isinstance(value, float) and value.is_integer():
            yield _unchecked(schema, path)
        return
    yield from _combined_errors(value, raw, path)
    yield from _content_errors(value, schema, path, old)


def _content_errors(value: Any, schema: Schema, path: str, old: Any) -> Iterator[FieldError]:
    raw = schema.raw or {}
    if isinstance(value, Mapping):
        yield from _enum_errors(value, raw, path)
        yield from _object_errors(value, schema, path, old)
        return
    if isinstance(value, str):
        yield from _text_errors(value, raw, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number_errors(value, schema, path)
    elif isinstance(value, list):
        yield from _list_errors(value, schema, path, old)
    yield from _enum_errors(value, raw, path)


def _unchecked(schema: Schema, path: str) -> FieldError:
    format = (schema.raw or {}).get("format")
    told = f" with format {format}" if format else " (default format)"
    return FieldError("FieldValueInvalid", "<nil>", f'Invalid value: "": Checked value must be of type {schema.type}{told} in {path}')


def _fits(value: Any, schema: Schema) -> bool:
    allowed = _TYPES.get(schema.type)
    if allowed is None:
        return True
    if isinstance(value, bool):
        return schema.type == "boolean"
    if schema.type == "integer" and isinstance(value, float):
        return value.is_integer() and abs(value) < 2**63
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
    if isinstance(pattern, str) and not matches(pattern, value):
        yield _invalid(value, path, f"{path} in body should match '{pattern}'")
    if raw.get("format") is not None and not is_format(value, raw["format"]):
        told = f"{_quoted(value)}: {path} in body must be of type {raw['format']}: {_quoted(value)}"
        yield FieldError("FieldValueTypeInvalid", path, f"Invalid value: {told}")


def _number_errors(value: float, schema: Schema, path: str) -> Iterator[FieldError]:
    raw = schema.raw or {}
    if raw.get("format") == "int32" and schema.type == "integer" and not -(2**31) <= value < 2**31:
        yield _unchecked(schema, path)
    least, most, step = raw.get("minimum"), raw.get("maximum"), raw.get("multipleOf")
    if least is not None and (value < least or (raw.get("exclusiveMinimum") and value == least)):
        relation = "greater than" if raw.get("exclusiveMinimum") else "greater than or equal to"
        yield _invalid(value, path, f"{path} in body should be {relation} {_number(least)}")
    if most is not None and (value > most or (raw.get("exclusiveMaximum") and value == most)):
        relation = "less than" if raw.get("exclusiveMaximum") else "less than or equal to"
        yield _invalid(value, path, f"{path} in body should be {relation} {_number(most)}")
    if step and value % step:
        yield _invalid(value, path, f"{path} in body should be a multiple of {_number(step)}")


def _list_errors(value: list[Any], schema: Schema, path: str, old: Any = ABSENT) -> Iterator[FieldError]:
    raw = schema.raw or {}
    if raw.get("maxItems") is not None and len(value) > raw["maxItems"]:
        yield FieldError("FieldValueTooMany", path, f"Too many: {len(value)}: must have at most {raw['maxItems']} items")
    if raw.get("minItems") is not None and len(value) < raw["minItems"]:
        yield _invalid(len(value), path, f"{path} in body should have at least {raw['minItems']} items")
    yield from _duplicates(value, schema, path)
    before = _by_key(old, schema)
    for index, item in enumerate(value):
        yield from _errors(item, schema.items, f"{path}[{index}]", before.get(_key(item, schema), ABSENT))


def _by_key(old: Any, schema: Schema) -> Mapping[bytes | None, Any]:
    """The items of lists that are maps, which are known again by their keys."""
    if schema.list_type != "map" or not isinstance(old, list):
        return {}
    return {key: item for item in old if (key := _key(item, schema)) is not None}


def _key(item: Any, schema: Schema) -> bytes | None:
    if schema.list_type != "map" or not isinstance(item, Mapping):
        return None
    return json.canonical([item.get(name) for name in schema.list_map_keys])


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


def _object_errors(value: Mapping[str, Any], schema: Schema, path: str, old: Any = ABSENT) -> Iterator[FieldError]:
    raw, before = schema.raw or {}, old if isinstance(old, Mapping) else {}
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
            yield from _errors(item, child, _joined(path, key), before.get(key, ABSENT))
        elif schema.additional is not None:
            at = f"{path}[{key}]" if not _IDENTIFIER.match(key) else _joined(path, key)
            yield from _errors(item, schema.additional, at, before.get(key, ABSENT))


def _combined_errors(value: Any, raw: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    """The logical junctors: that one is not fulfilled, and what was missing in the branch that came closest."""
    if raw.get("anyOf"):
        failures = [_branch(value, branch, path) for branch in raw["anyOf"]]
        if all(failures):
            yield _unfulfilled(path, "must validate at least one schema (anyOf)")
            yield from min(failures, key=len)
    if raw.get("oneOf"):
        failures = [_branch(value, branch, path) for branch in raw["oneOf"]]
        fulfilled = sum(not failure for failure in failures)
        if fulfilled != 1:
            found = f"Found {fulfilled} valid alternatives" if fulfilled else "Found none valid"
            yield _unfulfilled(path, f"must validate one and only one schema (oneOf). {found}")
        if not fulfilled:
            yield from min(failures, key=len)
    if raw.get("allOf"):
        failures = [_branch(value, branch, path) for branch in raw["allOf"]]
        yield from (error for failure in failures for error in failure)
        if any(failures):
            none = ". None validated" if all(failures) else ""
            yield _unfulfilled(path, f"must validate all the schemas (allOf){none}")
    if raw.get("not") is not None and not _branch(value, raw["not"], path):
        yield _unfulfilled(path, "must not validate the schema (not)")


def _branch(value: Any, node: Mapping[str, Any], path: str) -> list[FieldError]:
    return list(islice(_errors(value, read(node), path), MAX_ERRORS))


def _unfulfilled(path: str, detail: str) -> FieldError:
    return FieldError("FieldValueInvalid", "<nil>", f'Invalid value: "": "{path}" {detail}')


_IDENTIFIER = re.compile(r"^[A-Za-z0-9_\-]+$")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _invalid(value: Any, path: str, reason: str) -> FieldError:
    return FieldError("FieldValueInvalid", path, f"Invalid value: {_quoted(value)}: {reason}")


def _quoted(value: Any) -> str:
    return json.dumps(value).decode()


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)
