"""The Node objects of the drivers and their leases: what `kubectl get nodes` shows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object
from stackwright.cluster.node.drivers import DRIVER_LABEL, Driver
from stackwright.kernel.clock import rfc3339, rfc3339_micro

LEASE_NAMESPACE = "kube-node-lease"
LEASE_SECONDS = 3600
_HEALTHY = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


@dataclass(frozen=True, slots=True)
class NodeProfile:
    """One node of ours. Shape: `capacity` by resource name, as quantities."""

    name: str
    driver: Driver
    version: str = "v1.36.2"
    address: str = "127.0.0.1"
    pod_cidr: str = "10.244.0.0/16"
    capacity: Mapping[str, str] = field(
        default_factory=lambda: {"cpu": "256", "memory": "1Ti", "ephemeral-storage": "4Ti", "pods": "20000", "hugepages-2Mi": "0"}
    )


def node_object(profile: NodeProfile) -> dict[str, Any]:
    """The Node to create."""
    labels = {
        "kubernetes.io/hostname": profile.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": "amd64",
        DRIVER_LABEL: profile.driver,
    }
    labels |= {"node-role.kubernetes.io/control-plane": "", "ingress-ready": "true"} if profile.driver == "simulated" else {}
    spec: dict[str, Any] = {"podCIDR": profile.pod_cidr, "podCIDRs": [profile.pod_cidr]}
    if profile.driver == "builtin":
        spec["taints"] = [{"key": DRIVER_LABEL, "value": profile.driver, "effect": "PreferNoSchedule"}]
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": profile.name, "labels": labels}, "spec": spec}


def node_status(profile: NodeProfile, old: Object, now: datetime) -> dict[str, Any]:
    """The status of a healthy node. Transition times stay while nothing changed."""
    stamp = rfc3339(now)
    known = {each.get("type"): each for each in old.get("conditions") or ()}
    conditions = []
    for type, status, reason, message in _HEALTHY:
        before = known.get(type, {})
        same = before.get("status") == status
        conditions.append(
            {
                "type": type,
                "status": status,
                "lastHeartbeatTime": stamp,
                "lastTransitionTime": before["lastTransitionTime"] if same else stamp,
                "reason": reason,
                "message": message,
            }
        )
    return {
        "capacity": dict(profile.capacity),
        "allocatable": dict(profile.capacity),
        "conditions": conditions,
        "addresses": [{"type": "InternalIP", "address": profile.address}, {"type": "Hostname", "address": profile.name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
        "nodeInfo": {
            "machineID": profile.name,
            "systemUUID": profile.name,
            "bootID": profile.name,
            "kernelVersion": profile.driver,
            "osImage": f"Stackwright ({profile.driver} driver)",
            "containerRuntimeVersion": f"{profile.driver}://1",
            "kubeletVersion": profile.version,
            "kubeProxyVersion": "",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
    }


def lease_object(profile: NodeProfile, now: datetime) -> dict[str, Any]:
    """The node's sign of life; long, because it lives and dies with this process."""
    spec = {"holderIdentity": profile.name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": rfc3339_micro(now)}
    meta = {"name": profile.name, "namespace": LEASE_NAMESPACE}
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": spec}
