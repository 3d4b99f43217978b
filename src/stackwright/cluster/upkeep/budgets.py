"""PodDisruptionBudgets: how many of their pods may go.

Source: k8s.io/kubernetes pkg/controller/disruption.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stackwright.api.meta import Object, controller_of, is_deleting, labels_of, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.selectors import from_object
from stackwright.client.informer import Change
from stackwright.client.kinds import POD_DISRUPTION_BUDGETS, PODS
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.amounts import scaled
from stackwright.cluster.context import Context, Key, enqueue_each, key_of, spec_of, status_of, synced
from stackwright.cluster.inventory import Inventory
from stackwright.kernel.clock import parse_rfc3339, rfc3339
from stackwright.runtime.conditions import with_condition
from stackwright.runtime.controller import Controller

_GIVEN_UP = timedelta(minutes=2)
_SETTLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Needs:
    """Shape: `expected` pods there should be, `desired` of them must stay healthy."""

    expected: int
    desired: int


def needs(budget: Object, pods: int, scale: int) -> Needs:
    """`scale` is what the pods' controllers ask for together. Pure."""
    spec = spec_of(budget)
    if spec.get("maxUnavailable") is not None:
        return Needs(scale, max(0, scale - scaled(spec["maxUnavailable"], scale, up=True)))
    least = spec.get("minAvailable", 1)
    return Needs(pods, least) if isinstance(least, int) else Needs(scale, scaled(least, scale, up=True))


def disrupted(budget: Object, pods: Sequence[Object], now: datetime) -> dict[str, str]:
    """Evictions that were granted and are still to come; after two minutes nobody waits for them."""
    alive = {name_of(pod) for pod in pods if not is_deleting(pod)}
    known: Mapping[str, str] = status_of(budget).get("disruptedPods") or {}
    return {name: since for name, since in known.items() if name in alive and parse_rfc3339(since) + _GIVEN_UP > now}


def status(budget: Object, pods: Sequence[Object], needed: Needs, now: datetime) -> dict[str, Any]:
    """The status that the pods give. Pure."""
    leaving = disrupted(budget, pods, now)
    healthy = sum(pod_facts.is_ready(pod) and not is_deleting(pod) and name_of(pod) not in leaving for pod in pods)
    allowed = max(0, healthy - needed.desired) if needed.expected > 0 else 0
    generation = int(metadata_of(budget).get("generation") or 0)
    reason = ("True", "SufficientPods") if allowed else ("False", "InsufficientPods")
    conditions = with_condition(
        status_of(budget).get("conditions"), "DisruptionAllowed", *reason, "", rfc3339(now), observedGeneration=generation
    )
    return {
        "observedGeneration": generation,
        **({"disruptedPods": leaving} if leaving else {}),
        "disruptionsAllowed": allowed,
        "currentHealthy": healthy,
        "desiredHealthy": needed.desired,
        "expectedPods": needed.expected,
        "conditions": conditions,
    }


class BudgetController:
    """Keeps the status of every budget."""

    def __init__(self, context: Context, inventory: Inventory) -> None:
        self._context = context
        self._inventory = inventory
        self._budgets = context.informers.informer(POD_DISRUPTION_BUDGETS)
        self._pods = context.informers.informer(PODS)
        self._controller: Controller[Key] = Controller("controllermanager", self.reconcile)
        enqueue_each(self._budgets, self._controller)
        self._pods.listen(self._pod_changed)
        inventory.listen(self._scale_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._inventory.wait_ready()
        await synced(self._budgets, self._pods)
        await self._controller.run()

    def _pod_changed(self, change: Change, pod: Object, previous: Object | None) -> None:
        for budget in self._budgets.in_namespace(namespace_of(pod)):
            selector = from_object(spec_of(budget).get("selector"))
            if selector is not None and any(selector.matches(labels_of(each)) for each in (pod, previous) if each is not None):
                self._controller.queue.add_after(key_of(budget), _SETTLE_SECONDS)

    def _scale_changed(self, resource: object, change: Change, obj: Object, previous: Object | None) -> None:
        if change != "modified" or previous is None or not namespace_of(obj):
            return
        if spec_of(obj).get("replicas") != spec_of(previous).get("replicas"):
            for budget in self._budgets.in_namespace(namespace_of(obj)):
                self._controller.queue.add_after(key_of(budget), _SETTLE_SECONDS)

    async def reconcile(self, key: Key) -> float | None:
        """One pass over one budget."""
        budget = self._budgets.get(key[1], key[0])
        if budget is None:
            return None
        selector = from_object(spec_of(budget).get("selector"))
        found = [pod for pod in self._pods.in_namespace(key[0]) if selector is not None and selector.matches(labels_of(pod))]
        if not found:
            self._context.events.tell(budget, "Normal", "NoPods", "No matching pods found", "controllermanager")
        now = self._context.now()
        new = status(budget, found, needs(budget, len(found), self._scale(found)), now)
        await self._context.write_status(POD_DISRUPTION_BUDGETS, budget, new)
        return (_GIVEN_UP.total_seconds() + 1) if new.get("disruptedPods") else None

    def _scale(self, pods: Sequence[Object]) -> int:
        """What the controllers of the pods ask for; a pod of nobody's counts for itself."""
        asked: dict[str, int] = {}
        for pod in pods:
            top = self._top(pod)
            asked[uid_of(top)] = int(spec_of(top).get("replicas", 1)) if top is not pod else 1
        return sum(asked.values())

    def _top(self, obj: Object) -> Object:
        """The outermost controller that has a number of replicas."""
        owner = controller_of(obj)
        if owner is None:
            return obj
        resource = self._inventory.resource_of(str(owner.get("apiVersion", "")).rpartition("/")[0], str(owner.get("kind")))
        found = self._inventory.informer_of(resource).get(str(owner.get("name")), namespace_of(obj)) if resource else None
        if found is None or uid_of(found) != owner.get("uid") or "replicas" not in spec_of(found):
            return obj
        return self._top(found)
