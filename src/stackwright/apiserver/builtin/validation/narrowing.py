"""How a pod that is not to be scheduled yet may be changed: where it can run may become less, never more.

Source: k8s.io/kubernetes pkg/apis/core/validation (validateNodeSelectorMutation, validateNodeAffinityMutation).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.builtin.validation.internal import titled
from stackwright.apiserver.builtin.validation.rules import Problems, invalid, items, mapping

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_ONLY_LABELS = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
_SAME_TERMS = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
_ONLY_MORE = "only additions are allowed (no mutations or deletions)"


def narrowed(new: Any, old: Any) -> Problems:
    """Of the specs of a pod that gates hold back."""
    labels, before = mapping(new, "nodeSelector"), mapping(old, "nodeSelector")
    if any(labels.get(key) != value for key, value in before.items()):
        yield invalid("spec.nodeSelector", dict(labels) or None, _ONLY_LABELS)
    yield from _terms(_node_affinity(new), _node_affinity(old))


def _node_affinity(spec: Any) -> Mapping[str, Any]:
    return mapping(mapping(spec, "affinity"), "nodeAffinity")


def _terms(new: Any, old: Any) -> Problems:
    now, then = (items(mapping(each, _REQUIRED), "nodeSelectorTerms") for each in (new, old))
    path = f"spec.affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
    if then and len(now) != len(then):
        yield invalid(path, [_shown(each) for each in now] or None, _SAME_TERMS)
        return
    for index, (term, before) in enumerate(zip(now, then, strict=False)):
        if not _only_more(term, before):
            yield invalid(f"{path}[{index}]", _shown(term), _ONLY_MORE)


def _shown(term: Any) -> Mapping[str, Any]:
    return {key[:1].upper() + key[1:]: titled(items(term, key)) or None for key in ("matchExpressions", "matchFields")}


def _only_more(new: Any, old: Any) -> bool:
    keys = ("matchExpressions", "matchFields")
    if not any(items(old, key) for key in keys):
        return not any(items(new, key) for key in keys)
    return all(items(new, key)[: len(items(old, key))] == items(old, key) for key in keys)


def with_old_placement(new: Mapping[str, Any], old: Mapping[str, Any]) -> Mapping[str, Any]:
    """The new spec, with its node selector and node affinity as they were."""
    found = {key: value for key, value in new.items() if key != "nodeSelector"}
    found |= {"nodeSelector": old["nodeSelector"]} if "nodeSelector" in old else {}
    affinity = {key: value for key, value in mapping(new, "affinity").items() if key != "nodeAffinity"}
    affinity |= {"nodeAffinity": _node_affinity(old)} if _node_affinity(old) else {}
    found.pop("affinity", None)
    return found | ({"affinity": affinity} if affinity or "affinity" in old else {})
