"""Pods take overhead and scheduling rules from their RuntimeClass.

Source: k8s.io/kubernetes plugin/pkg/admission/runtimeclass.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.rbac import Objects

_CLASSES = "runtimeclasses.node.k8s.io"


@dataclass(frozen=True, slots=True)
class RuntimeClasses:
    """A Mutator."""

    objects: Objects

    async def mutate(self, attributes: Attributes) -> Object | None:
        """Raises StatusError 403."""
        pod = attributes.object
        if pod is None or not attributes.concerns("pods", "CREATE"):
            return pod
        spec = pod.get("spec") or {}
        name = spec.get("runtimeClassName")
        if not name:
            if spec.get("overhead"):
                raise attributes.refused("pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")
            return pod
        found = self.objects.get(_CLASSES, "", name)
        if found is None:
            raise attributes.refused(f'pod rejected: RuntimeClass "{name}" not found')
        return {**pod, "spec": {**spec, **_overhead(attributes, spec, found), **_scheduling(attributes, spec, found)}}


def _overhead(attributes: Attributes, spec: Mapping[str, Any], runtime: Object) -> dict[str, Any]:
    fixed = (runtime.get("overhead") or {}).get("podFixed")
    if spec.get("overhead") and not fixed:
        raise attributes.refused("pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")
    if spec.get("overhead") and spec["overhead"] != fixed:
        raise attributes.refused("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
    return {"overhead": dict(fixed)} if fixed else {}


def _scheduling(attributes: Attributes, spec: Mapping[str, Any], runtime: Object) -> dict[str, Any]:
    rules = runtime.get("scheduling") or {}
    found: dict[str, Any] = {}
    selector = dict(spec.get("nodeSelector") or {})
    for key, value in (rules.get("nodeSelector") or {}).items():
        if selector.setdefault(key, value) != value:
            raise attributes.refused(
                f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; pod.spec.nodeSelector[{key}] = {selector[key]}"
            )
    if selector:
        found["nodeSelector"] = selector
    borne = list(spec.get("tolerations") or ())
    borne += [each for each in rules.get("tolerations") or () if each not in borne]
    return found | ({"tolerations": borne} if borne else {})
