"""Pods get the number of their priority class; there is one default class at most, and the system's own stay.

Source: k8s.io/kubernetes plugin/pkg/admission/priority and pkg/registry/scheduling/priorityclass/storage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.rbac import Objects

_CLASSES = "priorityclasses.scheduling.k8s.io"
_SYSTEM = frozenset({"system-node-critical", "system-cluster-critical"})
_LOWER = "PreemptLowerPriority"


@dataclass(frozen=True, slots=True)
class Priority:
    """A Mutator and a Validator."""

    objects: Objects

    async def mutate(self, attributes: Attributes) -> Object | None:
        """Raises StatusError 403."""
        pod = attributes.object
        if attributes.concerns(_CLASSES, "DELETE") and attributes.name in _SYSTEM:
            raise attributes.refused("this is a system priority class and cannot be deleted")
        if pod is None or not attributes.concerns("pods", "CREATE", "UPDATE"):
            return pod
        spec = dict(pod.get("spec") or {})
        if attributes.old is not None:
            old = attributes.old.get("spec") or {}
            kept = {field: old[field] for field in ("priority", "preemptionPolicy") if field in old and spec.get(field) is None}
            return {**pod, "spec": spec | kept}
        return {**pod, "spec": spec | self._of(attributes, spec)}

    def _of(self, attributes: Attributes, spec: dict[str, Any]) -> dict[str, Any]:
        name = spec.get("priorityClassName") or ""
        found = self.objects.get(_CLASSES, "", name) if name else self._default()
        if name and found is None:
            raise attributes.refused(f"no PriorityClass with name {name} was found")
        chosen = found or {}
        value, policy = int(chosen.get("value") or 0), chosen.get("preemptionPolicy") or _LOWER
        if spec.get("priority") not in (None, value):
            raise attributes.refused(
                f"the integer value of priority ({spec['priority']}) must not be provided in pod spec; "
                f"priority admission controller computed {value} from the given PriorityClass name"
            )
        if spec.get("preemptionPolicy") not in (None, policy):
            raise attributes.refused(
                f"the string value of PreemptionPolicy ({spec['preemptionPolicy']}) must not be provided in pod spec; "
                f"priority admission controller computed {policy} from the given PriorityClass name"
            )
        named = {"priorityClassName": name_of(found)} if found is not None else {}
        return {**named, "priority": value, "preemptionPolicy": policy}

    def _default(self) -> Object | None:
        defaults = [each for each in self.objects.list(_CLASSES) if each.get("globalDefault")]
        return min(defaults, key=lambda each: int(each.get("value") or 0), default=None)

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError 403."""
        if attributes.concerns(_CLASSES, "CREATE", "UPDATE") and attributes.object and attributes.object.get("globalDefault"):
            default = self._default()
            if default is not None and (attributes.operation == "CREATE" or name_of(default) != attributes.name):
                raise attributes.refused(f"PriorityClass {name_of(default)} is already marked as default. Only one default can exist")
        return ()
