"""What a pod asks of the pods around it: affinity, anti-affinity and spreading. Pure.

Source: k8s.io/kubernetes pkg/scheduler/framework/plugins (interpodaffinity, podtopologyspread).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, is_deleting, labels_of, name_of, namespace_of
from stackwright.api.selectors import from_object
from stackwright.cluster.context import spec_of
from stackwright.cluster.scheduler.filters import wants

LONELY = "node(s) didn't match pod affinity rules"
Placed = Sequence[tuple[Object, Object]]
"""(pod, node) pairs of all pods that have a node."""


def has_rules(pod: Object) -> bool:
    """False for most pods: nothing about their neighbours needs a look."""
    spec = spec_of(pod)
    affinity = spec.get("affinity") or {}
    return bool(affinity.get("podAffinity") or affinity.get("podAntiAffinity") or spec.get("topologySpreadConstraints"))


def refusal(pod: Object, node: Object, placed: Placed, nodes: Sequence[Object]) -> str | None:
    """Why the pods that are there already keep this one off the node."""
    if any(not _near(term, pod, node, placed) and not _first_of_its_kind(term, pod, placed) for term in _required(pod, "podAffinity")):
        return LONELY
    if any(_near(term, pod, node, placed) for term in _required(pod, "podAntiAffinity")):
        return "node(s) didn't match pod anti-affinity rules"
    if any(_repels(other, its_node, pod, node) for other, its_node in placed):
        return "node(s) didn't satisfy existing pods anti-affinity rules"
    if any(_crowded(constraint, pod, node, placed, nodes) for constraint in spec_of(pod).get("topologySpreadConstraints") or ()):
        return "node(s) didn't match pod topology spread constraints"
    return None


def _required(pod: Object, kind: str) -> Iterable[Mapping[str, Any]]:
    rules = (spec_of(pod).get("affinity") or {}).get(kind) or {}
    return rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()


def _term_takes(term: Mapping[str, Any], of: Object, other: Object) -> bool:
    namespaces = term.get("namespaces") or ([] if term.get("namespaceSelector") is not None else [namespace_of(of)])
    everywhere = term.get("namespaceSelector") == {}
    selector = from_object(term.get("labelSelector"))
    return (everywhere or namespace_of(other) in namespaces) and selector is not None and selector.matches(labels_of(other))


def _same_place(key: str, one: Object, other: Object) -> bool:
    value = labels_of(one).get(key)
    return value is not None and value == labels_of(other).get(key)


def _near(term: Mapping[str, Any], pod: Object, node: Object, placed: Placed) -> bool:
    key = str(term.get("topologyKey"))
    return any(_term_takes(term, pod, other) and _same_place(key, its_node, node) for other, its_node in placed)


def _first_of_its_kind(term: Mapping[str, Any], pod: Object, placed: Placed) -> bool:
    """A pod that its own term takes may be the first of its group."""
    return _term_takes(term, pod, pod) and not any(_term_takes(term, pod, other) for other, _ in placed)


def _repels(other: Object, its_node: Object, pod: Object, node: Object) -> bool:
    terms = _required(other, "podAntiAffinity")
    return any(_term_takes(term, other, pod) and _same_place(str(term.get("topologyKey")), its_node, node) for term in terms)


def _crowded(constraint: Mapping[str, Any], pod: Object, node: Object, placed: Placed, nodes: Sequence[Object]) -> bool:
    if constraint.get("whenUnsatisfiable") != "DoNotSchedule":
        return False
    key, selector = str(constraint.get("topologyKey")), from_object(constraint.get("labelSelector"))
    here = labels_of(node).get(key)
    if here is None:
        return True
    counts = Counter({str(labels_of(each)[key]): 0 for each in nodes if key in labels_of(each) and wants(pod, each)})
    for other, its_node in placed:
        domain = labels_of(its_node).get(key)
        counted = namespace_of(other) == namespace_of(pod) and not is_deleting(other) and selector is not None
        if domain is not None and domain in counts and counted and selector is not None and selector.matches(labels_of(other)):
            counts[domain] += 1
    own = 1 if selector is not None and selector.matches(labels_of(pod)) else 0
    fewest = min(counts.values(), default=0) if len(counts) >= int(constraint.get("minDomains") or 1) else 0
    return counts[here] + own - fewest > int(constraint.get("maxSkew") or 1)


def placed_on(pods: Iterable[Object], nodes: Iterable[Object]) -> list[tuple[Object, Object]]:
    """The pods that have one of the nodes, with it."""
    by_name = {name_of(node): node for node in nodes}
    return [(pod, by_name[name]) for pod in pods if (name := str(spec_of(pod).get("nodeName") or "")) in by_name]
