"""The embedded cluster's own programs, joined: what `kube-controller-manager`, `kube-scheduler` and a kubelet are elsewhere."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stackwright.client.informer import InformerSet
from stackwright.client.kube import KubeClient
from stackwright.cluster.bootstrap import Endpoint, ensure, ensure_range
from stackwright.cluster.context import Component, Context
from stackwright.cluster.endpoints.mirroring import MirroringController
from stackwright.cluster.endpoints.reconciler import EndpointsController
from stackwright.cluster.events import Recorder
from stackwright.cluster.inventory import Inventory
from stackwright.cluster.network.addresses import ServiceAddresses
from stackwright.cluster.node.drivers import BUILTIN_NODE, SIMULATED_NODE, Drivers
from stackwright.cluster.node.health import ServiceHealth
from stackwright.cluster.node.kubelet import Kubelet
from stackwright.cluster.node.node import NodeProfile
from stackwright.cluster.nodes.lifecycle import NodeLifecycle
from stackwright.cluster.operators import SimulatedOperators
from stackwright.cluster.scaling.reconciler import AutoscalerController
from stackwright.cluster.scheduler.reconciler import Scheduler
from stackwright.cluster.storage.ephemeral import EphemeralVolumes
from stackwright.cluster.storage.protection import StorageProtection
from stackwright.cluster.storage.reconciler import VolumeBinder
from stackwright.cluster.upkeep.accounts import NamespaceFurniture
from stackwright.cluster.upkeep.budgets import BudgetController
from stackwright.cluster.upkeep.event_expiry import EventExpiry
from stackwright.cluster.upkeep.garbage import GarbageCollector
from stackwright.cluster.upkeep.load_balancers import LoadBalancerController
from stackwright.cluster.upkeep.namespaces import NamespaceController
from stackwright.cluster.upkeep.quotas import QuotaController
from stackwright.cluster.workloads.cronjob.reconciler import CronJobController
from stackwright.cluster.workloads.daemonset.reconciler import DaemonSetController
from stackwright.cluster.workloads.deployment.reconciler import DeploymentController
from stackwright.cluster.workloads.job.reconciler import JobController
from stackwright.cluster.workloads.replicaset import REPLICA_SET, REPLICATION_CONTROLLER, ReplicaController
from stackwright.cluster.workloads.statefulset.reconciler import StatefulSetController
from stackwright.kernel.clock import Clock, rfc3339

_MANAGER, _SCHEDULER, _KUBELET, _API_SERVER = "kube-controller-manager", "kube-scheduler", "kubelet", "kube-apiserver"


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """What runs.

    Shape: `services` names our own services that are there for the builtin driver, `health` says which are up (all, without it);
    `root_certificate` is PEM;
    `load_balancers` is the address of Services of that type, empty for none; `operators` plays the part of well-known ones.
    """

    controllers: bool = True
    node: bool = True
    endpoint: Endpoint = field(default_factory=Endpoint)
    services: frozenset[str] = frozenset()
    health: ServiceHealth | None = None
    root_certificate: Callable[[], str] = lambda: ""
    load_balancers: str = ""
    operators: bool = False


class Cluster:
    """One cluster's controllers, scheduler and nodes. Without controllers only what the API server itself makes is there."""

    def __init__(self, client: KubeClient, informers: InformerSet, clock: Clock, options: ClusterOptions | None = None) -> None:
        self._client = client
        self._informers = informers
        self._clock = clock
        self._options = options or ClusterOptions()

    async def run(self) -> None:
        """Ends only by cancellation."""
        client = self._client.named(_MANAGER)
        await ensure(client, self._options.endpoint, storage=self._options.controllers and self._options.node)
        await ensure_range(client.named(_API_SERVER), self._options.endpoint.service_range, rfc3339(self._clock.now()))
        recorder = Recorder(client, self._clock)
        context = Context(client, self._informers, self._clock, recorder)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.run(), name="events")
            for component in self._components(context):
                tasks.create_task(component.run(), name=type(component).__name__)
            await asyncio.Event().wait()

    def _components(self, context: Context) -> Sequence[Component]:
        found: list[Component] = [ServiceAddresses(_named(context, _API_SERVER))]
        if self._options.controllers:
            found += controllers(context, self._options)
        if self._options.node:
            found += nodes(context, self._options)
        return found


def controllers(context: Context, options: ClusterOptions) -> list[Component]:
    """What kube-controller-manager runs."""
    inventory, drivers = Inventory(context), Drivers(options.services)
    found: list[Component] = [
        NamespaceFurniture(context, options.root_certificate),
        DeploymentController(context),
        ReplicaController(context, REPLICA_SET),
        ReplicaController(context, REPLICATION_CONTROLLER),
        StatefulSetController(context),
        DaemonSetController(context, lambda pod, node: drivers.refusal(pod, node) is None),
        JobController(context),
        CronJobController(context),
        EndpointsController(context),
        MirroringController(context),
        VolumeBinder(context, provisions=options.node),
        StorageProtection(context),
        EphemeralVolumes(context),
        AutoscalerController(context, inventory),
        NodeLifecycle(context),
        BudgetController(context, inventory),
        QuotaController(context, inventory),
        NamespaceController(context, inventory),
        GarbageCollector(context, inventory),
        EventExpiry(context),
        inventory,
    ]
    if options.load_balancers:
        found.append(LoadBalancerController(context, options.load_balancers))
    return found


def nodes(context: Context, options: ClusterOptions) -> list[Component]:
    """The scheduler, the simulated node, and a node for our own services when there are any."""
    drivers, kubelet = Drivers(options.services), _named(context, _KUBELET)
    health = options.health or ServiceHealth(options.services)
    found: list[Component] = [
        Scheduler(_named(context, _SCHEDULER), drivers),
        Kubelet(kubelet, NodeProfile(SIMULATED_NODE, "simulated"), drivers, health),
    ]
    if options.operators:
        found.append(SimulatedOperators(_named(context, "simulated-operators")))
    if options.services:
        found.append(Kubelet(kubelet, NodeProfile(BUILTIN_NODE, "builtin", pod_cidr="10.245.0.0/24"), drivers, health))
    return found


def _named(context: Context, manager: str) -> Context:
    return Context(context.client.named(manager), context.informers, context.clock, context.events)
