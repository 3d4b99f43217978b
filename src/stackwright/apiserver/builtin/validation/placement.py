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
    forbidden,
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
from stackwright.apiserver.kind import FieldError

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
        yield from _node_term(f"{place}.preference", mapping(each, "preference"), strict=False)


def _weight(path: str, each: Any) -> Problems:
    weight = each.get("weight") or 0
    if not 1 <= weight <= 100:
        yield invalid(path, weight, "must be in the range 1-100")


def node_terms(path: str, value: Any) -> Problems:
    """A NodeSelector."""
    if not items(value, "nodeSelectorTerms"):
        yield required(f"{path}.nodeSelectorTerms", "must have at least one node selector term")
    for place, term in indexed(path, value, "nodeSelectorTerms"):
        yield from _node_term(place, term, strict=True)


def _node_term(path: str, term: Any, *, strict: bool) -> Problems:
    """`strict`: of a term that must hold, values have to be those of labels."""
    for place, each in indexed(path, term, "matchExpressions"):
        yield from _node_requirement(place, each)
        yield from words(f"{place}.key", each.get("key") or "", names.qualified(each.get("key") or ""))
        for index, value in enumerate(items(each, "values") if strict else ()):
            yield from words(f"{place}.values[{index}]", value, names.label_value(value))
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
        return
    for index, value in enumerate(values):
        yield from words(f"{path}.values[{index}]", value, names.subdomain(value))


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
    yield from _label_keys(path, term)
    topology = term.get("topologyKey")
    if not topology:
        yield required(f"{path}.topologyKey", "can not be empty")
    yield from words(f"{path}.topologyKey", topology or "", names.qualified(topology or ""))


def _label_keys(path: str, term: Any) -> Problems:
    """Keys whose values are taken from the pod itself."""
    same, other = items(term, "matchLabelKeys"), items(term, "mismatchLabelKeys")
    for field, keys in (("matchLabelKeys", same), ("mismatchLabelKeys", other)):
        if keys and term.get("labelSelector") is None:
            yield forbidden(f"{path}.{field}", "must not be specified when labelSelector is not set")
            continue
        for index, key in enumerate(keys):
            yield from words(f"{path}.{field}[{index}]", key, names.qualified(key))
    for index, key in enumerate(same):
        if key in other:
            yield invalid(f"{path}.matchLabelKeys[{index}]", key, "exists in both matchLabelKeys and mismatchLabelKeys")


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
    pairs = [(each.get("topologyKey") or "", each.get("whenUnsatisfiable") or "") for each in items(spec, "topologySpreadConstraints")]
    for index, (place, each) in enumerate(indexed(path, spec, "topologySpreadConstraints")):
        yield from _constraint(place, each, again=pairs[index] in pairs[index + 1 :])


def _constraint(path: str, each: Any, *, again: bool) -> Problems:
    """`again`: a later one is of the same key and action."""
    skew, least = each.get("maxSkew") or 0, each.get("minDomains")
    if skew <= 0:
        yield invalid(f"{path}.maxSkew", skew, "must be greater than zero")
    if not each.get("topologyKey"):
        yield required(f"{path}.topologyKey", "can not be empty")
    yield from chosen_action(f"{path}.whenUnsatisfiable", each.get("whenUnsatisfiable") or "")
    if again:
        pair = f"{{{each.get('topologyKey') or ''}, {each.get('whenUnsatisfiable') or ''}}}"
        yield duplicate(f"{path}.{{topologyKey, whenUnsatisfiable}}", pair)
    if isinstance(least, int):
        if least <= 0:
            yield invalid(f"{path}.minDomains", least, "must be greater than zero")
        if each.get("whenUnsatisfiable") != "DoNotSchedule":
            detail = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {each.get('whenUnsatisfiable') or ''}"
            yield invalid(f"{path}.minDomains", least, detail)
    for key in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        if each.get(key) is not None:
            yield from one_of(f"{path}.{key}", each[key], _HONOURED)
    yield from _spread_keys(f"{path}.matchLabelKeys", each)
    if each.get("labelSelector") is not None:
        yield from selector(f"{path}.labelSelector", each["labelSelector"])


def _spread_keys(path: str, each: Any) -> Problems:
    found, keys = each.get("labelSelector"), items(each, "matchLabelKeys")
    if keys and found is None:
        yield forbidden(path, "must not be specified when labelSelector is not set")
    chosen_keys = {*mapping(found, "matchLabels"), *(one.get("key") for one in items(found, "matchExpressions"))}
    for index, key in enumerate(keys):
        yield from words(f"{path}[{index}]", key, names.qualified(key))
        if key in chosen_keys:
            yield invalid(f"{path}[{index}]", key, "exists in both matchLabelKeys and labelSelector")


def chosen_action(path: str, value: str) -> Problems:
    yield from one_of(path, value, ("DoNotSchedule", "ScheduleAnyway"))


def taints(path: str, spec: Any) -> Problems:
    """Of a node; upstream tells of them at its metadata."""
    seen: set[tuple[Any, Any]] = set()
    for place, taint in indexed(path, spec, "taints"):
        key, value = taint.get("key") or "", taint.get("value") or ""
        yield from words(f"{place}.key", key, names.qualified(key))
        if problems := names.label_value(value):
            yield invalid(f"{place}.value", value, ";".join(problems))
        yield from chosen(f"{place}.effect", taint.get("effect"), _EFFECTS)
        pair = (key, taint.get("effect"))
        if pair in seen:
            found = duplicate(
                place, {each.capitalize(): taint.get(each) or "" for each in ("key", "value", "effect")} | {"TimeAdded": None}
            )
            yield FieldError(found.reason, place, f"{found.message}: taints must be unique by key and effect pair")
        seen.add(pair)
