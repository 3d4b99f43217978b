"""Tables of what makes pods."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, controller_of, is_deleting, name_of
from stackwright.apiserver.builtin.cells import NONE, Cells, age_of, containers, holds, labels, quantity, selector, spec_of, status_of
from stackwright.apiserver.builtin.elapsed import age, between

TABLES = """
replicationcontrollers
Name | name
Desired | integer | | @spec.replicas
Current | integer | | @status.replicas
Ready | integer | | @status.readyReplicas
Age
Containers | | 1 | Names of each container in the template.
Images | | 1 | Images referenced by each container in the template.
Selector | | 1 | @spec.selector

replicasets.apps
Name | name
Desired | integer | | @spec.replicas
Current | integer | | @status.replicas
Ready | integer | | @status.readyReplicas
Age
Containers | | 1 | Names of each container in the template.
Images | | 1 | Images referenced by each container in the template.
Selector | | 1 | @spec.selector

deployments.apps
Name | name
Ready | | | Number of the pod with ready state
Up-to-date | | | @status.updatedReplicas
Available | | | @status.availableReplicas
Age
Containers | | 1 | Names of each container in the template.
Images | | 1 | Images referenced by each container in the template.
Selector | | 1 | @spec.selector

statefulsets.apps
Name | name
Ready | | | Number of the pod with ready state
Age
Containers | | 1 | Names of each container in the template.
Images | | 1 | Images referenced by each container in the template.

daemonsets.apps
Name | name
Desired | integer | | @status.desiredNumberScheduled
Current | integer | | @status.currentNumberScheduled
Ready | integer | | @status.numberReady
Up-to-date | integer | | @status.updatedNumberScheduled
Available | integer | | @status.numberAvailable
Node Selector | | | @spec.template.spec.nodeSelector
Age
Containers | | 1 | Names of each container in the template.
Images | | 1 | Images referenced by each container in the template.
Selector | | 1 | @spec.selector

jobs.batch
Name | name
Status | | | Status of the job.
Completions | | | @status.succeeded
Duration | | | Time required to complete the job.
Age
Containers | | 1 | Names of each container in the template.
Images | | 1 | Images referenced by each container in the template.
Selector | | 1 | @spec.selector

cronjobs.batch
Name | name
Schedule | | | @spec.schedule
Timezone | | | @spec.timeZone
Suspend | boolean | | @spec.suspend
Active | integer | | @status.active
Last Schedule | | | @status.lastScheduleTime
Age
Containers | | 1 | Names of each container in the template.
Images | | 1 | Images referenced by each container in the template.
Selector | | 1 | @JobSpec.selector

controllerrevisions.apps
Name | name
Controller | | | Controller of the object
Revision | | | @revision
Age

horizontalpodautoscalers.autoscaling
Name | name
Reference | | | @spec.scaleTargetRef
Targets | | | @spec.metrics
MinPods | | | @spec.minReplicas
MaxPods | | | @spec.maxReplicas
Replicas | | | @status.currentReplicas
Age

poddisruptionbudgets.policy
Name | name
Min Available | | | The minimum number of pods that must be available.
Max Unavailable | | | The maximum number of pods that may be unavailable.
Allowed Disruptions | integer | | Calculated number of pods that may be disrupted at this time.
Age
"""

_METRICS_SHOWN = 2


def _count(status: Mapping[str, Any], field: str) -> int:
    return int(status.get(field) or 0)


def _template(obj: Object) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (spec_of(obj).get("template") or {}).get("spec") or {}
    return found


def _replicas(obj: Object, now: datetime) -> Sequence[Any]:
    status = status_of(obj)
    counts = (_count(spec_of(obj), "replicas"), _count(status, "replicas"), _count(status, "readyReplicas"))
    return name_of(obj), *counts, age_of(obj, now), *containers(_template(obj))


def _replication_controller(obj: Object, now: datetime) -> Sequence[Any]:
    return *_replicas(obj, now), labels(spec_of(obj).get("selector"))


def _replica_set(obj: Object, now: datetime) -> Sequence[Any]:
    return *_replicas(obj, now), selector(spec_of(obj).get("selector"))


def _ready(obj: Object) -> str:
    return f"{_count(status_of(obj), 'readyReplicas')}/{_count(spec_of(obj), 'replicas')}"


def _deployment(obj: Object, now: datetime) -> Sequence[Any]:
    status = status_of(obj)
    counts = (_count(status, "updatedReplicas"), _count(status, "availableReplicas"))
    return name_of(obj), _ready(obj), *counts, age_of(obj, now), *containers(_template(obj)), selector(spec_of(obj).get("selector"))


def _stateful_set(obj: Object, now: datetime) -> Sequence[Any]:
    return name_of(obj), _ready(obj), age_of(obj, now), *containers(_template(obj))


def _daemon_set(obj: Object, now: datetime) -> Sequence[Any]:
    status, pods = status_of(obj), _template(obj)
    fields = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable")
    counts = [_count(status, field) for field in fields]
    wide = (*containers(pods), selector(spec_of(obj).get("selector")))
    return name_of(obj), *counts, labels(pods.get("nodeSelector")), age_of(obj, now), *wide


def _job(obj: Object, now: datetime) -> Sequence[Any]:
    spec, status = spec_of(obj), status_of(obj)
    done, wanted, parallel = _count(status, "succeeded"), spec.get("completions"), _count(spec, "parallelism")
    completions = f"{done}/{wanted}" if wanted is not None else f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"
    started, ended = status.get("startTime"), status.get("completionTime")
    duration = "" if not started else between(started, ended) if ended else age(started, now)
    wide = (*containers(_template(obj)), selector(spec.get("selector")))
    return name_of(obj), _job_status(obj), completions, duration, age_of(obj, now), *wide


def _job_status(obj: Object) -> str:
    for type, shown in (("Complete", "Complete"), ("Failed", "Failed")):
        if holds(obj, type):
            return shown
    if is_deleting(obj):
        return "Terminating"
    return next((type for type in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if holds(obj, type)), "Running")


def _cron_job(obj: Object, now: datetime) -> Sequence[Any]:
    spec, status = spec_of(obj), status_of(obj)
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    last = age(status["lastScheduleTime"], now) if status.get("lastScheduleTime") else NONE
    suspended = NONE if spec.get("suspend") is None else str(bool(spec["suspend"]))
    head = (name_of(obj), spec.get("schedule") or "", spec.get("timeZone") or NONE, suspended, len(status.get("active") or ()))
    return *head, last, age_of(obj, now), *containers((job.get("template") or {}).get("spec") or {}), selector(job.get("selector"))


def _controller_revision(obj: Object, now: datetime) -> Sequence[Any]:
    owner = controller_of(obj)
    shown = NONE
    if owner is not None:
        group = str(owner.get("apiVersion") or "").rpartition("/")[0]
        shown = f"{str(owner['kind']).lower()}{'.' + group if group else ''}/{owner['name']}"
    return name_of(obj), shown, obj.get("revision", 0), age_of(obj, now)


def _autoscaler(obj: Object, now: datetime) -> Sequence[Any]:
    spec, status = spec_of(obj), status_of(obj)
    target = spec.get("scaleTargetRef") or {}
    least = "<unset>" if spec.get("minReplicas") is None else str(spec["minReplicas"])
    counts = (least, spec.get("maxReplicas", 0), _count(status, "currentReplicas"))
    return name_of(obj), f"{target.get('kind', '')}/{target.get('name', '')}", _targets(spec, status), *counts, age_of(obj, now)


def _targets(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    wanted, current = _metrics(spec, status)
    if not wanted:
        return NONE
    texts = [_target(metric, current[index] if index < len(current) else {}) for index, metric in enumerate(wanted)]
    more = len(texts) - _METRICS_SHOWN
    return ", ".join(texts[:_METRICS_SHOWN]) + (f" + {more} more..." if more > 0 else "")


def _metrics(spec: Mapping[str, Any], status: Mapping[str, Any]) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
    """As v2 has them; v1 knows the utilisation of the CPU only."""
    if "targetCPUUtilizationPercentage" not in spec:
        return spec.get("metrics") or (), status.get("currentMetrics") or ()
    wanted = {"name": "cpu", "target": {"averageUtilization": spec["targetCPUUtilizationPercentage"]}}
    used = status.get("currentCPUUtilizationPercentage")
    current = {} if used is None else {"type": "Resource", "resource": {"current": {"averageUtilization": used}}}
    return [{"type": "Resource", "resource": wanted}], [current]


def _target(metric: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    type = str(metric.get("type") or "")
    field = type[:1].lower() + type[1:]
    if field not in ("external", "pods", "object", "resource", "containerResource"):
        return "<unknown type>"
    asked, found = metric.get(field) or {}, (status.get(field) or {}).get("current") or {}
    target, prefix = asked.get("target") or {}, f"{asked.get('name', '')}: " if "esource" in field else ""
    if target.get("averageValue") is not None:
        suffix = " (avg)" if field in ("external", "object") else ""
        return f"{prefix}{_amount(found.get('averageValue'))}/{quantity(target['averageValue'])}{suffix}"
    if not prefix:
        return f"{_amount(found.get('value'))}/{quantity(target.get('value'))}"
    used, wanted = found.get("averageUtilization"), target.get("averageUtilization")
    return f"{prefix}{'<unknown>' if used is None else f'{used}%'}/{'<auto>' if wanted is None else f'{wanted}%'}"


def _amount(value: Any) -> str:
    return "<unknown>" if value is None else quantity(value)


def _disruption_budget(obj: Object, now: datetime) -> Sequence[Any]:
    given = [spec_of(obj).get(field) for field in ("minAvailable", "maxUnavailable")]
    limits = ["N/A" if limit is None else str(limit) for limit in given]
    return name_of(obj), *limits, _count(status_of(obj), "disruptionsAllowed"), age_of(obj, now)


CELLS: Mapping[str, Cells] = {
    "replicationcontrollers": _replication_controller,
    "replicasets.apps": _replica_set,
    "deployments.apps": _deployment,
    "statefulsets.apps": _stateful_set,
    "daemonsets.apps": _daemon_set,
    "jobs.batch": _job,
    "cronjobs.batch": _cron_job,
    "controllerrevisions.apps": _controller_revision,
    "horizontalpodautoscalers.autoscaling": _autoscaler,
    "poddisruptionbudgets.policy": _disruption_budget,
}
