"""Pods bear an unreachable node for a while; new nodes take no pods until they are ready.

Source: k8s.io/kubernetes plugin/pkg/admission/defaulttolerationseconds and plugin/pkg/admission/nodetaint.
"""

from stackwright.api.meta import Object
from stackwright.api.user import is_component
from stackwright.apiserver.admission.chain import Attributes

_NOT_READY, _UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
_SECONDS = 300


class DefaultTolerationSeconds:
    """A Mutator."""

    async def mutate(self, attributes: Attributes) -> Object | None:
        pod = attributes.object
        if pod is None or not attributes.concerns("pods", "CREATE", "UPDATE"):
            return pod
        spec = pod.get("spec") or {}
        borne = list(spec.get("tolerations") or ())
        for key in (_NOT_READY, _UNREACHABLE):
            if not any(each.get("key") in (key, "", None) and each.get("effect") in ("NoExecute", "", None) for each in borne):
                borne.append({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _SECONDS})
        return {**pod, "spec": {**spec, "tolerations": borne}}


class TaintNodesByCondition:
    """A Mutator. Nodes of our own programs are ready from their first moment and have no controller that would take the taint away."""

    async def mutate(self, attributes: Attributes) -> Object | None:
        node = attributes.object
        if node is None or not attributes.concerns("nodes", "CREATE") or is_component(attributes.user):
            return node
        spec = node.get("spec") or {}
        taints = list(spec.get("taints") or ())
        if any(taint.get("key") == _NOT_READY and taint.get("effect") == "NoSchedule" for taint in taints):
            return node
        return {**node, "spec": {**spec, "taints": [*taints, {"key": _NOT_READY, "effect": "NoSchedule"}]}}
