"""Objects, lists and watch events as the bytes that a client asked for.

Source: k8s.io/apiserver pkg/endpoints/handlers/response.go (transformResponseObject, asTable, asPartialObjectMetadata).
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, metadata_of
from stackwright.api.status import StatusError, bad_request
from stackwright.apiserver import protobuf
from stackwright.apiserver.answers import HEADERS
from stackwright.apiserver.builtin.columns import conditions_of
from stackwright.apiserver.kind import Column, Kind
from stackwright.apiserver.negotiation import PROTOBUF, Media
from stackwright.apiserver.registry import is_served_as_kept, keeps_types, list_kind_of, served
from stackwright.kernel import json, yaml
from stackwright.kernel.clock import Clock
from stackwright.kernel.http import Request, Response
from stackwright.store.entry import Entry

_CONTENT_TYPES: Mapping[str, str] = {"yaml": "application/yaml", "protobuf": PROTOBUF}
_INCLUDED = ("", "Metadata", "Object", "None")


@dataclass(frozen=True, slots=True)
class Representation:
    """How objects of one kind are shown to one request."""

    media: Media
    kind: Kind
    clock: Clock
    include: str = ""
    generation: int = 0
    """That of the registry: kinds may be replaced by others of the same name."""

    @property
    def key(self) -> Hashable:
        """Equal for all that show an object by the same bytes; tables tell ages too, which hardly differ at the same time."""
        resource = self.kind.resource
        return self.generation, resource.group, resource.version, resource.plural, self.media, self.include

    def object(self, obj: Object) -> Object:
        """Raises StatusError 406 when a list was asked for."""
        match self.media.form:
            case "Table":
                return self.table([obj], {"resourceVersion": metadata_of(obj).get("resourceVersion", "")})
            case "PartialObjectMetadata":
                return self.partial(obj)
            case "PartialObjectMetadataList":
                text = f"the requested object is not a list ({_go_type(self.kind)})"
                raise StatusError(406, "NotAcceptable", f"you requested PartialObjectMetadataList, but {text}")
            case _:
                return obj

    def items(self, objects: Iterable[Object], meta: Mapping[str, Any]) -> Object:
        """A list. Raises StatusError 406 when a single object was asked for."""
        match self.media.form:
            case "Table":
                return self.table(objects, meta)
            case "PartialObjectMetadataList":
                head = {"kind": "PartialObjectMetadataList", "apiVersion": self._version, "metadata": meta}
                return head | {"items": [self.partial(obj) for obj in objects]}
            case "PartialObjectMetadata":
                text = f"the requested object is a list ({_go_type(self.kind)}List)"
                raise StatusError(406, "NotAcceptable", f"you requested PartialObjectMetadata, but {text}")
            case _:
                head = {"kind": list_kind_of(self.kind), "apiVersion": self.kind.resource.api_version, "metadata": meta}
                return head | {"items": list(objects) if keeps_types(self.kind) else [_headless(obj) for obj in objects]}

    def table(self, objects: Iterable[Object], meta: Mapping[str, Any], *, columns: bool = True) -> Object:
        """Raises StatusError 400 for an includeObject that there is not."""
        if self.include not in _INCLUDED:
            message = f"includeObject: Invalid value: {_quoted(self.include)}: must be 'Metadata', 'Object', 'None', or empty"
            raise bad_request(f"Unable to convert to Table as requested: {message}")
        defined = [_definition(column) for column in self.kind.columns] if columns else None
        head = {"kind": "Table", "apiVersion": self._version, "metadata": meta, "columnDefinitions": defined}
        return head | {"rows": [self._row(obj) for obj in objects]}

    def partial(self, obj: Object) -> Object:
        return {"kind": "PartialObjectMetadata", "apiVersion": self._version, "metadata": metadata_of(obj)}

    def _row(self, obj: Object) -> dict[str, Any]:
        row: dict[str, Any] = {"cells": list(self.kind.cells(obj, self.clock.now()))}
        conditions = conditions_of(self.kind.resource, obj)
        if conditions:
            row["conditions"] = conditions
        match self.include:
            case "None":
                row["object"] = None
            case "Object":
                row["object"] = obj
            case _:
                row["object"] = self.partial(obj)
        return row

    @property
    def _version(self) -> str:
        return f"meta.k8s.io/{self.media.version}"


def representation(request: Request, media: Media, kind: Kind, clock: Clock, generation: int = 0) -> Representation:
    return Representation(media, kind, clock, request.param("includeObject") or "", generation)


def encode(value: Any, media: Media) -> bytes:
    if media.format == "yaml":
        return yaml.dump(value).encode()
    if media.format == "protobuf":
        return protobuf.encoded(value)
    return json.pretty(value).encode() if media.pretty else json.dumps(value)


def headers_of(media: Media) -> Mapping[str, str]:
    return HEADERS if media.format == "json" else HEADERS | {"content-type": _CONTENT_TYPES[media.format]}


def shown_entry(shape: Representation, entry: Entry) -> bytes:
    if shape.media.plain and is_served_as_kept(shape.kind, entry):
        return entry.encoded
    obj = served(shape.kind, entry.object)
    return json.dumps(obj) if shape.media.plain else encode(shape.object(obj), shape.media)


def reshaped(response: Response, shape: Representation) -> Response:
    """The answer to a write in another form than it was made in; it is read once more, which only the rare forms pay for.

    Raises StatusError 406.
    """
    if shape.media.plain or response.stream is not None or response.headers.get("content-type") != "application/json":
        return response
    value = json.loads(response.body)
    if value.get("kind") == shape.kind.resource.kind:
        value = shape.object(value)
    elif isinstance(value.get("items"), list):
        value = shape.items(value["items"], value.get("metadata") or {})
    return Response(response.status, encode(value, shape.media), {**response.headers, **headers_of(shape.media)})


def refusal(error: StatusError, media: Media) -> Response:
    return Response(error.http_status, encode(error.to_status(), media), {**headers_of(media), **error.headers})


def _headless(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key not in ("apiVersion", "kind")}


def _definition(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": column.description,
        "priority": column.priority,
    }


def _go_type(kind: Kind) -> str:
    """As the real server's texts name the type of its answer."""
    group = kind.resource.group.split(".")[0] or "core"
    return f"*{group}.{kind.resource.kind}"


def _quoted(text: str) -> str:
    return json.dumps(text).decode()
