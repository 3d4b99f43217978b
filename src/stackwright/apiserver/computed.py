"""Resources that are worked out when somebody asks, and stored nowhere: metrics of pods and nodes.

Source: k8s.io/metrics pkg/apis/metrics/v1beta1, as metrics-server serves them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from stackwright.api.meta import Object, Resource, name_of, namespace_of
from stackwright.api.status import not_found
from stackwright.apiserver.answers import answer
from stackwright.apiserver.kind import Column, FieldError
from stackwright.apiserver.representation import Representation, encode, headers_of
from stackwright.apiserver.selection import selection
from stackwright.apiserver.target import Target
from stackwright.kernel.http import Request, Response
from stackwright.store.entry import Entry
from stackwright.store.schema import ANY, Schema

Compute = Callable[[str], list[Object]]
"""The objects of a namespace, of all for ""."""
VERBS = ("get", "list")


@dataclass(frozen=True, slots=True)
class ComputedKind:
    """A Kind that can only be read."""

    resource: Resource
    schema: Schema = ANY

    create_on_update = False
    unconditional_update = False
    default_propagation: Literal["Background", "Orphan"] = "Background"
    delete_returns_object = False

    @property
    def columns(self) -> Sequence[Column]:
        return (Column("Name", "string", "name", "Name of what is measured."),)

    def defaulted(self, obj: Object) -> Object:
        return obj

    def for_create(self, obj: Object) -> Object:
        return obj

    def for_update(self, new: Object, old: Object, subresource: str) -> Object:
        return new

    def check_create(self, obj: Object) -> Sequence[FieldError]:
        return ()

    def check_update(self, new: Object, old: Object, subresource: str) -> Sequence[FieldError]:
        return ()

    def warnings(self, new: Object, old: Object | None) -> Sequence[str]:
        return ()

    def fields(self, obj: Object) -> Mapping[str, str]:
        return {}

    def cells(self, obj: Object, now: datetime) -> Sequence[Any]:
        return (name_of(obj),)


def get(compute: Compute, target: Target) -> Response:
    """Raises StatusError 404."""
    found = next((obj for obj in compute(target.namespace) if name_of(obj) == target.name), None)
    if found is None:
        raise not_found(target.kind.resource.group, target.kind.resource.plural, target.name)
    return answer(found)


def list_objects(compute: Compute, target: Target, request: Request, shape: Representation) -> Response:
    """Raises StatusError 400 and 406."""
    wanted = selection(request, target.kind)
    found = [obj for obj in compute(target.namespace) if wanted.matches(Entry(obj, 0))]
    ordered = sorted(found, key=lambda obj: (namespace_of(obj), name_of(obj)))
    return Response(200, encode(shape.items(ordered, {}), shape.media), headers_of(shape.media))
