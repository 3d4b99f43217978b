"""Kinds with few rules: endpoints, events, leases, priorities, revisions, nodes, namespaces, drivers and runtimes.

Source: k8s.io/kubernetes pkg/apis/*/validation.
"""

from typing import Any

from stackwright.api.meta import Object, is_deleting, name_of, namespace_of
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.containers import PROTOCOLS
from stackwright.apiserver.builtin.validation.metadata import core_finalizers, label_map
from stackwright.apiserver.builtin.validation.rules import (
    IMMUTABLE,
    Problems,
    chosen,
    duplicate,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_negative,
    not_supported,
    one_of,
    port,
    required,
    unchanged,
    words,
)
from stackwright.apiserver.builtin.validation.services import public_address

_HIGHEST_PRIORITY = 1_000_000_000
_SYSTEM = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
_FAMILIES = ("FQDN", "IPv4", "IPv6")
_MOST_ENDPOINTS = 1000
_LONGEST_NOTE = 1024


def _is_ours(obj: Object) -> bool:
    """The API server of an embedded cluster listens on this machine only, and says so: it has no other address to publish."""
    return (namespace_of(obj), name_of(obj)) == ("default", "kubernetes")


def endpoints(obj: Object) -> Problems:
    if _is_ours(obj):
        return
    for place, subset in indexed("", obj, "subsets"):
        if not items(subset, "addresses") and not items(subset, "notReadyAddresses"):
            yield required(place, "must specify `addresses` or `notReadyAddresses`")
        for key in ("addresses", "notReadyAddresses"):
            for inner, address in indexed(place, subset, key):
                yield from public_address(f"{inner}.ip", address.get("ip") or "")
                if address.get("hostname"):
                    yield from words(f"{inner}.hostname", address["hostname"], names.label(address["hostname"]))
        for inner, each in indexed(place, subset, "ports"):
            yield from _endpoint_port(inner, each, len(items(subset, "ports")) > 1)


def _endpoint_port(path: str, each: Any, named: bool) -> Problems:
    name = each.get("name") or ""
    if named and not name:
        yield required(f"{path}.name")
    elif name:
        yield from words(f"{path}.name", name, names.label(name))
    yield from port(f"{path}.port", each.get("port") or 0)
    yield from chosen(f"{path}.protocol", each.get("protocol"), PROTOCOLS)


def endpoint_slice(obj: Object) -> Problems:
    family = obj.get("addressType") or ""
    yield from chosen("addressType", family, _FAMILIES)
    found = items(obj, "endpoints")
    if len(found) > _MOST_ENDPOINTS:
        yield from words("endpoints", len(found), [f"must have at most {_MOST_ENDPOINTS} items"])
    for place, each in indexed("", obj, "endpoints"):
        yield from () if _is_ours(obj) else _endpoint(place, each, family)
    seen: set[str] = set()
    for place, each in indexed("", obj, "ports"):
        name = each.get("name") or ""
        if name in seen:
            yield duplicate(f"{place}.name", name)
        seen.add(name)
        if name:
            yield from words(f"{place}.name", name, names.label(name))
        yield from chosen(f"{place}.protocol", each.get("protocol"), PROTOCOLS)


def _endpoint(path: str, each: Any, family: str) -> Problems:
    addresses = items(each, "addresses")
    if not addresses:
        yield required(f"{path}.addresses", "must contain at least 1 address")
    for index, address in enumerate(addresses):
        yield from _slice_address(f"{path}.addresses[{index}]", address, family)
    if each.get("hostname") is not None:
        yield from words(f"{path}.hostname", each["hostname"], names.label(each["hostname"]))


def _slice_address(path: str, address: str, family: str) -> Problems:
    if family == "FQDN":
        yield from words(path, address, names.subdomain(address))
        return
    found, version = names.address_of(address), 6 if family == "IPv6" else 4
    if family in ("IPv4", "IPv6") and (found is None or found.version != version):
        yield invalid(path, address, f"must be an IPv{version} address" if found else names.IP_RULE)
    elif family in ("IPv4", "IPv6"):
        yield from public_address(path, address)


def changed_endpoint_slice(new: Object, old: Object) -> Problems:
    yield from unchanged("addressType", new.get("addressType"), old.get("addressType"))


def core_event(obj: Object) -> Problems:
    yield from _event(obj, obj.get("involvedObject"), "reportingComponent", obj.get("message"))


def _event(obj: Object, about: Any, reporter: str, note: Any) -> Problems:
    """Events are where what they are about is; those about the cluster are in `default`. Only events of the new form say when exactly."""
    namespace, own = mapping({"about": about}, "about").get("namespace") or "", namespace_of(obj)
    homes = ("default", "") if not obj.get("eventTime") else ("default", "kube-system")
    if own != namespace if namespace else own not in homes:
        yield invalid("involvedObject.namespace", namespace, "does not match event.namespace")
    if obj.get("eventTime"):
        yield from _exact_event(obj, reporter)
        if len(note or "") > _LONGEST_NOTE:
            yield invalid("message", "", f"can have at most {_LONGEST_NOTE} characters")


def _exact_event(obj: Object, reporter: str) -> Problems:
    name = obj.get(reporter) or ""
    if not name:
        yield required(reporter)
    yield from words(reporter, name, names.qualified(name))
    for key, most in (("reportingInstance", 128), ("action", 128), ("reason", 128)):
        if not obj.get(key):
            yield required(key)
        elif len(obj[key]) > most:
            yield invalid(key, "", f"can have at most {most} characters")


def new_event(obj: Object) -> Problems:
    """What the newer version asks of new events."""
    yield from _event(obj, obj.get("regarding"), "reportingController", obj.get("note"))
    if not obj.get("eventTime"):
        yield required("eventTime")
    if obj.get("type") not in ("Normal", "Warning"):
        yield invalid("type", "", f"has invalid value: {obj.get('type') or ''}")
    for key, name in (("deprecatedFirstTimestamp", "firstTimestamp"), ("deprecatedLastTimestamp", "lastTimestamp")):
        if obj.get(key):
            yield invalid(name, "", "needs to be unset")
    if obj.get("deprecatedCount"):
        yield invalid("count", "", "needs to be unset")
    if mapping(obj, "deprecatedSource"):
        yield invalid("source", "", "needs to be unset")


def lease(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    seconds, moves = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if isinstance(seconds, int) and seconds <= 0:
        yield invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")
    yield from not_negative("spec.leaseTransitions", moves)


def priority_class(obj: Object) -> Problems:
    name, value = name_of(obj), obj.get("value") or 0
    if name.startswith("system-"):
        if _SYSTEM.get(name) != value:
            problem = (
                f"{name} is not a known system priority class"
                if name not in _SYSTEM
                else f"value of {name} PriorityClass must be {_SYSTEM[name]}"
            )
            detail = "priority class names with 'system-' prefix are reserved for system use only. error: "
            yield forbidden("metadata.name", detail + problem)
    elif value > _HIGHEST_PRIORITY:
        yield forbidden("value", f"maximum allowed value of a user defined priority is {_HIGHEST_PRIORITY}")
    if obj.get("preemptionPolicy") is not None:
        yield from one_of("preemptionPolicy", obj["preemptionPolicy"], ("PreemptLowerPriority", "Never"))


def changed_priority_class(new: Object, old: Object) -> Problems:
    if (new.get("value") or 0) != (old.get("value") or 0):
        yield forbidden("value", "may not be changed in an update.")
    yield from unchanged("preemptionPolicy", new.get("preemptionPolicy"), old.get("preemptionPolicy"))


def revision(obj: Object) -> Problems:
    yield from not_negative("revision", obj.get("revision"))


def changed_revision(new: Object, old: Object) -> Problems:
    if new.get("data") != old.get("data"):
        yield invalid("data", new.get("data"), IMMUTABLE)


def namespace(obj: Object) -> Problems:
    yield from core_finalizers(obj)
    for place, each in indexed("spec", mapping(obj, "spec"), "finalizers"):
        if "/" not in each and each not in ("kubernetes", "orphan", "foregroundDeletion"):
            yield invalid(place, each, "name is neither a standard finalizer name nor is it fully qualified")


def namespace_status(new: Object, old: Object) -> Problems:
    phase = mapping(new, "status").get("phase")
    if not is_deleting(new):
        if phase != "Active":
            yield invalid("status.Phase", phase or "", "may only be 'Active' if `deletionTimestamp` is empty")
    elif phase != "Terminating":
        yield invalid("status.Phase", phase or "", "may only be 'Terminating' if `deletionTimestamp` is not empty")


def runtime_class(obj: Object) -> Problems:
    yield from words("handler", obj.get("handler") or "", names.label(obj.get("handler") or ""))
    scheduling = mapping(obj, "scheduling")
    yield from label_map("scheduling.nodeSelector", mapping(scheduling, "nodeSelector"))


def changed_runtime_class(new: Object, old: Object) -> Problems:
    if new.get("handler") != old.get("handler"):
        yield invalid("handler", new.get("handler"), IMMUTABLE)


def driver(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    if spec.get("fsGroupPolicy") is not None:
        yield from one_of("spec.fsGroupPolicy", spec["fsGroupPolicy"], ("File", "None", "ReadWriteOnceWithFSType"))
    for mode in items(spec, "volumeLifecycleModes"):
        if mode not in ("Ephemeral", "Persistent"):
            yield not_supported("spec.volumeLifecycleModes", mode, ("Ephemeral", "Persistent"))


def changed_driver(new: Object, old: Object) -> Problems:
    now, then = mapping(new, "spec"), mapping(old, "spec")
    for key in ("attachRequired", "fsGroupPolicy", "volumeLifecycleModes"):
        yield from unchanged(f"spec.{key}", now.get(key), then.get(key))


def api_service(obj: Object) -> Problems:
    spec = mapping(obj, "spec")
    expected = f"{spec.get('version') or ''}.{spec.get('group') or ''}"
    if name_of(obj) != expected:
        yield invalid("metadata.name", name_of(obj), f'must be `spec.version+"."+spec.group`: "{expected}"')
    if (spec.get("groupPriorityMinimum") or 0) <= 0 or spec["groupPriorityMinimum"] > 20000:
        yield invalid("spec.groupPriorityMinimum", spec.get("groupPriorityMinimum") or 0, "must be positive and less than 20000")
    if not 0 < (spec.get("versionPriority") or 0) <= 1000:
        yield invalid("spec.versionPriority", spec.get("versionPriority") or 0, "must be positive and less than 1000")
    service = spec.get("service")
    if service is not None:
        for key in ("namespace", "name"):
            if not service.get(key):
                yield required(f"spec.service.{key}")
        if spec.get("insecureSkipTLSVerify") and spec.get("caBundle"):
            yield invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present")
