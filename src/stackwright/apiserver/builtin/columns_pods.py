"""Tables of pods and nodes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, is_deleting, labels_of, name_of
from stackwright.apiserver.builtin.cells import NONE, Cells, age_of, condition, containers, holds, labels, spec_of, status_of
from stackwright.apiserver.builtin.elapsed import age

TABLES = """
pods
Name | name
Ready | | | The aggregate readiness state of this pod for accepting traffic.
Status | | | The aggregate status of the containers in this pod.
Restarts | | | The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.
Age
IP | | 1 | @status.podIP
Node | | 1 | @spec.nodeName
Nominated Node | | 1 | @status.nominatedNodeName
Readiness Gates | | 1 | @spec.readinessGates

podtemplates
Name | name
Containers | | | Names of each container in the template.
Images | | | Images referenced by each container in the template.
Pod Labels | | | The labels for the pod template.

nodes
Name | name
Status | | | The status of the node
Roles | | | The roles of the node
Age
Version | | | @status.nodeInfo.kubeletVersion
Internal-IP | | 1 | @status.addresses
External-IP | | 1 | @status.addresses
OS-Image | | 1 | @status.nodeInfo.osImage
Kernel-Version | | 1 | @status.nodeInfo.kernelVersion
Container-Runtime | | 1 | @status.nodeInfo.containerRuntimeVersion
"""

_ROLE_PREFIX, _ROLE = "node-role.kubernetes.io/", "kubernetes.io/role"


def _pod(obj: Object, now: datetime) -> Sequence[Any]:
    spec, status = spec_of(obj), status_of(obj)
    reading = _Reading(spec, status)
    restarts = str(reading.restarts)
    if reading.restarts and reading.last_restart:
        restarts += f" ({age(reading.last_restart, now)} ago)"
    ready = f"{reading.ready}/{len(spec.get('containers') or ()) + len(reading.sidecars)}"
    return name_of(obj), ready, _pod_status(obj, reading), restarts, age_of(obj, now), *_placement(spec, status)


def _placement(spec: Mapping[str, Any], status: Mapping[str, Any]) -> tuple[str, str, str, str]:
    addresses = [str(each.get("ip") or "") for each in status.get("podIPs") or ()]
    address = addresses[0] if addresses else status.get("podIP")
    gates = spec.get("readinessGates") or ()
    passed = sum(holds({"status": status}, gate.get("conditionType", "")) for gate in gates)
    nominated = status.get("nominatedNodeName")
    return address or NONE, spec.get("nodeName") or NONE, nominated or NONE, f"{passed}/{len(gates)}" if gates else NONE


def _pod_status(obj: Object, reading: "_Reading") -> str:
    if not is_deleting(obj):
        return reading.reason
    if status_of(obj).get("reason") == "NodeLost":
        return "Unknown"
    return reading.reason if status_of(obj).get("phase") in ("Succeeded", "Failed") else "Terminating"


class _Reading:
    """What the statuses of a pod's containers add up to."""

    def __init__(self, spec: Mapping[str, Any], status: Mapping[str, Any]) -> None:
        self._inits = spec.get("initContainers") or ()
        self.sidecars = {each.get("name") for each in self._inits if each.get("restartPolicy") == "Always"}
        self.ready = self.restarts = 0
        self.last_restart = ""
        self.reason = str(status.get("reason") or _phase(status))
        starting = self._initial(status.get("initContainerStatuses") or ())
        if not starting or holds({"status": status}, "Initialized"):
            self._main(status)

    def _initial(self, statuses: Sequence[Mapping[str, Any]]) -> bool:
        """Whether an init container still has to end; it gives the reason then."""
        for index, each in enumerate(statuses):
            self._count(each)
            ended = (each.get("state") or {}).get("terminated")
            if ended is not None and not ended.get("exitCode"):
                continue
            if each.get("name") in self.sidecars and each.get("started"):
                self.ready += bool(each.get("ready"))
                continue
            self.reason = "Init:" + (_init_reason(each) or f"{index}/{len(self._inits)}")
            return True
        return False

    def _main(self, status: Mapping[str, Any]) -> None:
        statuses = status.get("containerStatuses") or ()
        self.restarts, self.last_restart = 0, ""
        for each in status.get("initContainerStatuses") or ():
            if each.get("name") in self.sidecars:
                self._count(each)
        running = False
        for each in reversed(statuses):
            self._count(each)
            reason = _reason(each)
            if reason:
                self.reason = reason
            elif each.get("ready") and "running" in (each.get("state") or {}):
                running = True
                self.ready += 1
        if self.reason == "Completed" and running:
            self.reason = "Running" if holds({"status": status}, "Ready") else "NotReady"

    def _count(self, container: Mapping[str, Any]) -> None:
        self.restarts += int(container.get("restartCount") or 0)
        finished = ((container.get("lastState") or {}).get("terminated") or {}).get("finishedAt") or ""
        self.last_restart = max(self.last_restart, finished)


def _phase(status: Mapping[str, Any]) -> str:
    scheduled = condition({"status": status}, "PodScheduled")
    gated = scheduled is not None and scheduled.get("reason") == "SchedulingGated"
    return "SchedulingGated" if gated else str(status.get("phase") or "")


def _init_reason(container: Mapping[str, Any]) -> str:
    waiting = (container.get("state") or {}).get("waiting")
    if waiting is not None and waiting.get("reason") == "PodInitializing":
        return ""
    return _reason(container)


def _reason(container: Mapping[str, Any]) -> str:
    """Why a container does not run; empty when it does, or gives no reason."""
    state = container.get("state") or {}
    if (state.get("waiting") or {}).get("reason"):
        return str(state["waiting"]["reason"])
    ended = state.get("terminated")
    if ended is None:
        return ""
    if ended.get("reason"):
        return str(ended["reason"])
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"


def _pod_template(obj: Object, now: datetime) -> Sequence[Any]:
    template = obj.get("template") or {}
    return name_of(obj), *containers(template.get("spec") or {}), labels(labels_of(template))


def _node(obj: Object, now: datetime) -> Sequence[Any]:
    info = status_of(obj).get("nodeInfo") or {}
    version = (info.get("osImage") or "<unknown>", _kernel(info), info.get("containerRuntimeVersion") or "<unknown>")
    addresses = (_address(obj, "InternalIP"), _address(obj, "ExternalIP"))
    return name_of(obj), _node_status(obj), _roles(obj), age_of(obj, now), info.get("kubeletVersion") or "", *addresses, *version


def _kernel(info: Mapping[str, Any]) -> str:
    kernel, architecture = info.get("kernelVersion") or "<unknown>", info.get("architecture")
    return f"{kernel} ({architecture})" if architecture else kernel


def _node_status(obj: Object) -> str:
    ready = condition(obj, "Ready")
    found = "Unknown" if ready is None else "Ready" if ready.get("status") == "True" else "NotReady"
    return found + (",SchedulingDisabled" if spec_of(obj).get("unschedulable") else "")


def _roles(obj: Object) -> str:
    found = {key.removeprefix(_ROLE_PREFIX) for key in labels_of(obj) if key.startswith(_ROLE_PREFIX)} | {labels_of(obj).get(_ROLE, "")}
    return ",".join(sorted(filter(None, found))) or NONE


def _address(obj: Object, type: str) -> str:
    return next((each["address"] for each in status_of(obj).get("addresses") or () if each.get("type") == type), NONE)


CELLS: Mapping[str, Cells] = {"pods": _pod, "podtemplates": _pod_template, "nodes": _node}
