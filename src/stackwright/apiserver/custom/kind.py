"""One served version of a CustomResourceDefinition, as the request path asks of any kind.

Source: k8s.io/apiextensions-apiserver pkg/registry/customresource.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from stackwright.api.meta import Object, Resource, metadata_of, name_of
from stackwright.apiserver import jsonpath
from stackwright.apiserver.builtin.kinds import age
from stackwright.apiserver.builtin.schemas import named
from stackwright.apiserver.builtin.validation.metadata import fixed_metadata
from stackwright.apiserver.converting import Conversions
from stackwright.apiserver.custom.defaulting import defaulted
from stackwright.apiserver.custom.metadata import OBJECT_META, embedded_errors, finalizer_warnings, metadata_errors
from stackwright.apiserver.custom.numbers import with_plain_numbers
from stackwright.apiserver.custom.pruning import pruned
from stackwright.apiserver.custom.rules.evaluation import Ruled, broken_rules, ruled
from stackwright.apiserver.custom.structural import read, says
from stackwright.apiserver.custom.validation import ABSENT, errors_of, value_errors
from stackwright.apiserver.kind import Column, FieldError
from stackwright.kernel import json
from stackwright.store.schema import ANY, Schema

VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
_BLOCKING = frozenset({"FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid"})
_NOT_ASKED_RULES = (
    "Invalid value: null: some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation"
)
_MOST_REMEMBERED = 2000
_AGE = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
_NOT_ASKED = frozenset({"apiVersion", "kind", "metadata", "status"})


@dataclass(frozen=True, slots=True)
class CustomKind:
    """A Kind.

    Shape: `schema` is read from the version's openAPIV3Schema, with the metadata of every object; `closing` when its definition
    is being deleted; `rewritten` when stored objects may have been written under another schema; `stored_schema` is that of
    `stored_version`; without `conversions` versions differ by their name only; `siblings` are the schemas of the versions beside this one.
    """

    resource: Resource
    schema: Schema
    stored_version: str
    printer_columns: tuple[Mapping[str, Any], ...]
    selectable: tuple[str, ...] = ()
    preserve_unknown: bool = False
    list_kind: str = ""
    scale: Mapping[str, str] | None = None
    deprecation: str = ""
    closing: bool = False
    rewritten: bool = False
    stored_schema: Schema = ANY
    conversions: Conversions | None = None
    siblings: Mapping[str, Schema] = field(default_factory=dict)
    _memory: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    untyped = True
    create_on_update = False
    unconditional_update = False
    default_propagation: Literal["Background", "Orphan"] = "Background"
    delete_returns_object = False

    @property
    def columns(self) -> Sequence[Column]:
        listed = (
            Column(item["name"], item["type"], item.get("format", ""), _description(item), item.get("priority", 0))
            for item in self.printer_columns
        )
        return (_name_column(), *listed)

    def defaulted(self, obj: Object) -> Object:
        plain = with_plain_numbers(obj)
        kept = plain if self.preserve_unknown else pruned(plain, self.schema)
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
        return self._with_rules([*metadata_errors(obj), *errors_of(obj, self.schema), *self._embedded(obj)], obj, None)

    def check_update(self, new: Object, old: Object, subresource: str) -> Sequence[FieldError]:
        if subresource == "status":
            return self._with_rules(self._status_errors(new, old), new, old)
        return self._with_rules([*metadata_errors(new), *fixed_metadata(new, old), *errors_of(new, self.schema, old)], new, old)

    def _status_errors(self, new: Object, old: Object) -> list[FieldError]:
        """Texts of these name the fields as seen from the status."""
        schema = self.schema.properties.get("status")
        if schema is None or "status" not in new:
            return []
        found = value_errors(new["status"], schema, old.get("status", ABSENT))
        return [replace(error, field=_below_status(error.field)) for error in found]

    def _with_rules(self, found: list[FieldError], new: Object, old: Object | None) -> list[FieldError]:
        """The rules of the definition are asked of objects whose shape is right."""
        rules = self._rules()
        if rules is None:
            return found
        if any(error.reason in _BLOCKING for error in found):
            return [*found, FieldError("FieldValueInvalid", "<nil>", _NOT_ASKED_RULES)]
        return [*found, *broken_rules(rules, new, old)]

    def _embedded(self, obj: Object) -> Sequence[FieldError]:
        """Only looked for where the schema has whole objects."""
        if "embeds" not in self._memory:
            self._memory["embeds"] = says(self.schema.raw or {}, "x-kubernetes-embedded-resource")
        return list(embedded_errors(obj, self.schema)) if self._memory["embeds"] else ()

    def _rules(self) -> Ruled | None:
        """Compiled when they are first needed."""
        if "rules" not in self._memory:
            self._memory["rules"] = ruled(self.schema)
        found: Ruled | None = self._memory["rules"]
        return found

    def warnings(self, new: Object, old: Object | None) -> Sequence[str]:
        return finalizer_warnings(new, old)

    def fields(self, obj: Object) -> Mapping[str, str]:
        return {path.removeprefix("."): _shown(next(iter(jsonpath.values(obj, path)), "")) for path in self.selectable}

    def cells(self, obj: Object, now: datetime) -> Sequence[Any]:
        return (name_of(obj), *(_cell(item, obj, now) for item in self.printer_columns))

    # -- registry.Converting ---------------------------------------------------------------------------------------

    def to_stored(self, obj: Object) -> Object:
        """Without what the stored version does not know. Raises Unprepared."""
        there = f"{self.resource.group}/{self.stored_version}"
        if there == self.resource.api_version:
            return {**obj, "apiVersion": there}
        found = self.in_version(obj, there)
        return found if self.preserve_unknown else pruned(found, self.stored_schema)

    def in_version(self, obj: Object, api_version: str) -> Object:
        """As a webhook has it, or by another name. Raises Unprepared."""
        if self.conversions is not None:
            return self.conversions.converted(obj, api_version)
        return obj if obj.get("apiVersion") == api_version else {**obj, "apiVersion": api_version}

    def to_served(self, obj: Object) -> Object:
        """Objects written under another schema are read by this one. Raises Unprepared."""
        if not self.rewritten:
            return self.in_version(obj, self.resource.api_version)
        known = self._memory.get(str(id(obj)))
        if known is not None and known[0] is obj:
            remembered: Object = known[1]
            return remembered
        if len(self._memory) > _MOST_REMEMBERED:
            self._memory.clear()
        found: Object = self.defaulted(self.in_version(obj, self.resource.api_version))
        self._memory[str(id(obj))] = obj, found
        return found

    def closed(self) -> "CustomKind":
        """The same, refusing new objects."""
        return replace(self, closing=True)

    @property
    def _has_status(self) -> bool:
        return "status" in self.resource.subresources

    def _asked(self, obj: Object) -> Mapping[str, Any]:
        return {key: value for key, value in obj.items() if key not in _NOT_ASKED or (key == "status" and not self._has_status)}


def kinds_of(definition: Object, conversions_of: Callable[[Object], Conversions] | None = None) -> list[CustomKind]:
    """The kinds that an accepted definition serves, its storage version's name in each.

    Shape: `conversions_of` a definition with a webhook; without it all versions differ by their name only.
    """
    spec = definition["spec"]
    stored = next((version["name"] for version in spec["versions"] if version.get("storage")), spec["versions"][0]["name"])
    rewritten = len(spec["versions"]) > 1 or int(metadata_of(definition).get("generation") or 1) > 1
    asks = (spec.get("conversion") or {}).get("strategy") == "Webhook" and conversions_of is not None
    conversions = conversions_of(definition) if asks and conversions_of is not None else None
    schemas = {version["name"]: _schema_of(version) for version in spec["versions"]}
    return [
        replace(
            _kind(spec, version, stored, schemas[version["name"]]),
            rewritten=rewritten,
            stored_schema=schemas[stored],
            conversions=conversions,
            siblings={name: schema for name, schema in schemas.items() if name != version["name"]},
        )
        for version in spec["versions"]
        if version.get("served")
    ]


def _schema_of(version: Mapping[str, Any]) -> Schema:
    node = (version.get("schema") or {}).get("openAPIV3Schema")
    return _whole(node or {"type": "object", "x-kubernetes-preserve-unknown-fields": True})


def _kind(spec: Mapping[str, Any], version: Mapping[str, Any], stored: str, schema: Schema) -> CustomKind:
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
    columns = tuple(version.get("additionalPrinterColumns") or (_AGE,))
    selectable = tuple(field["jsonPath"] for field in version.get("selectableFields") or ())
    preserving, listed = bool(spec.get("preserveUnknownFields")), names.get("listKind", "")
    scale = subresources.get("scale")
    return CustomKind(
        resource,
        schema,
        stored,
        columns,
        selectable,
        preserving,
        listed,
        scale,
        _deprecation(resource, version),
    )


def _deprecation(resource: Resource, version: Mapping[str, Any]) -> str:
    if not version.get("deprecated"):
        return ""
    return str(version.get("deprecationWarning") or f"{resource.api_version} {resource.kind} is deprecated")


def _whole(node: Mapping[str, Any]) -> Schema:
    """The schema of a whole object: what the definition says, and the metadata that every object has."""
    inner = read(node)
    return Schema(
        "object",
        properties=lambda: {**inner.properties, "apiVersion": _TEXT, "kind": _TEXT, "metadata": named(OBJECT_META)},
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


def _name_column() -> Column:
    described = (named(OBJECT_META).properties["name"].raw or {}).get("description", "")
    return Column("Name", "string", "name", described)


def _below_status(path: str) -> str:
    return path if path == "<nil>" else f"status{'' if not path or path.startswith('[') else '.'}{path}"


def _cell(column: Mapping[str, Any], obj: Object, now: datetime) -> Any:
    """The first thing that the path leads to, when it is of the type of the column."""
    found = jsonpath.values(obj, column.get("jsonPath", ""))
    if not found or found[0] is None:
        return None
    value = found[0]
    match column.get("type"):
        case "string":
            return _shown(value)
        case "date":
            return age(value, now) if isinstance(value, str) else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "integer" | "number" if isinstance(value, int | float) and not isinstance(value, bool):
            return int(value) if column["type"] == "integer" else value
        case _:
            return None


def _shown(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return value
        case Mapping() | list():
            return json.canonical(value).decode()
        case _:
            return str(value)
