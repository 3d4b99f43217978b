"""CustomResourceDefinitions as the request path asks of any kind.

Source: k8s.io/apiextensions-apiserver pkg/registry/customresourcedefinition (strategy.go, etcd.go).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, metadata_of
from stackwright.apiserver.builtin.kinds import BuiltinKind
from stackwright.apiserver.custom.definition.checking import errors_of, update_errors_of
from stackwright.apiserver.custom.definition.defaults import defaulted, first_status, versions_of
from stackwright.apiserver.custom.formats import is_recognised
from stackwright.apiserver.kind import FieldError
from stackwright.runtime.conditions import find, with_condition

FINALIZER = "customresourcecleanup.apiextensions.k8s.io"
_PENDING = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"


@dataclass(frozen=True, slots=True)
class DefinitionKind(BuiltinKind):
    """The built-in kind, with what is particular to definitions."""

    def defaulted(self, obj: Object) -> Object:
        return defaulted(obj)

    def for_create(self, obj: Object) -> Object:
        return {**obj, "metadata": {**metadata_of(obj), "generation": 1}, "status": first_status(obj)}

    def settled(self, obj: Object) -> Object:
        """Schemas are kept as they were written; a field that is null says nothing."""
        return _without_nulls(obj)

    def check_create(self, obj: Object) -> Sequence[FieldError]:
        return errors_of(obj)

    def check_update(self, new: Object, old: Object, subresource: str) -> Sequence[FieldError]:
        return () if subresource else update_errors_of(new, old)

    def warnings(self, new: Object, old: Object | None) -> Sequence[str]:
        return [f'unrecognized format "{format}"' for format in sorted(_strange_formats(new) - (_strange_formats(old) if old else set()))]

    def marked_for_deletion(self, obj: Object) -> Object:
        """A definition goes after its objects: it is held until they are gone."""
        meta, status = metadata_of(obj), obj.get("status") or {}
        finalizers = list(meta.get("finalizers") or ())
        finalizers += [FINALIZER] if FINALIZER not in finalizers else []
        moment, conditions = str(meta.get("deletionTimestamp") or ""), status.get("conditions")
        if find(conditions, "Terminating") is None:
            conditions = with_condition(conditions, "Terminating", "True", "InstanceDeletionPending", _PENDING, moment)
        return {**obj, "metadata": {**meta, "finalizers": finalizers}, "status": {**status, "conditions": conditions}}


def _without_nulls(obj: Object) -> Object:
    found: dict[str, Any] = {}
    for key, value in obj.items():
        if key == "metadata":
            found[key] = {name: item for name, item in value.items() if item is not None}
        elif key == "status" or value is not None:
            found[key] = value
    return found


def _strange_formats(definition: Object) -> set[str]:
    """Formats of texts that nobody checks."""
    found: set[str] = set()
    waiting: list[Any] = [(version.get("schema") or {}).get("openAPIV3Schema") for version in versions_of(definition)]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Mapping):
            continue
        if node.get("type") == "string" and node.get("format") and not is_recognised(str(node["format"])):
            found.add(str(node["format"]))
        waiting.extend((node.get("properties") or {}).values())
        waiting.extend((node.get("items"), node.get("additionalProperties")))
    return found
