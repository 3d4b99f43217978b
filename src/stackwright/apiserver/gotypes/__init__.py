"""The Go types behind the built-in kinds: what their fields are called on the wire, and when encoders leave them out.

The table is written by `scripts/generate_go_types.py`, which says how it reads.
"""

import gzip
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple

from stackwright.api.meta import GroupVersionKind
from stackwright.kernel import json

META = "k8s.io/apimachinery/pkg/apis/meta/v1"
TIME, MICRO_TIME, DURATION = f"{META}.Time", f"{META}.MicroTime", f"{META}.Duration"
QUANTITY = "k8s.io/apimachinery/pkg/api/resource.Quantity"
INT_OR_STRING = "k8s.io/apimachinery/pkg/util/intstr.IntOrString"
FIELDS, RAW = f"{META}.FieldsV1", "k8s.io/apimachinery/pkg/runtime.RawExtension"
SPOKEN = frozenset({TIME, MICRO_TIME, DURATION, QUANTITY, INT_OR_STRING, FIELDS, RAW})
"""Structs with a JSON form of their own."""


class GoField(NamedTuple):
    """Shape: `kind` is string, bytes, bool, int, double or the name of a struct, `[]` before it for a list, `{}` for a map from text;
    `named` is the Go type of a text that has one.
    """

    number: int
    name: str
    kind: str
    omit_empty: bool
    omit_zero: bool
    pointer: bool
    inline: bool
    named: str


@cache
def structs() -> Mapping[str, tuple[GoField, ...]]:
    """By package path and name."""
    file = resources.files("stackwright.apiserver.gotypes") / "types.json.gz"
    found = json.loads(gzip.decompress(file.read_bytes()))
    return {name: tuple(_field(int(number), row) for number, row in rows.items()) for name, rows in found.items()}


def _field(number: int, row: list[str]) -> GoField:
    name, kind, flags, *named = row
    return GoField(number, name, kind, "o" in flags, "z" in flags, "p" in flags, "i" in flags or not name, named[0] if named else "")


@cache
def struct_of(gvk: GroupVersionKind) -> str:
    """The name of the struct of a built-in kind; empty when there is none."""
    package = gvk.group.split(".")[0] or "core"
    for name in (f"k8s.io/api/{package}/{gvk.version}.{gvk.kind}", f"{META}.{gvk.kind}"):
        if name in structs():
            return name
    return ""


@cache
def by_number(name: str) -> Mapping[int, GoField]:
    return {field.number: field for field in structs().get(name, ())}


@cache
def flattened(name: str) -> tuple[GoField, ...]:
    """The fields that an object of the type shows: those of inlined structs among them."""
    found: list[GoField] = []
    for field in structs()[name]:
        found += flattened(field.kind) if field.inline else (field,)
    return tuple(found)


@cache
def text_types() -> Mapping[tuple[str, str], str]:
    """The Go types of texts that have one (`v1.PullPolicy`), by the last name of their struct and their field."""
    return {
        (name.rpartition(".")[2], field.name): field.named
        for name, fields in sorted(structs().items(), key=lambda item: "/v1." in item[0])
        for field in fields
        if field.named
    }
