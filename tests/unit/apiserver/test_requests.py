"""The request path, spoken to through the client that our own programs use."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from stackwright.api.meta import Object, Resource
from stackwright.api.status import StatusError
from stackwright.api.user import ANONYMOUS, User, component
from stackwright.apiserver.auth.ports import Access, Decision
from stackwright.apiserver.kind import Column, FieldError
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.registry import Registry
from stackwright.apiserver.server import ApiServer
from stackwright.apiserver.transport import InProcess
from stackwright.client.kube import KubeClient
from stackwright.kernel import json
from stackwright.kernel.clock import ManualClock
from stackwright.kernel.http import Request
from stackwright.store.journal import MemoryJournal
from stackwright.store.objects import ObjectStore
from stackwright.store.schema import ANY, Schema

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap", True, "configmap", ("cm",), (), VERBS)


@dataclass
class PlainKind:
    """A kind without rules of its own."""

    resource: Resource = CONFIG_MAPS
    schema: Schema = field(default_factory=lambda: ANY)
    create_on_update: bool = False
    unconditional_update: bool = True
    default_propagation: Literal["Background", "Orphan"] = "Background"
    delete_returns_object: bool = False
    columns: Sequence[Column] = ()

    def defaulted(self, obj: Object) -> Object:
        return obj

    def for_create(self, obj: Object) -> Object:
        return obj

    def for_update(self, new: Object, old: Object, subresource: str) -> Object:
        return new

    def check_create(self, obj: Object) -> Sequence[FieldError]:
        bad = obj.get("data", {}).get("bad")
        return [FieldError("FieldValueInvalid", "data.bad", f"Invalid value: {bad!r}")] if bad else []

    def check_update(self, new: Object, old: Object, subresource: str) -> Sequence[FieldError]:
        return self.check_create(new)

    def warnings(self, new: Object, old: Object | None) -> Sequence[str]:
        return ()

    def fields(self, obj: Object) -> Mapping[str, str]:
        return {}

    def cells(self, obj: Object, now: datetime) -> Sequence[Any]:
        return ()


class AdminsOnly:
    def authenticate(self, headers: Mapping[str, str]) -> User:
        return ANONYMOUS

    def authorize(self, user: User, access: Access) -> Decision:
        return Decision("system:masters" in user.groups)


def server() -> ApiServer:
    registry = Registry()
    registry.add(PlainKind())
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    return ApiServer(Parts(ObjectStore(MemoryJournal()), registry, AdminsOnly(), AdminsOnly(), clock))


@pytest.fixture
def client() -> KubeClient:
    return KubeClient(InProcess(server(), component("test")))


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}


async def test_an_object_is_created_read_changed_and_deleted(client: KubeClient) -> None:
    created = await client.create(config_map("a", k="1"))
    assert created["metadata"]["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert await client.get(CONFIG_MAPS, "a", "default") == created
    patched = await client.patch(CONFIG_MAPS, "a", "default", {"data": {"k": None, "n": "2"}})
    assert patched["data"] == {"n": "2"}
    assert patched["metadata"]["uid"] == created["metadata"]["uid"]
    deleted = await client.delete(CONFIG_MAPS, "a", "default")
    assert deleted["details"] == {"name": "a", "kind": "configmaps", "uid": created["metadata"]["uid"]}
    assert await client.find(CONFIG_MAPS, "a", "default") is None


async def test_an_update_from_an_old_version_is_a_conflict(client: KubeClient) -> None:
    created = await client.create(config_map("a", k="1"))
    await client.update({**created, "data": {"k": "2"}})
    with pytest.raises(StatusError) as caught:
        await client.update({**created, "data": {"k": "3"}})
    assert caught.value.conflict
    assert caught.value.message.endswith("the object has been modified; please apply your changes to the latest version and try again")


async def test_a_write_that_changes_nothing_keeps_the_version(client: KubeClient) -> None:
    created = await client.create(config_map("a", k="1"))
    assert await client.update(created) == created


async def test_a_dry_run_leaves_no_trace(client: KubeClient) -> None:
    await client.create(config_map("a"), dry_run=True)
    assert await client.find(CONFIG_MAPS, "a", "default") is None


async def test_a_broken_rule_is_told_with_its_field(client: KubeClient) -> None:
    with pytest.raises(StatusError) as caught:
        await client.create(config_map("a", bad="x"))
    assert caught.value.message == "ConfigMap \"a\" is invalid: data.bad: Invalid value: 'x'"
    assert caught.value.http_status == 422


async def test_pages_show_the_list_as_it_was_at_the_first(client: KubeClient) -> None:
    for name in "abcd":
        await client.create(config_map(name))
    first = await client.list_page(CONFIG_MAPS, "default", limit=2)
    assert first.remaining == 2
    await client.delete(CONFIG_MAPS, "c", "default")
    rest = await client.list_page(CONFIG_MAPS, "default", limit=2, continue_token=first.continue_token)
    assert [item["metadata"]["name"] for item in rest.items] == ["c", "d"]


async def test_a_watch_with_a_selector_sees_objects_come_and_go(client: KubeClient) -> None:
    page = await client.list_page(CONFIG_MAPS, "default")
    labelled = config_map("a")
    labelled["metadata"]["labels"] = {"app": "x"}
    await client.create(labelled)
    await client.patch(CONFIG_MAPS, "a", "default", {"metadata": {"labels": {"app": "y"}}})
    seen = []
    async with aclosing(client.watch(CONFIG_MAPS, resource_version=page.resource_version, labels="app=x")) as events:
        async for event in events:
            seen.append((event.type, event.object["metadata"]["labels"]["app"]))
            if len(seen) == 2:
                break
    assert seen == [("ADDED", "x"), ("DELETED", "x")]


async def test_a_finalizer_holds_an_object_until_it_is_removed(client: KubeClient) -> None:
    held = config_map("a")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    await client.create(held)
    marked = await client.delete(CONFIG_MAPS, "a", "default")
    assert marked["metadata"]["deletionTimestamp"]
    await client.patch(CONFIG_MAPS, "a", "default", {"metadata": {"finalizers": None}})
    assert await client.find(CONFIG_MAPS, "a", "default") is None


async def test_a_precondition_that_does_not_hold_deletes_nothing(client: KubeClient) -> None:
    await client.create(config_map("a"))
    with pytest.raises(StatusError) as caught:
        await client.delete(CONFIG_MAPS, "a", "default", uid="other")
    assert caught.value.conflict
    assert await client.find(CONFIG_MAPS, "a", "default") is not None


async def test_concurrent_patches_without_a_version_all_take_effect(client: KubeClient) -> None:
    await client.create(config_map("a"))
    await asyncio.gather(*(client.patch(CONFIG_MAPS, "a", "default", {"data": {f"k{i}": "v"}}) for i in range(10)))
    assert len((await client.get(CONFIG_MAPS, "a", "default"))["data"]) == 10


async def test_discovery_names_what_is_served(client: KubeClient) -> None:
    found = (await client.discover()).find(CONFIG_MAPS.gvk)
    assert found is not None and found.plural == "configmaps"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/namespaces/default/widgets", b"", 404),
        ("GET", "/api/v1/namespaces/default/configmaps/x", b"", 404),
        ("POST", "/api/v1/namespaces/default/configmaps", b"[" * 5000, 400),
        ("POST", "/api/v1/namespaces/default/configmaps", b"\xff{}", 400),
        ("POST", "/api/v1/namespaces/default/configmaps", b"[]", 400),
        ("POST", "/api/v1/namespaces/default/configmaps", b"x" * (3 * 1024 * 1024 + 1), 413),
        ("HEAD", "/api/v1/namespaces/default/configmaps/x", b"", 405),
        ("GET", "/nosuch/../path", b"", 404),
    ],
)
async def test_hostile_and_mistaken_requests_get_an_error(method: str, path: str, body: bytes, status: int) -> None:
    assert (await server().handle(Request(method, path, (), {}, body), component("test"))).status == status


async def test_nobody_reads_without_a_right() -> None:
    answer = await server().handle(Request("GET", "/api/v1/namespaces/default/configmaps"))
    assert json.loads(answer.body)["reason"] == "Forbidden"
