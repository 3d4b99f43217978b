"""One served version of a CustomResourceDefinition, as the request path asks of any kind.

Source: k8s.io/apiextensions-apiserver pkg/registry/customresource.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from stackwright.api.meta import Object, Resource, metadata_of, name_of
from stackwright.apiserver import jsonpath
from stackwright.apiserver.builtin.kinds import age
from stackwright.apiserver.builtin.schemas import named
from stackwright.apiserver.custom.defaulting import defaulted
from stackwright.apiserver.custom.pruning import pruned
from stackwright.apiserver.custom.structural import read
from stackwright.apiserver.custom.validation import errors_of
from stackwright.apiserver.kind import Column, FieldError
from stackwright.store.schema import Schema

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_NAME = Column("Name", "string", "name", "Name must be unique within a namespace. Is required when creating resources.")
_AGE = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
_NOT_ASKED = frozenset({"apiVersion", "kind", "metadata", "status"})


@dataclass(frozen=True, slots=True)
class CustomKind:
    """A Kind. Shape: `schema` is read from the version's openAPIV3Schema, with the metadata of every object."""

    resource: Resource
    schema: Schema
    stored_version: str
    printer_columns: tuple[Mapping[str, Any], ...]
    selectable: tuple[str, ...] = ()
    preserve_unknown: bool = False
    list_kind: str = ""
    scale: Mapping[str, str] | None = None
    deprecation: str = ""

    untyped = True
    create_on_update = True
    unconditional_update = False
    default_propagation: Literal["Background", "Orphan"] = "Background"
    delete_returns_object = False

    @property
    def columns(self) -> Sequence[Column]:
        listed = (
            Column(item["name"], item["type"], item.get("format", ""), _description(item), item.get("priority", 0))
            for item in self.printer_columns
        )
        return (_NAME, *listed)

    def defaulted(self, obj: Object) -> Object:
        kept = obj if self.preserve_unknown else pruned(obj, self.schema)
        filled: Object = defaulted(kept, self.schema)
        return filled

    def for_create(self, obj: Object) -> Object:
        found = {key: value for key, value in obj.items() if key != "status" or not self._has_status}
        return _counted(found, 1)

    def for_update(self, new: Object, old: Object, subresource: str) -> Object:
        if subresource == "status":
            status = {"status": new["status"]} if "status" in new else {}
            metadata = {**metadata_of(old), "managedFields": metadata_of(new).get("managedFields", [])}
            return {key: value for key, value in old.items() if key != "status"} | status | {"metadata": metadata}
        found = dict(new)
        if self._has_status:
            found.pop("status", None)
            found |= {"status": old["status"]} if "status" in old else {}
        generation = int(metadata_of(old).get("generation") or 1)
        return _counted(found, generation + (self._asked(found) != self._asked(old)))

    def check_create(self, obj: Object) -> Sequence[FieldError]:
        return errors_of(obj, self.schema)

    def check_update(self, new: Object, old: Object, subresource: str) -> Sequence[FieldError]:
        return errors_of(new, self.schema)

    def warnings(self, new: Object, old: Object | None) -> Sequence[str]:
        return ()

    def fields(self, obj: Object) -> Mapping[str, str]:
        return {path.removeprefix("."): _shown(jsonpath.values(obj, path)) for path in self.selectable}

    def cells(self, obj: Object, now: datetime) -> Sequence[Any]:
        return (name_of(obj), *(_cell(item, obj, now) for item in self.printer_columns))

    # -- registry.Converting: versions differ by their name only ---------------------------------------------------

    def to_stored(self, obj: Object) -> Object:
        return {**obj, "apiVersion": f"{self.resource.group}/{self.stored_version}"}

    def to_served(self, obj: Object) -> Object:
        return {**obj, "apiVersion": self.resource.api_version}

    @property
    def _has_status(self) -> bool:
        return "status" in self.resource.subresources

    def _asked(self, obj: Object) -> Mapping[str, Any]:
        return {key: value for key, value in obj.items() if key not in _NOT_ASKED or (key == "status" and not self._has_status)}


def kinds_of(definition: Object) -> list[CustomKind]:
    """The kinds that an accepted definition serves, its storage version's name in each."""
    spec = definition["spec"]
    stored = next((version["name"] for version in spec["versions"] if version.get("storage")), spec["versions"][0]["name"])
    return [_kind(spec, version, stored) for version in spec["versions"] if version.get("served")]


def _kind(spec: Mapping[str, Any], version: Mapping[str, Any], stored: str) -> CustomKind:
    names, subresources = spec["names"], version.get("subresources") or {}
    resource = Resource(
        spec["group"],
        version["name"],
        names["plural"],
        names["kind"],
        spec.get("scope") != "Cluster",
        names.get("singular") or names["kind"].lower(),
        tuple(names.get("shortNames") or ()),
        tuple(names.get("categories") or ()),
        VERBS,
        tuple(name for name in ("status", "scale") if name in subresources),
    )
    node = (version.get("schema") or {}).get("openAPIV3Schema") or {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    columns = tuple(version.get("additionalPrinterColumns") or (_AGE,))
    selectable = tuple(field["jsonPath"] for field in version.get("selectableFields") or ())
    preserving, listed = bool(spec.get("preserveUnknownFields")), names.get("listKind", "")
    scale = subresources.get("scale")
    return CustomKind(resource, _whole(node), stored, columns, selectable, preserving, listed, scale, _deprecation(resource, version))


def _deprecation(resource: Resource, version: Mapping[str, Any]) -> str:
    if not version.get("deprecated"):
        return ""
    return str(version.get("deprecationWarning") or f"{resource.api_version} {resource.kind} is deprecated")


def _whole(node: Mapping[str, Any]) -> Schema:
    """The schema of a whole object: what the definition says, and the metadata that every object has."""
    inner = read(node)
    return Schema(
        "object",
        properties=lambda: {**inner.properties, "apiVersion": _TEXT, "kind": _TEXT, "metadata": named(_OBJECT_META)},
        additional=inner.additional,
        preserve_unknown=inner.preserve_unknown,
        raw=node,
    )


_TEXT = Schema("string", raw={"type": "string"})


def _counted(obj: Mapping[str, Any], generation: int) -> Object:
    return {**obj, "metadata": {**metadata_of(obj), "generation": generation}}


def _description(column: Mapping[str, Any]) -> str:
    text = f"Custom resource definition column (in JSONPath format): {column.get('jsonPath', '')}"
    return str(column.get("description") or text)


def _cell(column: Mapping[str, Any], obj: Object, now: datetime) -> Any:
    found = jsonpath.values(obj, column.get("jsonPath", ""))
    if not found or found[0] is None:
        return "<unknown>" if column.get("type") == "date" and found else None
    if column.get("type") == "date":
        return age(found[0], now)
    if column.get("type") in ("integer", "number", "boolean") and not isinstance(found[0], str):
        return found[0]
    return _shown(found)


def _shown(found: Sequence[Any]) -> str:
    return ",".join(str(item).lower() if isinstance(item, bool) else str(item) for item in found)
