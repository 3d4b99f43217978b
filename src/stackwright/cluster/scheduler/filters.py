"""Whether a pod may go to a node, and the words for why not. Pure.

Source: k8s.io/kubernetes pkg/scheduler/framework/plugins (nodeunschedulable, tainttoleration, nodeaffinity, nodename).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, labels_of, name_of
from stackwright.cluster.context import spec_of

UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
Taint = Mapping[str, Any]


def tolerates(tolerations: Iterable[Mapping[str, Any]], taint: Taint) -> bool:
    """One toleration matches the taint."""
    return any(_tolerated(toleration, taint) for toleration in tolerations)


def _tolerated(toleration: Mapping[str, Any], taint: Taint) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("key") and toleration["key"] != taint.get("key"):
        return False
    match toleration.get("operator") or "Equal":
        case "Exists":
            return True
        case "Equal":
            return bool(toleration.get("key")) and (toleration.get("value") or "") == (taint.get("value") or "")
        case _:
            return False


def untolerated(pod: Object, node: Object, effects: Sequence[str] = ("NoSchedule", "NoExecute")) -> Taint | None:
    """The first taint of the node that keeps the pod away."""
    tolerations = spec_of(pod).get("tolerations") or ()
    taints = (taint for taint in spec_of(node).get("taints") or () if taint.get("effect") in effects)
    return next((taint for taint in taints if not tolerates(tolerations, taint)), None)


def wants(pod: Object, node: Object) -> bool:
    """The pod's nodeSelector and required node affinity take the node."""
    spec, labels = spec_of(pod), labels_of(node)
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    return any(_term_matches(term, node) for term in required.get("nodeSelectorTerms") or ())


def _term_matches(term: Mapping[str, Any], node: Object) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    by_label = all(_expression_matches(each, labels_of(node)) for each in expressions)
    return by_label and all(_expression_matches(each, {"metadata.name": name_of(node)}) for each in fields)


def _expression_matches(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(str(expression.get("key"))), expression.get("values") or ()
    match expression.get("operator"):
        case "In":
            return value is not None and value in values
        case "NotIn":
            return value is None or value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compares(expression["operator"], value, values)
        case _:
            return False


def _compares(operator: str, value: str | None, values: Sequence[str]) -> bool:
    if value is None or not value.lstrip("-").isdigit() or not values or not str(values[0]).lstrip("-").isdigit():
        return False
    return int(value) > int(values[0]) if operator == "Gt" else int(value) < int(values[0])


def refusal(pod: Object, node: Object) -> str | None:
    """Why the node itself will not do, whatever else runs there; None when it will."""
    tolerations = spec_of(pod).get("tolerations") or ()
    cordon = {"key": UNSCHEDULABLE, "effect": "NoSchedule"}
    if spec_of(node).get("unschedulable") and not tolerates(tolerations, cordon):
        return "node(s) were unschedulable"
    if untolerated(pod, node) is not None:
        return "node(s) had untolerated taint(s)"
    if not wants(pod, node):
        return "node(s) didn't match Pod's node affinity/selector"
    return None
