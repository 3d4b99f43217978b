"""ResourceQuotas: what a namespace uses, counted from what is there.

Source: k8s.io/kubernetes pkg/controller/resourcequota.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from stackwright.api import quotas
from stackwright.api.meta import Object, Resource, namespace_of
from stackwright.client.informer import Change
from stackwright.cluster.context import Context, Key, key_of, spec_of, status_of, synced
from stackwright.cluster.inventory import Inventory
from stackwright.kernel.quantity import added, canonical, parse
from stackwright.runtime.controller import Controller

RESOURCE_QUOTAS = Resource("", "v1", "resourcequotas", "ResourceQuota", True)
_SETTLE_SECONDS = 0.1


def used(quota: Object, content: Mapping[str, Iterable[Object]]) -> dict[str, str]:
    """What the quota's resources add up to. Pure. Shape: `content` by qualified resource."""
    hard = spec_of(quota).get("hard") or {}
    total: dict[str, str] = {}
    for resource, objects in content.items():
        names = quotas.matching(resource, hard)
        total |= {name: total.get(name, "0") for name in names}
        for obj in objects if names else ():
            if quotas.in_scope(quota, resource, obj):
                usage = quotas.usage_of(resource, obj)
                total |= {name: added(total[name], usage[name]) for name in names if name in usage}
    return {name: canonical(amount) for name, amount in total.items()}


def status(quota: Object, usage: Mapping[str, str]) -> dict[str, Any]:
    """The status that the usage gives."""
    hard = spec_of(quota).get("hard") or {}
    return {"hard": dict(hard), "used": {name: usage.get(name, "0") for name in hard}} if hard else {}


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Equal amounts, however they are spelt."""

    def amounts(status: Mapping[str, Any]) -> dict[str, dict[str, Decimal]]:
        return {field: {name: parse(text) for name, text in (status.get(field) or {}).items()} for field in ("hard", "used")}

    return amounts(one) == amounts(other)


class QuotaController:
    """Counts anew when something that a quota may count comes, goes or changes."""

    def __init__(self, context: Context, inventory: Inventory) -> None:
        self._context = context
        self._inventory = inventory
        self._quotas = context.informers.informer(RESOURCE_QUOTAS)
        self._controller: Controller[Key] = Controller("resourcequota-controller", self.reconcile)
        self._quotas.listen(lambda change, quota, previous: self._controller.enqueue(key_of(quota)))
        inventory.listen(self._content_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._inventory.wait_ready()
        await synced(self._quotas)
        await self._controller.run()

    def _content_changed(self, resource: Resource, change: Change, obj: Object, previous: Object | None) -> None:
        if not namespace_of(obj) or not self._quotas.in_namespace(namespace_of(obj)):
            return
        name = resource.qualified
        if change == "modified" and previous is not None and quotas.usage_of(name, obj) == quotas.usage_of(name, previous):
            return
        for quota in self._quotas.in_namespace(namespace_of(obj)):
            self._controller.queue.add_after(key_of(quota), _SETTLE_SECONDS)

    async def reconcile(self, key: Key) -> float | None:
        """One pass over one quota."""
        quota = self._quotas.get(key[1], key[0])
        if quota is None:
            return None
        resources = [each for each in self._inventory.namespaced() if quotas.matching(each.qualified, spec_of(quota).get("hard") or {})]
        content = {each.qualified: self._inventory.informer_of(each).in_namespace(key[0]) for each in resources}
        wanted = status(quota, used(quota, content))
        if not same(status_of(quota), wanted):
            await self._context.write_status(RESOURCE_QUOTAS, quota, wanted)
        return None
