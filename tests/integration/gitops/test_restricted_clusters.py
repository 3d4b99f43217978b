"""Clusters of which the engine may read a part only."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from stackwright.api.meta import GroupVersionKind, ObjectKey
from stackwright.api.status import StatusError
from stackwright.app.embedded import EmbeddedCluster, EmbeddedOptions
from stackwright.app.places import Places
from stackwright.client.informer import InformerSet
from stackwright.client.kube import KubeClient
from stackwright.gitops.following import Scope
from stackwright.gitops.live import LiveState
from stackwright.kernel.clock import SystemClock

ACCOUNT = "system:serviceaccount:shop:deployer"
RBAC = "rbac.authorization.k8s.io"
NAMESPACED = Scope(("shop", "bar"), False)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[KubeClient]:
    cluster = EmbeddedCluster(Places(tmp_path), SystemClock(), EmbeddedOptions(node=False))
    programs = asyncio.create_task(cluster.run())
    found = cluster.client("test")
    try:
        for namespace in ("shop", "bar", "other"):
            await found.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": namespace}}
            await found.create(body)
        yield found
    finally:
        programs.cancel()
        with suppress(asyncio.CancelledError):
            await programs
        cluster.close()


async def allow(client: KubeClient, namespace: str, groups: list[str], resources: list[str], verbs: list[str] | None = None) -> None:
    rules = [{"apiGroups": groups, "resources": resources, "verbs": verbs or ["*"]}]
    metadata = {"name": "deployer", "namespace": namespace}
    subject = {"kind": "ServiceAccount", "name": "deployer", "namespace": "shop"}
    await client.apply({"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": metadata, "rules": rules})
    ref = {"apiGroup": RBAC, "kind": "Role", "name": "deployer"}
    await client.apply({"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": metadata, "roleRef": ref, "subjects": [subject]})


@asynccontextmanager
async def followed(client: KubeClient, scope: Scope, rbac: Any = "") -> AsyncIterator[LiveState]:
    async with asyncio.TaskGroup() as tasks:
        restricted = client.speaking_as(ACCOUNT)
        informers = InformerSet(restricted, tasks)
        state = LiveState(restricted, informers, lambda _group, _kind: False, scope, lambda: rbac)
        try:
            async with asyncio.timeout(5):
                await state.follow()
            yield state
        finally:
            informers.close()


def config_map(namespace: str) -> ObjectKey:
    return ObjectKey("", "ConfigMap", namespace, "one")


async def test_namespaces_are_read_one_by_one_and_nothing_else_is_asked_for(client: KubeClient) -> None:
    for namespace in ("shop", "bar"):
        await allow(client, namespace, ["*"], ["*"])
    async with followed(client, NAMESPACED) as state:
        assert state.get(config_map("shop")) is not None
        assert state.get(config_map("bar")) is not None
        assert state.get(config_map("other")) is None
        assert state.get(ObjectKey("", "Namespace", "", "shop")) is None
        assert state.is_namespaced(GroupVersionKind("", "v1", "Namespace")) is False
        assert {obj["metadata"]["name"] for obj in state.in_namespace("bar")} >= {"one"}
        told: list[Any] = []
        state.on_change(lambda obj, previous: told.append((obj["metadata"]["namespace"], obj["metadata"]["name"])))
        for namespace in ("other", "bar"):
            await client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "two", "namespace": namespace}})
        async with asyncio.timeout(5):
            while ("bar", "two") not in told:
                await asyncio.sleep(0.02)
        assert {place for place in told if place[1] == "two"} == {("bar", "two")}


async def test_what_may_not_be_listed_is_a_failure_that_names_it(client: KubeClient) -> None:
    await allow(client, "shop", [""], ["configmaps"])
    with pytest.raises(ExceptionGroup) as raised:
        async with followed(client, Scope(("shop",), False)):
            pass
    [error] = raised.value.exceptions
    assert isinstance(error, StatusError)
    assert re.search(r"failed to load initial state of resource \S+: \S+ is forbidden", error.message), error.message


@pytest.mark.parametrize("rbac", ["normal", "strict"])
async def test_what_may_not_be_listed_is_passed_over_where_that_is_asked_for(client: KubeClient, rbac: str) -> None:
    await allow(client, "shop", [""], ["configmaps"])
    async with followed(client, Scope(("shop",), False), rbac) as state:
        assert state.get(config_map("shop")) is not None
        assert state.numbers()[0] == 1


async def test_permissions_that_came_later_count_after_looking_again(client: KubeClient) -> None:
    await allow(client, "shop", [""], ["configmaps"])
    async with followed(client, Scope(("shop",), False), "normal") as state:
        await allow(client, "shop", [""], ["configmaps", "secrets"])
        await state.look_again()
        assert state.numbers()[0] == 2


async def test_a_whole_cluster_may_be_read_in_part_too(client: KubeClient) -> None:
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"]}]
    await client.apply({"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": "deployer"}, "rules": rules})
    subject = {"kind": "ServiceAccount", "name": "deployer", "namespace": "shop"}
    ref = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "deployer"}
    body = {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "deployer"}, "roleRef": ref}
    await client.apply({**body, "subjects": [subject]})
    async with followed(client, Scope(), "normal") as state:
        assert all(state.get(config_map(namespace)) is not None for namespace in ("shop", "bar", "other"))
        assert state.numbers()[0] == 1


@pytest.mark.parametrize(
    ("scope", "key", "refusal"),
    [
        (Scope(), config_map("any"), ""),
        (NAMESPACED, config_map("shop"), ""),
        (NAMESPACED, config_map("other"), 'namespace "other" for ConfigMap "one" is not managed'),
        (
            NAMESPACED,
            ObjectKey("", "Namespace", "", "a"),
            'cluster level Namespace "a" can not be managed when in namespaced mode',
        ),
        (Scope(("shop",), True), ObjectKey("", "Namespace", "", "a"), ""),
    ],
)
def test_objects_elsewhere_cannot_be_managed(scope: Scope, key: ObjectKey, refusal: str) -> None:
    assert scope.refusal(key) == refusal
