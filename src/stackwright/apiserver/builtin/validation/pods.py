"""Pods, and the templates of pods.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePodSpec, ValidatePodCreate, ValidatePodUpdate, ValidatePodTemplateSpec).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.containers import containers, host_ports, trimmed
from stackwright.apiserver.builtin.validation.metadata import annotations, core_finalizers, label_map
from stackwright.apiserver.builtin.validation.munged import differences
from stackwright.apiserver.builtin.validation.narrowing import narrowed, with_old_placement
from stackwright.apiserver.builtin.validation.operatingsystems import host_processes, operating_system
from stackwright.apiserver.builtin.validation.placement import affinity, node_selector, spreading, tolerations
from stackwright.apiserver.builtin.validation.podannotations import fixed_annotations, pod_annotations
from stackwright.apiserver.builtin.validation.quantities import requirements, resource_claims
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    chosen,
    duplicate,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    required,
    words,
)
from stackwright.apiserver.builtin.validation.security import host_aliases, host_users, pod_context
from stackwright.apiserver.builtin.validation.volumes import volumes

_RESTARTS = ("Always", "OnFailure", "Never")
_DNS = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_LONGEST_SEARCH = 2048
_LARGEST = 2**31 - 1
_ONLY = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def pod_spec(path: str, spec: Any) -> Problems:
    """Of a pod or a template."""
    yield from volumes(path, spec)
    yield from resource_claims(path, spec)
    yield from containers(path, spec)
    yield from host_ports(path, spec)
    yield from chosen(f"{path}.restartPolicy", spec.get("restartPolicy"), _RESTARTS)
    yield from chosen(f"{path}.dnsPolicy", spec.get("dnsPolicy"), _DNS)
    yield from node_selector(path, spec)
    yield from pod_context(f"{path}.securityContext", spec)
    for place, secret in indexed(path, spec, "imagePullSecrets"):
        if not secret.get("name"):
            yield required(f"{place}.name")
    yield from affinity(path, spec)
    yield from _dns_config(path, spec)
    yield from _gates(path, spec)
    yield from spreading(path, spec)
    yield from host_processes(path, spec)
    yield from host_users(path, spec)
    yield from _names(path, spec)
    yield from tolerations(path, spec)
    yield from host_aliases(path, spec)
    yield from _priority(path, spec)
    yield from requirements(f"{path}.overhead", {"limits": mapping(spec, "overhead")}) if mapping(spec, "overhead") else ()
    yield from operating_system(path, spec)


def _names(path: str, spec: Any) -> Problems:
    for key in ("serviceAccountName", "nodeName"):
        if spec.get(key):
            yield from words(f"{path}.{key}", spec[key], names.subdomain(spec[key]))
    seconds = spec.get("activeDeadlineSeconds")
    if isinstance(seconds, int) and not 1 <= seconds <= _LARGEST:
        yield invalid(f"{path}.activeDeadlineSeconds", seconds, f"must be between 1 and {_LARGEST}, inclusive")
    for key in ("hostname", "subdomain"):
        if spec.get(key):
            yield from words(f"{path}.{key}", spec[key], names.label(spec[key]))


def _priority(path: str, spec: Any) -> Problems:
    if name := spec.get("priorityClassName"):
        yield from words(f"{path}.priorityClassName", name, names.subdomain(name))
    if spec.get("runtimeClassName") is not None:
        yield from words(f"{path}.runtimeClassName", spec["runtimeClassName"], names.subdomain(spec["runtimeClassName"]))
    if spec.get("preemptionPolicy") is not None:
        yield from chosen(f"{path}.preemptionPolicy", spec["preemptionPolicy"], ("PreemptLowerPriority", "Never"))


def _dns_config(path: str, spec: Any) -> Problems:
    config, place = spec.get("dnsConfig"), f"{path}.dnsConfig"
    servers = items(config, "nameservers")
    if spec.get("dnsPolicy") == "None" and not servers:
        if config is None:
            yield required(place, "must provide `dnsConfig` when `dnsPolicy` is None")
        else:
            yield required(f"{place}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None")
        return
    if len(servers) > 3:
        yield invalid(f"{place}.nameservers", servers, "must not have more than 3 nameservers")
    for index, server in enumerate(servers):
        yield from words(f"{place}.nameservers[{index}]", server, names.ip(server))
    searches = items(config, "searches")
    if len(searches) > 32:
        yield invalid(f"{place}.searches", searches, "must not have more than 32 search paths")
    if len(" ".join(searches)) > _LONGEST_SEARCH:
        yield invalid(
            f"{place}.searches", searches, f"must not have more than {_LONGEST_SEARCH} characters (including spaces) in the search list"
        )
    for index, search in enumerate(searches):
        domain = search.removesuffix(".")
        yield from words(f"{place}.searches[{index}]", domain, [] if search == "." else names.loose_subdomain(domain))
    for option_path, option in indexed(place, config, "options"):
        if not option.get("name"):
            yield required(option_path, "must not be empty")


def _gates(path: str, spec: Any) -> Problems:
    for place, gate in indexed(path, spec, "readinessGates"):
        kind = gate.get("conditionType") or ""
        yield from words(f"{place}.conditionType", kind, names.qualified(kind))
    seen: set[str] = set()
    for place, gate in indexed(path, spec, "schedulingGates"):
        name = gate.get("name") or ""
        yield from words(place, name, names.qualified(name))
        if name in seen:
            yield duplicate(place, name)
        seen.add(name)


def template(path: str, value: Any) -> Problems:
    """A PodTemplateSpec."""
    yield from label_map(f"{path}.labels", mapping(mapping(value, "metadata"), "labels"))
    yield from annotations(path, value)
    yield from pod_spec(f"{path}.spec", mapping(value, "spec"))
    if items(mapping(value, "spec"), "ephemeralContainers"):
        yield forbidden(f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")


def new_pod(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    yield from _whole(obj, spec)
    if items(spec, "ephemeralContainers"):
        yield forbidden("spec.ephemeralContainers", "cannot be set on create")
    if spec.get("nodeName") and items(spec, "schedulingGates"):
        yield forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")


def _whole(obj: Object, spec: Mapping[str, Any]) -> Problems:
    """What every pod must keep to, new or changed; a template need not have its images trimmed or its ports on the host alike."""
    yield from core_finalizers(obj)
    yield from pod_annotations(obj, spec)
    yield from pod_spec("spec", spec)
    for key in ("containers", "initContainers"):
        for place, container in indexed("spec", spec, key):
            yield from trimmed(place, container)


def changed_pod(new: Object, old: Object) -> Problems:
    """Of the pod itself; its subresources have rules of their own."""
    spec, before = mapping(new, "spec"), mapping(old, "spec")
    yield from _whole(new, spec)
    yield from fixed_annotations(new, old)
    yield from pod_annotations(new, spec)
    for key in ("containers", "initContainers"):
        if len(items(spec, key)) != len(items(before, key)):
            yield forbidden(f"spec.{key}", "pod updates may not add or remove containers")
            return
    late = list(_deadline(spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")))
    yield from late
    if late and spec.get("activeDeadlineSeconds") is not None:
        return
    yield from _only_more_tolerations(items(spec, "tolerations"), items(before, "tolerations"))
    yield from _fewer_gates(spec, before)
    yield from narrowed(spec, before) if items(before, "schedulingGates") else ()
    munged = _munged(spec, before)
    if munged != before:
        yield forbidden("spec", f"{_ONLY}\n{differences('PodSpec', before, munged)}")


def attached(new: Object, old: Object) -> Problems:
    """Of a pod that containers are attached to: those that are there stay as they are."""
    spec, before = mapping(new, "spec"), {each.get("name"): each for each in items(mapping(old, "spec"), "ephemeralContainers")}
    yield from _whole(new, spec)
    now = {each.get("name"): each for each in items(spec, "ephemeralContainers")}
    for name, each in before.items():
        if name not in now:
            yield forbidden("spec.ephemeralContainers", f'existing ephemeral containers "{name}" may not be removed\n')
        elif now[name] != each:
            yield forbidden("spec.ephemeralContainers", f'existing ephemeral containers "{name}" may not be changed\n')


def _deadline(new: Any, old: Any) -> Problems:
    path = "spec.activeDeadlineSeconds"
    if new is not None and old is not None and old < new:
        yield invalid(path, new, "must be less than or equal to previous value")
    if new is None and old is not None:
        yield invalid(path, new, "must not update from a positive integer to nil value")


def _only_more_tolerations(new: list[Any], old: list[Any]) -> Problems:
    for each in old:
        if not any(_same_toleration(each, other) for other in new):
            yield forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")
            return


def _same_toleration(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all((one.get(key) or "") == (other.get(key) or "") for key in ("key", "operator", "value", "effect"))


def _fewer_gates(new: Any, old: Any) -> Problems:
    before = {each.get("name") for each in items(old, "schedulingGates")}
    for place, each in indexed("spec", new, "schedulingGates"):
        if each.get("name") not in before:
            yield forbidden(f"{place}.name", f"only deletion is allowed, but found new scheduling gate '{each.get('name')}'")


def _munged(new: Mapping[str, Any], old: Mapping[str, Any]) -> Mapping[str, Any]:
    """The new spec, with all that may change as it was."""
    free = ("activeDeadlineSeconds", "tolerations", "schedulingGates")
    found = {key: value for key, value in new.items() if key not in free}
    found |= {key: old[key] for key in free if key in old}
    for key in ("containers", "initContainers"):
        if isinstance(found.get(key), list):
            found[key] = [_with_image(one, other) for one, other in zip(found[key], items(old, key), strict=False)]
    grace = old.get("terminationGracePeriodSeconds")
    if isinstance(grace, int) and grace < 0 and new.get("terminationGracePeriodSeconds") == 1:
        found["terminationGracePeriodSeconds"] = grace
    return with_old_placement(found, old) if items(old, "schedulingGates") else found


def _with_image(new: Mapping[str, Any], old: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**new, "image": old["image"]} if "image" in old else new
