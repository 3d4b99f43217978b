"""Labels of nodes that have newer names.

Source: k8s.io/kubernetes pkg/api/node/util.go.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stackwright.apiserver.builtin.validation import names

OLD_LABELS: Mapping[str, str] = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
    "app.kubernetes.io/created-by": "deprecated since v1.9",
    "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
    "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
}


def term_warnings(term: Mapping[str, Any], path: str, *, values: bool = False) -> Iterator[str]:
    """Of a NodeSelectorTerm; with `values` those that no label can have are told too."""
    for index, rule in enumerate(term.get("matchExpressions") or ()):
        place, key = f"{path}.matchExpressions[{index}]", rule.get("key")
        if key in OLD_LABELS:
            yield f"{place}.key: {key} is {OLD_LABELS[key]}"
        for at, value in enumerate(rule.get("values") or ()) if values else ():
            yield from (f"{place}.values[{at}]: {value} is invalid, {problem}" for problem in names.label_value(value))


def selector_warnings(selector: Mapping[str, Any], path: str) -> Iterator[str]:
    """Of a LabelSelector of nodes."""
    yield from term_warnings(selector, path)
    for key in selector.get("matchLabels") or {}:
        if key in OLD_LABELS:
            yield f"{path}.matchLabels.{key}: {OLD_LABELS[key]}"
