"""Definitions come and go in a running server, and their objects with them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from stackwright.api.meta import Object, Resource
from stackwright.api.status import StatusError
from stackwright.api.user import User, component
from stackwright.apiserver.auth.ports import Access, Decision
from stackwright.apiserver.builtin import builtin_kinds
from stackwright.apiserver.custom.definitions import CustomDefinitions
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.patching import KindPatches
from stackwright.apiserver.registry import Registry
from stackwright.apiserver.server import ApiServer
from stackwright.apiserver.transport import InProcess
from stackwright.client.kube import KubeClient
from stackwright.kernel.clock import SystemClock
from stackwright.runtime.conditions import find, is_true
from stackwright.store.journal import MemoryJournal
from stackwright.store.objects import ObjectStore

DEFINITIONS = Resource("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", False)
WIDGETS = Resource("example.com", "v1", "widgets", "Widget", True)
NAME = "widgets.example.com"
RULE = {"rule": "self.size <= 3", "message": "too big"}
SCHEMA = {
    "type": "object",
    "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}, "x-kubernetes-validations": [RULE]}},
}
DEFINITION: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": NAME},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA}}],
    },
}


class AllowAll:
    def authenticate(self, headers: Any) -> User:
        return component("test")

    def authorize(self, user: User, access: Access) -> Decision:
        return Decision(True)


@pytest.fixture
async def client() -> AsyncIterator[KubeClient]:
    store, registry, clock = ObjectStore(MemoryJournal()), Registry(), SystemClock()
    for kind in builtin_kinds():
        registry.add(kind)
    definitions = CustomDefinitions(store, registry, clock)
    definitions.load()
    running = asyncio.create_task(definitions.run())
    yield KubeClient(InProcess(ApiServer(Parts(store, registry, AllowAll(), AllowAll(), clock, patches=KindPatches())), component("test")))
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def until(question: Callable[[], Awaitable[Any]]) -> Any:
    for _ in range(200):
        if answer := await question():
            return answer
        await asyncio.sleep(0.02)
    raise AssertionError("not within 4 s")


async def define(client: KubeClient) -> None:
    await client.create(DEFINITION)

    async def established() -> bool:
        found = await client.get(DEFINITIONS, NAME)
        return is_true(found["status"]["conditions"], "Established")

    await until(established)


def widget(name: str, size: int, **metadata: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": "default", **metadata}
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": meta, "spec": {"size": size}}


async def test_an_established_kind_is_served_at_once_with_its_rules(client: KubeClient) -> None:
    await define(client)
    created = await client.create(widget("a", 1), resource=WIDGETS)
    assert created["metadata"]["generation"] == 1
    with pytest.raises(StatusError) as refused:
        await client.create(widget("b", 4), resource=WIDGETS)
    assert refused.value.message == 'Widget.example.com "b" is invalid: spec: Invalid value: too big'


async def test_a_definition_goes_after_its_objects_and_takes_no_new_ones(client: KubeClient) -> None:
    await define(client)
    await client.create(widget("held", 1, finalizers=["example.com/hold"]), resource=WIDGETS)
    await client.create(widget("free", 1), resource=WIDGETS)
    await client.delete(DEFINITIONS, NAME)

    async def only_the_held_one_is_left() -> bool:
        return [each["metadata"]["name"] for each in await client.list(WIDGETS)] == ["held"]

    await until(only_the_held_one_is_left)
    terminating = find((await client.get(DEFINITIONS, NAME))["status"]["conditions"], "Terminating")
    assert terminating is not None
    assert terminating["reason"] == "InstanceDeletionInProgress"
    with pytest.raises(StatusError) as refused:
        await client.create(widget("late", 1), resource=WIDGETS)
    assert "create not allowed while custom resource definition is terminating" in refused.value.message

    await client.patch(WIDGETS, "held", "default", {"metadata": {"finalizers": None}})

    async def gone() -> bool:
        return await client.find(DEFINITIONS, NAME) is None

    await until(gone)


async def test_stored_objects_are_read_by_the_schema_of_today(client: KubeClient) -> None:
    await define(client)
    await client.create(widget("a", 1), resource=WIDGETS)
    changed = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}]
    await client.patch(DEFINITIONS, NAME, None, {"spec": {"versions": changed}})

    async def pruned() -> bool:
        return "spec" not in await client.get(WIDGETS, "a", "default")

    await until(pruned)


async def test_without_a_webhook_only_what_the_stored_version_knows_is_kept(client: KubeClient) -> None:
    """Versions then differ by their name only, and by what each of them declares."""
    older = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}, "old": {"type": "string"}}}},
    }
    versions = [
        {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA}},
        {"name": "v1beta1", "served": True, "storage": False, "schema": {"openAPIV3Schema": older}},
    ]
    await client.create({**DEFINITION, "spec": {**DEFINITION["spec"], "versions": versions}})

    async def established() -> bool:
        return is_true((await client.get(DEFINITIONS, NAME))["status"]["conditions"], "Established")

    await until(established)
    older_widgets = Resource("example.com", "v1beta1", "widgets", "Widget", True)
    asked = {**widget("a", 1), "apiVersion": "example.com/v1beta1", "spec": {"size": 1, "old": "x"}}
    created = await client.create(asked, resource=older_widgets)
    assert created["spec"] == {"size": 1}
