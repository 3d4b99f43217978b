"""The built-in kinds: one class, driven by tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from stackwright.api.meta import Object, Resource, metadata_of
from stackwright.apiserver.builtin import changes, creation, strategies
from stackwright.apiserver.builtin.catalogue import resources
from stackwright.apiserver.builtin.columns import cells_of, columns_of
from stackwright.apiserver.builtin.defaults import defaulted
from stackwright.apiserver.builtin.elapsed import age as age
from stackwright.apiserver.builtin.fields import selectable
from stackwright.apiserver.builtin.schemas import schema_of
from stackwright.apiserver.builtin.validation import problems_of_change, problems_of_new
from stackwright.apiserver.builtin.warnings import warnings_of
from stackwright.apiserver.kind import Column, FieldError
from stackwright.store.schema import Schema

_OUTSIDE_SPEC = frozenset({"apiVersion", "kind", "metadata", "status"})


@dataclass(frozen=True, slots=True)
class BuiltinKind:
    """A Kind whose rules are looked up in tables by its resource."""

    resource: Resource
    schema: Schema

    @property
    def create_on_update(self) -> bool:
        return self.resource.qualified in strategies.CREATED_BY_PUT

    @property
    def unconditional_update(self) -> bool:
        return self.resource.qualified not in strategies.VERSIONED_PUT

    @property
    def default_propagation(self) -> Literal["Background", "Orphan"]:
        return "Orphan" if self.resource.qualified in strategies.ORPHANING else "Background"

    @property
    def delete_returns_object(self) -> bool:
        return self.resource.qualified in strategies.DELETED_SHOWN

    @property
    def columns(self) -> Sequence[Column]:
        return columns_of(self.resource)

    def defaulted(self, obj: Object) -> Object:
        return defaulted(self.resource.qualified, obj)

    def for_create(self, obj: Object) -> Object:
        found = dict(obj)
        if "status" in self.resource.subresources and self.resource.qualified not in strategies.BORN_WITH_STATUS:
            found.pop("status", None)
        found = dict(creation.prepared(self.resource.qualified, found))
        return _counted(found, 1) if self._counts else found

    def for_update(self, new: Object, old: Object, subresource: str) -> Object:
        qualified = self.resource.qualified
        if subresource in strategies.OF_STATUS:
            fixed = ("labels",) if qualified in strategies.LABELLED_BY_OBJECT else ()
            return {**_with(new, old, "spec"), "metadata": _status_metadata(new, old, *fixed)}
        found = _with(new, old, "status") if "status" in self.resource.subresources else dict(new)
        found = dict(changes.kept(qualified, found, old, subresource))
        if not self._counts or qualified in strategies.COUNTED_ONCE:
            return found
        generation = int(metadata_of(old).get("generation") or 0)
        return _counted(found, generation + (_asked(found) != _asked(old)))

    @property
    def _counts(self) -> bool:
        return self.resource.qualified in strategies.COUNTED

    def check_create(self, obj: Object) -> Sequence[FieldError]:
        return problems_of_new(self.resource.qualified, self.resource.namespaced, obj)

    def check_update(self, new: Object, old: Object, subresource: str) -> Sequence[FieldError]:
        return problems_of_change(self.resource.qualified, new, old, subresource)

    def warnings(self, new: Object, old: Object | None) -> Sequence[str]:
        return warnings_of(self.resource.qualified, new, old)

    def fields(self, obj: Object) -> Mapping[str, str]:
        return selectable(self.resource.qualified, obj)

    def cells(self, obj: Object, now: datetime) -> Sequence[Any]:
        return cells_of(self.resource, obj, now)


def builtin_kinds() -> Sequence[BuiltinKind]:
    """Every built-in kind, in the order of discovery."""
    return [BuiltinKind(each, schema_of(each.group, each.version, each.kind)) for each in resources()]


def _with(new: Object, old: Object, field: str) -> dict[str, Any]:
    """`new`, with one field as it is in `old`."""
    found = dict(new)
    found.pop(field, None)
    return found | ({field: old[field]} if field in old else {})


def _status_metadata(new: Object, old: Object, *fixed: str) -> Mapping[str, Any]:
    kept = ("generation", "deletionTimestamp", "ownerReferences", *fixed)
    found = {key: value for key, value in metadata_of(new).items() if key not in kept}
    return found | {key: value for key, value in metadata_of(old).items() if key in kept}


def _counted(obj: dict[str, Any], generation: int) -> dict[str, Any]:
    return obj | {"metadata": {**metadata_of(obj), "generation": generation}}


def _asked(obj: Object) -> Mapping[str, Any]:
    return {key: value for key, value in obj.items() if key not in _OUTSIDE_SPEC}
