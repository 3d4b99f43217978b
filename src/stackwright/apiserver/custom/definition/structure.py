"""The structural rules: every value has one type, told at one place; junctors judge values and do not shape them.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema (validation.go, complete.go).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stackwright.apiserver.custom.definition.problems import forbidden, invalid, required
from stackwright.apiserver.kind import FieldError
from stackwright.kernel.cel.patterns import pattern_problem

MOST_DEEP = 100
_MIXED = [{"type": "integer"}, {"type": "string"}]
_BRANCHES = ("anyOf", "allOf", "oneOf")
_EXTENSIONS = {
    "x-kubernetes-preserve-unknown-fields": "must be false to be structural",
    "x-kubernetes-embedded-resource": "must be false to be structural",
    "x-kubernetes-int-or-string": "must be false to be structural",
    "x-kubernetes-list-map-keys": "must be empty to be structural",
    "x-kubernetes-list-type": "must be undefined to be structural",
    "x-kubernetes-map-type": "must be undefined to be structural",
    "x-kubernetes-validations": "must be empty to be structural",
}
_GENERICS = {
    "type": "must be empty to be structural",
    "additionalProperties": "must be undefined to be structural",
    "default": "must be undefined to be structural",
    "title": "must be empty to be structural",
    "description": "must be empty to be structural",
    "nullable": "must be false to be structural",
}
Node = Mapping[str, Any]


def structural_errors(node: Node, field: str) -> list[FieldError]:
    """In the order of their texts."""
    return sorted([*_errors(node, field, "root", 0), *_missing(node, node, field, field, 0)], key=str)


def children(node: Node, field: str) -> Iterator[tuple[str, Node]]:
    for name, child in sorted((node.get("properties") or {}).items()):
        if isinstance(child, Mapping):
            yield f"{field}.properties[{name}]", child
    for name in ("additionalProperties", "items"):
        if isinstance(node.get(name), Mapping):
            yield f"{field}.{name}", node[name]


def _errors(node: Node, field: str, level: str, depth: int) -> Iterator[FieldError]:
    if depth > MOST_DEEP:
        yield forbidden(field, "schema is nested too deeply")
        return
    if node.get("type") == "array" and node.get("items") is None:
        yield required(f"{field}.items", "must be specified")
    if level == "root" and node.get("additionalProperties") is not None:
        yield forbidden(f"{field}.additionalProperties", "must not be used at the root")
    for at, child in children(node, field):
        yield from _errors(child, at, "items" if at == f"{field}.items" else "fields", depth + 1)
    yield from _extension_errors(node, field)
    yield from _junctor_errors(node, field, _skipped(node), depth)
    yield from _type_errors(node, field, level)
    yield from _object_errors(node, field, level)


def _extension_errors(node: Node, field: str) -> Iterator[FieldError]:
    if node.get("x-kubernetes-int-or-string"):
        if node.get("type"):
            yield invalid(f"{field}.type", node["type"], "must be empty if x-kubernetes-int-or-string is true")
        for name in ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"):
            if node.get(name):
                yield invalid(f"{field}.{name}", True, "must be false if x-kubernetes-int-or-string is true")


def _skipped(node: Node) -> str:
    """The junctor that says once more that a value is an integer or a text: it may."""
    if node.get("anyOf") == _MIXED:
        return "anyOf"
    first = next(iter(node.get("allOf") or ()), None)
    return "allOf" if isinstance(first, Mapping) and first.get("anyOf") == _MIXED else ""


def _junctor_errors(node: Node, field: str, skipped: str, depth: int) -> Iterator[FieldError]:
    for name in _BRANCHES:
        for index, branch in enumerate(node.get(name) or ()):
            if isinstance(branch, Mapping) and not (skipped == "anyOf" and name == "anyOf"):
                inner = "anyOf" if skipped == "allOf" and name == "allOf" and index == 0 else ""
                yield from _branch_errors(branch, f"{field}.{name}[{index}]", inner, depth + 1)
    if isinstance(node.get("not"), Mapping):
        yield from _branch_errors(node["not"], f"{field}.not", "", depth + 1)
    pattern = node.get("pattern")
    if isinstance(pattern, str) and (problem := pattern_problem(pattern)):
        yield invalid(f"{field}.pattern", pattern, f"must be a valid regular expression, but isn't: {problem}")


def _branch_errors(node: Node, field: str, skipped: str, depth: int) -> Iterator[FieldError]:
    if depth > MOST_DEEP:
        return
    yield from _junctor_errors(node, field, skipped, depth)
    for at, child in children(node, field):
        yield from _branch_errors(child, at, "", depth + 1)
    for name, detail in (_GENERICS | _EXTENSIONS).items():
        if node.get(name):
            yield forbidden(f"{field}.{name}", detail)
    if "metadata" in (node.get("properties") or {}):
        yield forbidden(f"{field}.properties[metadata]", "must not be specified in a nested context")


def _type_errors(node: Node, field: str, level: str) -> Iterator[FieldError]:
    type, embedded = node.get("type"), node.get("x-kubernetes-embedded-resource")
    free = node.get("x-kubernetes-int-or-string") or node.get("x-kubernetes-preserve-unknown-fields")
    if embedded and type != "object":
        detail = "must be object if x-kubernetes-embedded-resource is true"
        yield invalid(f"{field}.type", type, detail) if type else required(f"{field}.type", detail)
    elif not type and not free:
        where = {"root": "at the root", "items": "for specified array items", "fields": "for specified object fields"}[level]
        yield required(f"{field}.type", f"must not be empty {where}")
    if level == "root" and type and type != "object":
        yield invalid(f"{field}.type", type, "must be object at the root")


def _object_errors(node: Node, field: str, level: str) -> Iterator[FieldError]:
    properties, embedded = node.get("properties") or {}, bool(node.get("x-kubernetes-embedded-resource"))
    if embedded and node.get("additionalProperties") is not None:
        yield forbidden(f"{field}.additionalProperties", "must not be used if x-kubernetes-embedded-resource is set")
    if embedded or level == "root":
        for name in ("kind", "apiVersion"):
            child = properties.get(name)
            if isinstance(child, Mapping) and child.get("type") != "string":
                yield invalid(f"{field}.properties[{name}].type", child.get("type") or "", "must be string")
        metadata = properties.get("metadata")
        if isinstance(metadata, Mapping):
            yield from _metadata_errors(metadata, f"{field}.properties[metadata]", level)
    if embedded and not node.get("x-kubernetes-preserve-unknown-fields") and not properties:
        detail = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        yield required(f"{field}.properties", detail)


def _metadata_errors(node: Node, field: str, level: str) -> Iterator[FieldError]:
    if node.get("type") != "object":
        yield invalid(f"{field}.type", node.get("type") or "", "must be object")
    plain = set(node) <= {"type", "properties", "default"} and set(node.get("properties") or {}) <= {"name", "generateName"}
    if level == "root" and not plain:
        yield forbidden(field, "must not specify anything other than name and generateName, but metadata is implicitly specified")


def _missing(node: Node, judged: Node, field: str, at: str, depth: int) -> Iterator[FieldError]:
    """What junctors speak of and nobody has specified."""
    if depth > MOST_DEEP:
        return
    for name in (*_BRANCHES, "not"):
        branches = judged.get(name) or ()
        for index, branch in enumerate([branches] if isinstance(branches, Mapping) else branches):
            if isinstance(branch, Mapping):
                below = f"{at}.not" if name == "not" else f"{at}.{name}[{index}]"
                yield from _missing(node, branch, field, below, depth + 1)
    if node is judged:
        for where, child in children(node, field):
            yield from _missing(child, child, where, where, depth + 1)
        return
    for where, child in children(judged, at):
        step = where.removeprefix(at)
        found = _at(node, step)
        if found is None:
            yield required(f"{field}{step}", f"because it is defined in {where}")
        else:
            yield from _missing(found, child, f"{field}{step}", where, depth + 1)


def _at(node: Node, step: str) -> Node | None:
    if step.startswith(".properties["):
        found = (node.get("properties") or {}).get(step[len(".properties[") : -1])
        found = node.get("additionalProperties") if found is None else found
    else:
        found = node.get(step.removeprefix("."))
    return found if isinstance(found, Mapping) else None
