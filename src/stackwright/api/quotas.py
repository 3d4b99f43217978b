"""What an object uses of a ResourceQuota, and which quotas it falls under.

Pure: for the API, which refuses, and for the controller, which counts.

Source: k8s.io/kubernetes pkg/quota/v1/evaluator/core and k8s.io/apiserver pkg/quota/v1.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of
from stackwright.api.pod_resources import Amounts, pod_total
from stackwright.kernel.quantity import canonical

_ALIASES = frozenset({"configmaps", "resourcequotas", "replicationcontrollers", "secrets", "services", "pods", "persistentvolumeclaims"})
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_POD = frozenset(
    {"pods", "count/pods", *_COMPUTE, *(f"requests.{name}" for name in _COMPUTE), *(f"limits.{name}" for name in _COMPUTE)}
)  # fmt: skip
_MUST_SPECIFY = frozenset({"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})
_CLASS_SUFFIX = ".storageclass.storage.k8s.io/"
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_HUGE = "hugepages-"


def usage_of(resource: str, obj: Object) -> Amounts:
    """Shape: quantities by the name that a quota gives them; `resource` as `deployments.apps`."""
    match resource:
        case "pods":
            return _pod(obj)
        case "services":
            return _counted(resource) | _service(obj.get("spec") or {})
        case "persistentvolumeclaims":
            return _counted(resource) | _claim(obj)
        case _:
            return _counted(resource)


def _counted(resource: str) -> Amounts:
    return {f"count/{resource}": "1"} | ({resource: "1"} if resource in _ALIASES else {})


def _pod(pod: Object) -> Amounts:
    if has_ended(pod):
        return {"count/pods": "1"}
    spec = pod.get("spec") or {}
    return {"count/pods": "1", "pods": "1"} | compute_usage(pod_total(spec, "requests"), pod_total(spec, "limits"))


def has_ended(pod: Object) -> bool:
    """Such pods use nothing any longer."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def compute_usage(requests: Mapping[str, str], limits: Mapping[str, str]) -> Amounts:
    """Requests count under their plain name and under `requests.`."""
    found: Amounts = {}
    for name, amount in requests.items():
        if name in _COMPUTE or name.startswith(_HUGE):
            found[name] = canonical(amount)
        if name in _COMPUTE or name.startswith(_HUGE) or "/" in name:
            found[f"requests.{name}"] = canonical(amount)
    return found | {f"limits.{name}": canonical(amount) for name, amount in limits.items() if name in _COMPUTE}


def _service(spec: Mapping[str, Any]) -> Amounts:
    ports = spec.get("ports") or ()
    match spec.get("type"):
        case "NodePort":
            return {"services.nodeports": str(len(ports))}
        case "LoadBalancer":
            all_of_them = spec.get("allocateLoadBalancerNodePorts", True)
            count = len(ports) if all_of_them else sum(1 for port in ports if port.get("nodePort"))
            return {"services.loadbalancers": "1", "services.nodeports": str(count)}
        case _:
            return {}


def _claim(claim: Object) -> Amounts:
    spec = claim.get("spec") or {}
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    name = annotations_of(claim).get(_BETA_CLASS) or spec.get("storageClassName")
    found: Amounts = {f"{name}{_CLASS_SUFFIX}persistentvolumeclaims": "1"} if name else {}
    if storage is not None:
        found["requests.storage"] = canonical(storage)
        found |= {f"{name}{_CLASS_SUFFIX}requests.storage": canonical(storage)} if name else {}
    return found


def matching(resource: str, names: Iterable[str]) -> list[str]:
    """Those of a quota's resources that objects of this kind can use."""
    return [name for name in names if _matches(resource, name)]


def _matches(resource: str, name: str) -> bool:
    if name == f"count/{resource}" or (name == resource and resource in _ALIASES):
        return True
    match resource:
        case "pods":
            return name in _POD or name.startswith((_HUGE, f"requests.{_HUGE}")) or (name.startswith("requests.") and "/" in name)
        case "services":
            return name in ("services.nodeports", "services.loadbalancers")
        case "persistentvolumeclaims":
            return name == "requests.storage" or _CLASS_SUFFIX in name
        case _:
            return False


def missing(resource: str, obj: Object, names: Iterable[str]) -> str:
    """Which containers must name what a quota counts; empty when all do."""
    if resource != "pods":
        return ""
    required = sorted(_MUST_SPECIFY.intersection(names))
    spec = obj.get("spec") or {}
    lacking: dict[str, set[str]] = {}
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        resources = container.get("resources") or {}
        given = compute_usage(resources.get("requests") or {}, resources.get("limits") or {})
        for name in required:
            if name not in given:
                lacking.setdefault(name, set()).add(str(container.get("name")))
    if not lacking:
        return ""
    return "must specify " + "; ".join(f"{name} for: {','.join(sorted(lacking[name]))}" for name in sorted(lacking))


def in_scope(quota: Object, resource: str, obj: Object) -> bool:
    """Whether the quota's scopes let it count the object."""
    spec = quota.get("spec") or {}
    terms = [{"scopeName": name, "operator": "Exists"} for name in spec.get("scopes") or ()]
    terms += (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    return all(resource == "pods" and _pod_in_scope(obj, term) for term in terms)


def _pod_in_scope(pod: Object, term: Mapping[str, Any]) -> bool:
    spec = pod.get("spec") or {}
    match term.get("scopeName"):
        case "Terminating":
            return spec.get("activeDeadlineSeconds") is not None
        case "NotTerminating":
            return spec.get("activeDeadlineSeconds") is None
        case "BestEffort":
            return _is_best_effort(spec)
        case "NotBestEffort":
            return not _is_best_effort(spec)
        case "PriorityClass":
            return _selected(str(spec.get("priorityClassName") or ""), term)
        case "CrossNamespacePodAffinity":
            return _crosses_namespaces(spec)
        case _:
            return False


def _selected(value: str, term: Mapping[str, Any]) -> bool:
    match term.get("operator"):
        case "In":
            return value in (term.get("values") or ())
        case "NotIn":
            return value not in (term.get("values") or ())
        case "DoesNotExist":
            return not value
        case _:
            return bool(value)


def _is_best_effort(spec: Mapping[str, Any]) -> bool:
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    asked = [amounts for each in containers for amounts in (each.get("resources") or {}).values() if isinstance(amounts, Mapping)]
    return not any(name in ("cpu", "memory") for amounts in asked for name in amounts)


def _crosses_namespaces(spec: Mapping[str, Any]) -> bool:
    affinity = spec.get("affinity") or {}
    for side in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(side) or {}
        terms = [*(rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ())]
        terms += [each.get("podAffinityTerm") or {} for each in rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ()]
        if any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms):
            return True
    return False
