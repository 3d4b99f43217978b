"""The default roles of a running cluster."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from stackwright.api.user import component
from stackwright.apiserver.auth.assembly import assemble
from stackwright.apiserver.auth.jwt import SigningKey
from stackwright.apiserver.auth.upkeep import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, RoleAggregation, ensure_defaults
from stackwright.apiserver.builtin import builtin_kinds
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.patching import KindPatches
from stackwright.apiserver.registry import Registry
from stackwright.apiserver.server import ApiServer
from stackwright.apiserver.transport import InProcess
from stackwright.client.informer import InformerSet
from stackwright.client.kube import KubeClient
from stackwright.kernel.clock import ManualClock
from stackwright.store.journal import MemoryJournal
from stackwright.store.objects import ObjectStore


def client() -> KubeClient:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    registry = Registry()
    for kind in builtin_kinds():
        if kind.resource.group == "rbac.authorization.k8s.io":
            registry.add(kind)
    store = ObjectStore(MemoryJournal())
    auth = assemble(store, {}, SigningKey.generate(), clock)
    parts = Parts(store, registry, auth.authenticator, auth.authorizer, clock, patches=KindPatches())
    return KubeClient(InProcess(ApiServer(parts), component("test")))


async def test_defaults_are_made_once_and_repaired_at_the_next_start() -> None:
    cluster = client()
    await ensure_defaults(cluster)
    before = await cluster.list(CLUSTER_ROLES)
    await ensure_defaults(cluster)
    assert await cluster.list(CLUSTER_ROLES) == before
    binding: Any = await cluster.get(CLUSTER_ROLE_BINDINGS, "system:discovery")
    await cluster.update({**binding, "subjects": []}, resource=CLUSTER_ROLE_BINDINGS)
    await ensure_defaults(cluster)
    assert (await cluster.get(CLUSTER_ROLE_BINDINGS, "system:discovery"))["subjects"] == binding["subjects"]


async def test_a_gathering_role_follows_the_roles_that_it_selects() -> None:
    cluster = client()
    await ensure_defaults(cluster)
    rule = {"apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["get"]}
    label = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}

    async def gathered() -> bool:
        return rule in ((await cluster.get(CLUSTER_ROLES, "view")).get("rules") or ())

    async def until(wanted: bool) -> None:
        async with asyncio.timeout(5):
            while await gathered() is not wanted:
                await asyncio.sleep(0.01)

    with suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(RoleAggregation(cluster, InformerSet(cluster, tasks)).run())
            await cluster.create({"metadata": {"name": "w", "labels": label}, "rules": [rule]}, resource=CLUSTER_ROLES)
            await until(True)
            await cluster.delete(CLUSTER_ROLES, "w")
            await until(False)
            running.cancel()
            raise asyncio.CancelledError
