"""Where pods may run: affinity, tolerations, spreading.

Source: k8s.io/kubernetes pkg/apis/core/validation (validateAffinity, ValidateTolerations, validateTopologySpreadConstraints).
"""

from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.metadata import label_map
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    chosen,
    duplicate,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    one_of,
    required,
    words,
)
from stackwright.apiserver.builtin.validation.selectors import operator_and_values, selector

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_HONOURED = ("Honor", "Ignore")


def node_selector(path: str, spec: Any) -> Problems:
    yield from label_map(f"{path}.nodeSelector", mapping(spec, "nodeSelector"))


def affinity(path: str, spec: Any) -> Problems:
    """Of the pod `spec`."""
    found = mapping(spec, "affinity")
    yield from _node_affinity(f"{path}.affinity.nodeAffinity", mapping(found, "nodeAffinity"))
    for key in ("podAffinity", "podAntiAffinity"):
        yield from _pod_affinity(f"{path}.affinity.{key}", mapping(found, key))


def _node_affinity(path: str, found: Any) -> Problems:
    if found.get(_REQUIRED) is not None:
        yield from node_terms(f"{path}.{_REQUIRED}", found[_REQUIRED])
    for place, each in indexed(path, found, _PREFERRED):
        yield from _weight(f"{place}.weight", each)
        yield from _node_term(f"{place}.preference", mapping(each, "preference"))


def _weight(path: str, each: Any) -> Problems:
    weight = each.get("weight") or 0
    if not 1 <= weight <= 100:
        yield invalid(path, weight, "must be in the range 1-100")


def node_terms(path: str, value: Any) -> Problems:
    """A NodeSelector."""
    if not items(value, "nodeSelectorTerms"):
        yield required(f"{path}.nodeSelectorTerms", "must have at least one node selector term")
    for place, term in indexed(path, value, "nodeSelectorTerms"):
        yield from _node_term(place, term)


def _node_term(path: str, term: Any) -> Problems:
    for place, each in indexed(path, term, "matchExpressions"):
        yield from _node_requirement(place, each)
        yield from words(f"{place}.key", each.get("key") or "", names.qualified(each.get("key") or ""))
    for place, each in indexed(path, term, "matchFields"):
        yield from _field_requirement(place, each)


def _node_requirement(path: str, each: Any) -> Problems:
    operator, values = each.get("operator") or "", items(each, "values")
    if operator not in ("Gt", "Lt"):
        yield from operator_and_values(path, operator, values)
    elif len(values) != 1:
        yield required(f"{path}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'")


def _field_requirement(path: str, each: Any) -> Problems:
    operator, values = each.get("operator") or "", items(each, "values")
    if operator not in ("In", "NotIn"):
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")
    elif len(values) != 1:
        yield required(f"{path}.values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
    if each.get("key") != "metadata.name":
        yield invalid(f"{path}.key", each.get("key") or "", "not a valid field selector key")


def _pod_affinity(path: str, found: Any) -> Problems:
    for place, term in indexed(path, found, _REQUIRED):
        yield from _pod_term(place, term)
    for place, each in indexed(path, found, _PREFERRED):
        yield from _weight(f"{place}.weight", each)
        yield from _pod_term(f"{place}.podAffinityTerm", mapping(each, "podAffinityTerm"))


def _pod_term(path: str, term: Any) -> Problems:
    for key in ("labelSelector", "namespaceSelector"):
        if term.get(key) is not None:
            yield from selector(f"{path}.{key}", term[key])
    for name in items(term, "namespaces"):
        yield from words(f"{path}.namespace", name, names.label(name))
    topology = term.get("topologyKey")
    if not topology:
        yield required(f"{path}.topologyKey", "can not be empty")
    yield from words(f"{path}.topologyKey", topology or "", names.qualified(topology or ""))


def tolerations(path: str, spec: Any) -> Problems:
    for place, each in indexed(path, spec, "tolerations"):
        yield from _toleration(place, each)


def _toleration(path: str, each: Any) -> Problems:
    key, operator, value, effect = (each.get(name) or "" for name in ("key", "operator", "value", "effect"))
    if key:
        yield from words(f"{path}.key", key, names.qualified(key))
    elif operator != "Exists":
        detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        yield invalid(f"{path}.operator", operator, detail)
    if each.get("tolerationSeconds") is not None and effect != "NoExecute":
        yield invalid(f"{path}.effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
    if operator in ("", "Equal"):
        if problems := names.label_value(value):
            yield invalid(f"{path}.operator", value, ";".join(problems))
    elif operator == "Exists":
        if value:
            yield invalid(f"{path}.operator", _toleration_shown(each), "value must be empty when `operator` is 'Exists'")
    elif operator not in ("Lt", "Gt"):
        yield not_supported(f"{path}.operator", operator, ("Equal", "Exists"))
    if effect and effect not in _EFFECTS:
        yield not_supported(f"{path}.effect", effect, _EFFECTS)


def _toleration_shown(each: Any) -> dict[str, Any]:
    shown = {name.capitalize(): each.get(name) or "" for name in ("key", "operator", "value", "effect")}
    return {**shown, "TolerationSeconds": each.get("tolerationSeconds")}


def spreading(path: str, spec: Any) -> Problems:
    seen: set[tuple[Any, Any]] = set()
    for place, each in indexed(path, spec, "topologySpreadConstraints"):
        yield from _constraint(place, each)
        pair = (each.get("topologyKey") or "", each.get("whenUnsatisfiable") or "")
        if pair in seen:
            yield duplicate(f"{place}.{{topologyKey, whenUnsatisfiable}}", f"{{{pair[0]}, {pair[1]}}}")
        seen.add(pair)


def _constraint(path: str, each: Any) -> Problems:
    skew, least = each.get("maxSkew") or 0, each.get("minDomains")
    if skew <= 0:
        yield invalid(f"{path}.maxSkew", skew, "must be greater than zero")
    if not each.get("topologyKey"):
        yield required(f"{path}.topologyKey", "can not be empty")
    yield from chosen_action(f"{path}.whenUnsatisfiable", each.get("whenUnsatisfiable") or "")
    if isinstance(least, int):
        if least <= 0:
            yield invalid(f"{path}.minDomains", least, "must be greater than zero")
        if each.get("whenUnsatisfiable") != "DoNotSchedule":
            detail = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {each.get('whenUnsatisfiable') or ''}"
            yield invalid(f"{path}.minDomains", least, detail)
    for key in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        if each.get(key) is not None:
            yield from one_of(f"{path}.{key}", each[key], _HONOURED)
    if each.get("labelSelector") is not None:
        yield from selector(f"{path}.labelSelector", each["labelSelector"])


def chosen_action(path: str, value: str) -> Problems:
    yield from one_of(path, value, ("DoNotSchedule", "ScheduleAnyway"))


def taints(path: str, spec: Any) -> Problems:
    """Of a node."""
    seen: set[tuple[Any, Any]] = set()
    for place, taint in indexed(path, spec, "taints"):
        key, value = taint.get("key") or "", taint.get("value") or ""
        yield from words(f"{place}.key", key, names.qualified(key))
        if problems := names.label_value(value):
            yield invalid(f"{place}.value", value, ";".join(problems))
        yield from chosen(f"{place}.effect", taint.get("effect"), _EFFECTS)
        pair = (key, taint.get("effect"))
        if pair in seen:
            yield duplicate(place, taint)
        seen.add(pair)
