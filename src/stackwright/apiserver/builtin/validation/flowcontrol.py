"""FlowSchemas and PriorityLevelConfigurations.

Source: k8s.io/kubernetes pkg/apis/flowcontrol/validation.
"""

from math import log2
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    required,
    words,
)

_EXEMPT = "exempt"
_LAST = 10_000
_MOST_QUEUES = 10_000_000
_MOST_BITS = 60
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
_SUBJECTS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
_NAMESPACE_RULE = "each member of this list must be '*' or a DNS-1123 label; "


def flow_schema(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    order, path = spec.get("matchingPrecedence") or 0, "spec.matchingPrecedence"
    if order <= 0:
        yield invalid(path, order, "must be a positive value")
    if order > _LAST:
        yield invalid(path, order, f"must not be greater than {_LAST}")
    if order == 1 and name_of(obj) != _EXEMPT:
        yield invalid(path, order, "only the schema named 'exempt' may have matchingPrecedence 1")
    method = spec.get("distinguisherMethod")
    if method is not None and method.get("type") not in ("ByNamespace", "ByUser"):
        yield not_supported("spec.distinguisherMethod.type", {"Type": method.get("type") or ""}, ("ByNamespace", "ByUser"))
    level = mapping(spec, "priorityLevelConfiguration").get("name") or ""
    if level:
        yield from words("spec.priorityLevelConfiguration.name", level, names.subdomain(level))
    else:
        yield required("spec.priorityLevelConfiguration.name", "must reference a priority level")
    for place, rule in indexed("spec", spec, "rules"):
        yield from _rule(place, rule)


def _rule(path: str, rule: Any) -> Problems:
    for place, subject in indexed(path, rule, "subjects"):
        yield from _subject(place, subject)
    if not items(rule, "subjects"):
        yield required(f"{path}.subjects", "subjects must contain at least one value")
    if not items(rule, "resourceRules") and not items(rule, "nonResourceRules"):
        yield required(path, "at least one of resourceRules and nonResourceRules has to be non-empty")
    for place, each in indexed(path, rule, "resourceRules"):
        yield from _resources(place, each)
    for place, each in indexed(path, rule, "nonResourceRules"):
        yield from _verbs(place, each)
        yield from _urls(f"{place}.nonResourceURLs", items(each, "nonResourceURLs"))


def _subject(path: str, subject: Any) -> Problems:
    kind = subject.get("kind") or ""
    if kind not in _SUBJECTS:
        yield not_supported(f"{path}.kind", kind, tuple(_SUBJECTS))
        return
    own, found = _SUBJECTS[kind], subject.get(_SUBJECTS[kind])
    if found is None:
        yield required(f"{path}.{own}", f"{own} is required when subject kind is '{kind}'")
    else:
        yield from _named(f"{path}.{own}", found, kind)
    for other in ("ServiceAccount", "User", "Group"):
        key = _SUBJECTS[other]
        if other != kind and subject.get(key) is not None:
            yield forbidden(f"{path}.{key}", f"{key} is forbidden when subject kind is not '{other}'")


def _named(path: str, found: Any, kind: str) -> Problems:
    name, namespace = found.get("name") or "", found.get("namespace") or ""
    if not name:
        yield required(f"{path}.name")
    elif kind == "ServiceAccount" and name != "*":
        yield from words(f"{path}.name", name, names.subdomain(name))
    if kind == "ServiceAccount" and namespace:
        yield from words(f"{path}.namespace", namespace, names.label(namespace))
    elif kind == "ServiceAccount":
        yield required(f"{path}.namespace", "must specify namespace for service account")


def _verbs(path: str, rule: Any) -> Problems:
    found = items(rule, "verbs")
    if not found:
        yield required(f"{path}.verbs", "verbs must contain at least one value")
    elif "*" in found:
        yield from _alone(f"{path}.verbs", found, "verbs")
    elif not set(found) <= set(_VERBS):
        yield not_supported(f"{path}.verbs", found, _VERBS)


def _alone(path: str, found: list[Any], what: str) -> Problems:
    if "*" in found and len(found) > 1:
        yield invalid(path, found, f"if '*' is present, must not specify other {what}")


def _resources(path: str, rule: Any) -> Problems:
    yield from _verbs(path, rule)
    for key, one, more in (("apiGroups", "api group", "api groups"), ("resources", "resource", "resources")):
        if not items(rule, key):
            yield required(f"{path}.{key}", f"resource rules must supply at least one {one}")
        yield from _alone(f"{path}.{key}", items(rule, key), more)
    spaces, place = items(rule, "namespaces"), f"{path}.namespaces"
    if not spaces and not rule.get("clusterScope"):
        yield required(place, "resource rules that are not cluster scoped must supply at least one namespace")
    yield from _alone(place, spaces, "namespaces")
    for index, each in enumerate(spaces if "*" not in spaces else ()):
        yield from words(f"{place}[{index}]", each, [f"{_NAMESPACE_RULE}{problem}" for problem in names.label(each)])


def _urls(path: str, found: list[Any]) -> Problems:
    if not found:
        yield required(path, "nonResourceURLs must contain at least one value")
    yield from _alone(path, found, "non-resource URLs")
    for index, each in enumerate(found if "*" not in found else ()):
        if problem := _url_problem(each):
            yield invalid(f"{path}[{index}]", each, problem)


def _url_problem(text: str) -> str:
    if not text or text == "/":
        return "" if text else "must not be empty"
    stars = text.count("*")
    checks = (
        (not text.startswith("/"), "must start with slash"),
        (" " in text, "must not contain white-space"),
        ("//" in text, "must not contain double slash"),
        (stars > 1 or (stars == 1 and not text.endswith("/*")), "wildcard can only do suffix matching"),
    )
    return next((told for wrong, told in checks if wrong), "")


def priority_level(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    kind = spec.get("type") or ""
    if (name_of(obj) == _EXEMPT) != (kind == "Exempt"):
        yield invalid("spec.type", kind, "type must be 'Exempt' if and only if name is 'exempt'")
    if kind == "Exempt":
        if spec.get("limited") is not None:
            yield forbidden("spec.limited", "must be nil if the type is not Limited")
        yield from _shares("spec.exempt", mapping(spec, "exempt"))
    elif kind == "Limited":
        if spec.get("exempt") is not None:
            yield forbidden("spec.exempt", "must be nil if the type is Limited")
        if spec.get("limited") is None:
            yield required("spec.limited", "must not be empty when type is Limited")
        else:
            yield from _limited(spec["limited"])
    else:
        yield not_supported("spec.type", kind, ("Exempt", "Limited"))


def _shares(path: str, found: Any) -> Problems:
    shares, lent = found.get("nominalConcurrencyShares"), found.get("lendablePercent")
    if isinstance(shares, int) and shares < 0:
        yield invalid(f"{path}.nominalConcurrencyShares", shares, "must be a non-negative integer")
    if isinstance(lent, int) and not 0 <= lent <= 100:
        yield invalid(f"{path}.lendablePercent", lent, "must be between 0 and 100, inclusive")


def _limited(limited: Any) -> Problems:
    path, answer = "spec.limited.limitResponse", mapping(limited, "limitResponse")
    kind, queuing = answer.get("type") or "", answer.get("queuing")
    shares = mapping({"limited": limited}, "limited")
    yield from _shares("spec.limited", {key: value for key, value in shares.items() if key == "nominalConcurrencyShares"})
    if kind == "Reject":
        if queuing is not None:
            yield forbidden(f"{path}.queuing", "must be nil if limited.limitResponse.type is not Limited")
    elif kind != "Queue":
        yield not_supported(f"{path}.type", kind, ("Queue", "Reject"))
    elif queuing is None:
        yield required(f"{path}.queuing", "must not be empty if limited.limitResponse.type is Limited")
    else:
        yield from _queuing(f"{path}.queuing", queuing)
    yield from _shares("spec.limited", {key: value for key, value in shares.items() if key == "lendablePercent"})
    borrowed = shares.get("borrowingLimitPercent")
    if isinstance(borrowed, int) and borrowed < 0:
        yield invalid("spec.limited.borrowingLimitPercent", borrowed, "if specified, must be a non-negative integer")


def _queuing(path: str, queuing: Any) -> Problems:
    length, queues, hand = (queuing.get(key) or 0 for key in ("queueLengthLimit", "queues", "handSize"))
    if length <= 0:
        yield invalid(f"{path}.queueLengthLimit", length, "must be positive")
    if queues <= 0:
        yield invalid(f"{path}.queues", queues, "must be positive")
    elif queues > _MOST_QUEUES:
        yield invalid(f"{path}.queues", queues, f"must not be greater than {_MOST_QUEUES}")
    if hand <= 0:
        yield invalid(f"{path}.handSize", hand, "must be positive")
    elif hand > queues:
        yield invalid(f"{path}.handSize", hand, f"should not be greater than queues ({queues})")
    elif sum(log2(queues - each) for each in range(hand)) > _MOST_BITS:
        told = f"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {_MOST_BITS}"
        yield invalid(f"{path}.handSize", hand, told)
