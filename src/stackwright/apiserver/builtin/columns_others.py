"""Tables of configuration, quotas, classes, events and of what the API itself consists of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, is_deleting, name_of
from stackwright.apiserver.builtin.cells import Cells, age_of, condition, quantity, spec_of, status_of
from stackwright.apiserver.builtin.elapsed import age

TABLES = """
configmaps
Name | name
Data | | | @data
Age

secrets
Name | name
Type | | | @type
Data | | | @data
Age

namespaces
Name | name
Status | | | The status of the namespace
Age

resourcequotas
Name | name
Request | | | Request represents a minimum amount of cpu/memory that a container may consume.
Limit | | | Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.
Age

componentstatuses
Name | name
Status | | | Status of the component conditions
Message | | | Message of the component conditions
Error | | | Error of the component conditions

events
Last Seen | | | @lastTimestamp
Type | | | @type
Reason | | | @reason
Object | | | @involvedObject
Subobject | | 1 | @involvedObject.fieldPath
Source | | 1 | @source
Message | | | @message
First Seen | | 1 | @firstTimestamp
Count | | 1 | @count
Name | name | 1

events.events.k8s.io
Last Seen | | | @deprecatedLastTimestamp
Type | | | @type
Reason | | | @reason
Object | | | @regarding
Subobject | | 1 | @regarding.fieldPath
Source | | 1 | @deprecatedSource
Message | | | @note
First Seen | | 1 | @deprecatedFirstTimestamp
Count | | 1 | @deprecatedCount
Name | name | 1

leases.coordination.k8s.io
Name | name
Holder | | | @spec.holderIdentity
Age

priorityclasses.scheduling.k8s.io
Name | name
Value | integer | | @value
Global-Default | boolean | | @globalDefault
Age
PreemptionPolicy | | | @preemptionPolicy

runtimeclasses.node.k8s.io
Name | name
Handler | | | @-
Age

deviceclasses.resource.k8s.io
Name | name
Age

resourceclaims.resource.k8s.io
Name | name
State | | | A summary of the current state (allocated, pending, reserved, etc.).
Age

resourceclaimtemplates.resource.k8s.io
Name | name
Age

resourceslices.resource.k8s.io
Name | name
Node | | | @spec.nodeName
Driver | | | @spec.driver
Pool | | | @spec.pool.name
Age

apiservices.apiregistration.k8s.io
Name | name
Service | | | The reference to the service that hosts this API endpoint.
Available | | | Whether this service is available.
Age
"""


def _config_map(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), len(obj.get("data") or ()) + len(obj.get("binaryData") or ()), age_of(obj, now)


def _secret(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), obj.get("type") or "", len(obj.get("data") or ()), age_of(obj, now)


def _namespace(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), status_of(obj).get("phase") or "", age_of(obj, now)


def _quota(obj: Object, now: datetime) -> Sequence[Any]:
    hard, used = status_of(obj).get("hard") or {}, status_of(obj).get("used") or {}
    texts = {name: f"{name}: {quantity(used.get(name))}/{quantity(limit)}" for name, limit in sorted(hard.items())}
    limits = [text for name, text in texts.items() if name.startswith("limits.")]
    requests = [text for name, text in texts.items() if not name.startswith("limits.")]
    return name_of(obj), ", ".join(requests), ", ".join(limits), age_of(obj, now)


def _component(obj: Object, now: datetime) -> Sequence[Any]:
    healthy = condition({"status": {"conditions": obj.get("conditions")}}, "Healthy")
    if healthy is None:
        return name_of(obj), "Unknown", "", ""
    shown = "Healthy" if healthy.get("status") == "True" else "Unhealthy"
    return name_of(obj), shown, healthy.get("message") or "", healthy.get("error") or ""


def _event(obj: Object, now: datetime) -> Sequence[Any]:
    """Of both groups: events.k8s.io calls the same things by other names."""
    about = obj.get("involvedObject") or obj.get("regarding") or {}
    first, last, count = _occurrences(obj)
    name = about.get("name")
    target = str(about.get("kind") or "").lower() + (f"/{name}" if name else "")
    message = str(obj.get("message") or obj.get("note") or "").strip()
    head = (age(last, now), obj.get("type") or "", obj.get("reason") or "", target, about.get("fieldPath") or "")
    return *head, _source(obj), message, age(first, now), count, name_of(obj)


def _occurrences(obj: Object) -> tuple[Any, Any, int]:
    first = obj.get("firstTimestamp") or obj.get("deprecatedFirstTimestamp") or obj.get("eventTime")
    last = obj.get("lastTimestamp") or obj.get("deprecatedLastTimestamp") or first
    series = obj.get("series")
    if series:
        return first, series.get("lastObservedTime"), int(series.get("count") or 0)
    return first, last, int(obj.get("count") or obj.get("deprecatedCount") or 1)


def _source(obj: Object) -> str:
    source = obj.get("source") or obj.get("deprecatedSource") or {}
    component = source.get("component") or obj.get("reportingComponent") or obj.get("reportingController") or ""
    host = source.get("host") or obj.get("reportingInstance") or ""
    return f"{component}, {host}" if host else component


def _lease(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), spec_of(obj).get("holderIdentity") or "", age_of(obj, now)


def _priority_class(obj: Object, now: datetime) -> Sequence[Any]:
    policy = obj.get("preemptionPolicy") or "PreemptLowerPriority"
    return name_of(obj), obj.get("value", 0), bool(obj.get("globalDefault")), age_of(obj, now), policy


def _runtime_class(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), obj.get("handler") or "", age_of(obj, now)


def _plain(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), age_of(obj, now)


def _resource_claim(obj: Object, now: datetime) -> Sequence[Any]:
    status = status_of(obj)
    states = ["deleted"] if is_deleting(obj) else []
    if status.get("allocation") is None:
        states += [] if states else ["pending"]
    else:
        states += ["allocated", *(["reserved"] if status.get("reservedFor") else [])]
    return name_of(obj), ",".join(states), age_of(obj, now)


def _resource_slice(obj: Object, now: datetime) -> Sequence[Any]:
    spec = spec_of(obj)
    where = (spec.get("nodeName") or "<none>", spec.get("driver") or "", (spec.get("pool") or {}).get("name") or "")
    return name_of(obj), *where, age_of(obj, now)


def _api_service(obj: Object, now: datetime) -> Sequence[Any]:
    service, available = spec_of(obj).get("service"), condition(obj, "Available")
    shown = f"{service.get('namespace', '')}/{service.get('name', '')}" if service else "Local"
    state = "Unknown" if available is None else str(available.get("status") or "")
    if available is not None and state != "True" and available.get("reason"):
        state += f" ({available['reason']})"
    return name_of(obj), shown, state, age_of(obj, now)


CELLS: Mapping[str, Cells] = {
    "configmaps": _config_map,
    "secrets": _secret,
    "namespaces": _namespace,
    "resourcequotas": _quota,
    "componentstatuses": _component,
    "events": _event,
    "events.events.k8s.io": _event,
    "leases.coordination.k8s.io": _lease,
    "priorityclasses.scheduling.k8s.io": _priority_class,
    "runtimeclasses.node.k8s.io": _runtime_class,
    "deviceclasses.resource.k8s.io": _plain,
    "resourceclaims.resource.k8s.io": _resource_claim,
    "resourceclaimtemplates.resource.k8s.io": _plain,
    "resourceslices.resource.k8s.io": _resource_slice,
    "apiservices.apiregistration.k8s.io": _api_service,
}
