"""What an applied configuration speaks of: its field set, with every fault of its form.

Source: structured-merge-diff typed (tofieldset.go, validate.go).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.store.ownership.fieldset import MEMBER, NOTHING, SELF, Node, Path, render
from stackwright.store.ownership.shape import Shape, child_of, declared, element_of, keys_of, shape_of
from stackwright.store.schema import Schema

Faults = list[tuple[str, str]]
"""Field path and sentence."""


def field_set(obj: Mapping[str, Any], schema: Schema, faults: Faults | None = None) -> Node:
    """The paths that a whole object names; what is wrong with its form is added to `faults`."""
    return _fields(obj, schema, (), [] if faults is None else faults, root=True) or NOTHING


def faults_text(faults: Faults) -> str:
    texts = [f"{path}: {text}" for path, text in faults]
    return texts[0] if len(texts) == 1 else "\n".join(["errors:", *(f"  {text}" for text in texts)])


def _value(value: Any, schema: Schema, path: Path, faults: Faults) -> Node | None:
    """None when the value names no path of its own."""
    shape = shape_of(schema, value)
    if shape == "fields":
        return _fields(value or {}, schema, path, faults)
    if shape != "leaf":
        return _items(value or [], schema, shape, path, faults)
    fault = _mismatch(value, schema)
    if fault:
        faults.append((render(path), fault))
    return MEMBER


def _mismatch(value: Any, schema: Schema) -> str:
    if value is None or schema.int_or_string:
        return ""
    match schema.type:
        case "string" if not isinstance(value, str) and "format" not in (schema.raw or ()):
            return f"expected string, got &value.valueUnstructured{{Value:{_go(value)}}}"
        case "integer" | "number" if isinstance(value, bool) or not isinstance(value, int | float):
            return f"expected numeric (int or float), got {_go_type(value)}"
        case "boolean" if not isinstance(value, bool):
            return f"expected boolean, got &{{{_go_plain(value)}}}"
        case "object" if not isinstance(value, Mapping):
            return f"expected map, got &{{{_go_plain(value)}}}"
        case "array" if not isinstance(value, list):
            return f"expected list, got &{{{_go_plain(value)}}}"
        case _:
            return ""


def _fields(value: Mapping[str, Any], schema: Schema, path: Path, faults: Faults, *, root: bool = False) -> Node | None:
    found: dict[str, Node] = {}
    for key, item in value.items():
        element = "f:" + key
        child = child_of(schema, key, root=root)
        if child is None:
            faults.append((render((*path, element)), "field not declared in schema"))
            continue
        node = _value(item, child, (*path, element), faults)
        if item is None or item == {} or not declared(schema, key, root=root):
            node = _member(node)
        if node is not None:
            found[element] = node
    return found or None


def _member(node: Node | None) -> Node:
    return {SELF: MEMBER, **node} if node and SELF not in node else node or MEMBER


def _items(value: list[Any], schema: Schema, shape: Shape, path: Path, faults: Faults) -> Node | None:
    found: dict[str, Node] = {}
    for index, item in enumerate(value):
        element = element_of(item, schema, shape)
        if element is None:
            faults.append((render((*path, f"i:{index}")), _keyless(item, schema)))
        elif element in found:
            faults.append((render(path), f"duplicate entries for key {render((element,))}"))
        else:
            found[element] = _member(_value(item, schema.items, (*path, element), faults))
    return found or None


def _keyless(item: Any, schema: Schema) -> str:
    if not isinstance(item, Mapping):
        return "associative list with keys may not have non-map elements"
    missing = next((key for key in keys_of(schema) if item.get(key) is None), "")
    return f'associative list with keys has an element that omits key field "{missing}" (and doesn\'t have default value)'


def _go_type(value: Any) -> str:
    if isinstance(value, Mapping):
        return "map[string]interface {}"
    if isinstance(value, list):
        return "[]interface {}"
    return {bool: "bool", str: "string", int: "int64", float: "float64"}.get(type(value), "<nil>")


def _go(value: Any) -> str:
    """As Go prints a value with %#v."""
    if isinstance(value, Mapping):
        return _go_type(value) + "{" + ", ".join(f"{_go(key)}:{_go(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[]interface {}{" + ", ".join(_go(item) for item in value) + "}"
    return f'"{value}"' if isinstance(value, str) else _go_plain(value)


def _go_plain(value: Any) -> str:
    """As Go prints a value with %v."""
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{key}:{_go_plain(item)}" for key, item in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(_go_plain(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "<nil>" if value is None else str(value)
