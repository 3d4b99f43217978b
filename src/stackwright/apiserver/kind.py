"""What the request path asks of a kind, built-in and custom alike.

Source: k8s.io/apiserver pkg/registry/rest (RESTCreateStrategy, RESTUpdateStrategy, TableConvertor).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from stackwright.api.meta import Object, Resource
from stackwright.store.schema import Schema

Reason = Literal[
    "FieldValueInvalid", "FieldValueRequired", "FieldValueForbidden", "FieldValueNotSupported", "FieldValueDuplicate",
    "FieldValueNotFound", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid", "InternalError",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldError:
    """One broken rule. Shape: `field` as `spec.containers[0].name`; `message` as field.Error.ErrorBody (`Required value: …`)."""

    reason: Reason
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"

    def cause(self) -> dict[str, str]:
        """One entry of Status.details.causes."""
        return {"reason": self.reason, "message": self.message, "field": self.field}


@dataclass(frozen=True, slots=True)
class Column:
    """A TableColumnDefinition."""

    name: str
    type: str
    format: str
    description: str
    priority: int = 0


class Kind(Protocol):
    """All that is particular to one served resource. Pure: no method changes its arguments or does I/O.

    `subresource` is "" for the object itself, else "status", "scale", …
    """

    @property
    def resource(self) -> Resource: ...

    @property
    def schema(self) -> Schema: ...

    @property
    def create_on_update(self) -> bool:
        """PUT of an absent object creates it."""
        ...

    @property
    def unconditional_update(self) -> bool:
        """PUT without a resourceVersion is accepted."""
        ...

    @property
    def default_propagation(self) -> Literal["Background", "Orphan"]: ...

    @property
    def delete_returns_object(self) -> bool:
        """DELETE answers with the object instead of a Status."""
        ...

    @property
    def columns(self) -> Sequence[Column]: ...

    def defaulted(self, obj: Object) -> Object:
        """With the API's defaults filled in."""
        ...

    def for_create(self, obj: Object) -> Object:
        """What is stored of a new object: status dropped where it is a subresource, generation set, managed fields normalised."""
        ...

    def for_update(self, new: Object, old: Object, subresource: str) -> Object:
        """What is stored of a changed object: fields that the subresource may not touch come from `old`; generation is bumped."""
        ...

    def check_create(self, obj: Object) -> Sequence[FieldError]: ...

    def check_update(self, new: Object, old: Object, subresource: str) -> Sequence[FieldError]: ...

    def warnings(self, new: Object, old: Object | None) -> Sequence[str]:
        """Texts of Warning headers."""
        ...

    def fields(self, obj: Object) -> Mapping[str, str]:
        """The selectable fields beyond metadata.name and metadata.namespace."""
        ...

    def cells(self, obj: Object, now: datetime) -> Sequence[Any]:
        """The table row, one cell for each of `columns`."""
        ...
