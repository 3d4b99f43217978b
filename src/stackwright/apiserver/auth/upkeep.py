"""Keeps the default roles and bindings up to date, and fills the roles that gather the rules of others.

Source: k8s.io/kubernetes pkg/registry/rbac/rest (PostStartHook) and pkg/controller/clusterroleaggregation.
"""

import asyncio

from stackwright.api.meta import Object, Resource, labels_of, name_of
from stackwright.api.status import StatusError
from stackwright.apiserver.auth.bootstrap import bootstrap_bindings, bootstrap_roles, reconciled
from stackwright.apiserver.auth.rbac import GROUP, aggregated_rules
from stackwright.client.informer import Change, InformerSet
from stackwright.client.kube import KubeClient
from stackwright.runtime.controller import Controller

CLUSTER_ROLES = Resource(GROUP, "v1", "clusterroles", "ClusterRole", False)
CLUSTER_ROLE_BINDINGS = Resource(GROUP, "v1", "clusterrolebindings", "ClusterRoleBinding", False)


async def ensure_defaults(client: KubeClient) -> None:
    """Creates what is missing, and gives back to defaults what they lost. All at once: the store writes them as one."""
    wanted = [(CLUSTER_ROLES, role) for role in bootstrap_roles()]
    wanted += [(CLUSTER_ROLE_BINDINGS, binding) for binding in bootstrap_bindings()]
    async with asyncio.TaskGroup() as tasks:
        for resource, obj in wanted:
            tasks.create_task(_ensure(client, resource, obj))


async def _ensure(client: KubeClient, resource: Resource, wanted: Object) -> None:
    """Raises StatusError."""
    live = await client.find(resource, name_of(wanted))
    new = reconciled(wanted, live)
    if new is None:
        return
    if live is None:
        await client.create(new, resource=resource)
    else:
        await client.update(new, resource=resource)


class RoleAggregation:
    """A controller: gives every ClusterRole with an aggregationRule the rules of those that it selects."""

    def __init__(self, client: KubeClient, informers: InformerSet) -> None:
        self._client = client
        self._roles = informers.informer(CLUSTER_ROLES)
        self._controller: Controller[str] = Controller("clusterrole-aggregation", self.reconcile)
        self._roles.listen(self._changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._roles.wait_synced()
        await self._controller.run()

    def _changed(self, change: Change, role: Object, previous: Object | None) -> None:
        """Any role may be gathered by any other; there are few that gather."""
        if change == "modified" and previous is not None and _gives(role) == _gives(previous):
            return
        for other in self._roles.all():
            if other.get("aggregationRule"):
                self._controller.enqueue(name_of(other))
        if role.get("aggregationRule") and change != "deleted":
            self._controller.enqueue(name_of(role))

    async def reconcile(self, name: str) -> float | None:
        """Raises StatusError."""
        role = self._roles.get(name)
        if role is None:
            return None
        rules = aggregated_rules(role, self._roles.all())
        if rules is None or rules == list(role.get("rules") or ()):
            return None
        try:
            await self._client.apply({**_head(role), "rules": rules}, force=True, resource=CLUSTER_ROLES)
        except StatusError as error:
            if not error.not_found:
                raise
        return None


def _gives(role: Object) -> object:
    return role.get("rules"), labels_of(role), role.get("aggregationRule")


def _head(role: Object) -> dict[str, object]:
    return {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": name_of(role)}}
