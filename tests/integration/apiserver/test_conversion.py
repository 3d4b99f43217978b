"""Versions that a webhook converts, asked over real sockets and TLS."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stackwright.adapters.certificates import CertificateAuthority
from stackwright.adapters.webhook_calls import WebhookCalls
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
from stackwright.kernel import json
from stackwright.kernel.clock import SystemClock
from stackwright.kernel.http import Request
from stackwright.runtime.conditions import is_true
from stackwright.store.journal import MemoryJournal
from stackwright.store.objects import ObjectStore

NAME = "widgets.example.com"
DEFINITIONS = Resource("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", False)
OLD, NEW = (Resource("example.com", version, "widgets", "Widget", True) for version in ("v1", "v2"))
FAILED = "conversion webhook for example.com/v2, Kind=Widget "


def schema(field: str, type: str) -> Object:
    return {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "properties": {field: {"type": type}}}}}}


def turned(obj: Any, version: str) -> Any:
    """v1 counts a size, v2 tells a width in metres."""
    spec = obj.get("spec") or {}
    new = {"width": f"{spec.get('size', 0)}m"} if version == "example.com/v2" else {"size": int(spec.get("width", "0m")[:-1])}
    return {**obj, "apiVersion": version, "spec": new}


class Hook:
    """A real webhook. `answer` may be set to spoil what it says."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.answer: Any = None
        self.status = 200

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(next(line.split(":")[1] for line in head.splitlines() if line.startswith("content-length:")))
        review = json.loads(await reader.readexactly(length))
        request = review["request"]
        self.requests.append(review)
        converted = [turned(obj, request["desiredAPIVersion"]) for obj in request["objects"]]
        response = {"uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": converted}
        if self.answer is not None:
            response = self.answer(response)
        body = json.dumps({"apiVersion": review["apiVersion"], "kind": "ConversionReview", "response": response})
        writer.write(f"HTTP/1.1 {self.status} X\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        writer.close()


class AllowAll:
    def authenticate(self, headers: Any) -> User:
        return component("test")

    def authorize(self, user: User, access: Access) -> Decision:
        return Decision(True)


class Rig:
    def __init__(self, hook: Hook, port: int, authority: str) -> None:
        self.hook, self.port = hook, port
        self.bundle = base64.b64encode(authority.encode()).decode()
        self.store, registry, clock = ObjectStore(MemoryJournal()), Registry(), SystemClock()
        for kind in builtin_kinds():
            registry.add(kind)
        self.definitions = CustomDefinitions(self.store, registry, clock, WebhookCalls())
        self.definitions.load()
        self.server = ApiServer(Parts(self.store, registry, AllowAll(), AllowAll(), clock, patches=KindPatches()))
        self.client = KubeClient(InProcess(self.server, component("test")))

    def definition(self, stored: str = "v1", client: Any = None) -> Object:
        config = client or {"url": f"https://127.0.0.1:{self.port}/convert", "caBundle": self.bundle}
        fields = {"v1": ("size", "integer"), "v2": ("width", "string")}
        versions = [
            {
                "name": name, "served": True, "storage": name == stored, "schema": schema(*fields[name]),
                "selectableFields": [{"jsonPath": f".spec.{fields[name][0]}"}],
            }
            for name in fields
        ]  # fmt: skip
        webhook = {"clientConfig": config, "conversionReviewVersions": ["v1"]}
        spec = {"group": "example.com", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"}, "versions": versions}
        meta = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": NAME}}
        return {**meta, "spec": {**spec, "conversion": {"strategy": "Webhook", "webhook": webhook}}}

    async def define(self, **how: Any) -> None:
        await self.client.create(self.definition(**how))
        for _ in range(200):
            if is_true((await self.client.get(DEFINITIONS, NAME))["status"].get("conditions"), "Established"):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("not established")

    async def ask(self, method: str, path: str, query: Any = (), body: Any = None, type: str = "application/json") -> Any:
        content = b"" if body is None else json.dumps(body)
        response = await self.server.handle(Request(method, path, tuple(query), {"content-type": type}, content), component("test"))
        return json.loads(response.body)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    authority = CertificateAuthority(tmp_path, datetime.now(UTC))
    certificate, key = authority.server_files(["hook.ns.svc", "127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    hook = Hook()
    server = await asyncio.start_server(hook.serve, "127.0.0.1", 0, ssl=context)
    found = Rig(hook, server.sockets[0].getsockname()[1], authority.certificate)
    running = asyncio.create_task(found.definitions.run())
    yield found
    running.cancel()
    server.close()
    with suppress(asyncio.CancelledError):
        await running


def widget(name: str, version: str = "v1", **spec: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": f"example.com/{version}", "kind": "Widget", "metadata": meta, "spec": spec}


async def test_what_needs_no_conversion_asks_nobody(rig: Rig) -> None:
    await rig.define()
    await rig.client.create(widget("a", size=1), resource=OLD)
    await rig.client.list(OLD)
    await rig.client.patch(OLD, "a", "default", {"spec": {"size": 2}})
    assert rig.hook.requests == []


async def test_an_object_is_kept_in_one_version_and_shown_in_all(rig: Rig) -> None:
    await rig.define()
    created = await rig.client.create(widget("a", "v2", width="3m"), resource=NEW)
    assert created["spec"] == {"width": "3m"}
    kept = rig.store.get(NAME, "default", "a")
    assert kept is not None
    assert (kept["apiVersion"], kept["spec"]) == ("example.com/v1", {"size": 3})
    assert (await rig.client.get(OLD, "a", "default"))["spec"] == {"size": 3}
    patched = await rig.client.patch(NEW, "a", "default", {"spec": {"width": "4m"}})
    assert patched["spec"] == {"width": "4m"}
    assert (await rig.client.get(OLD, "a", "default"))["spec"] == {"size": 4}
    definition = await rig.client.get(DEFINITIONS, NAME)
    assert definition["status"]["storedVersions"] == ["v1"]
    review = rig.hook.requests[0]
    assert (review["apiVersion"], review["request"]["desiredAPIVersion"]) == ("apiextensions.k8s.io/v1", "example.com/v1")


async def test_a_list_is_converted_in_one_call_and_only_once(rig: Rig) -> None:
    await rig.define()
    for number in range(20):
        await rig.client.create(widget(f"w{number:02}", size=number), resource=OLD)
    listed = await rig.ask("GET", "/apis/example.com/v2/widgets")
    assert [each["spec"]["width"] for each in listed["items"]] == [f"{number}m" for number in range(20)]
    assert [len(review["request"]["objects"]) for review in rig.hook.requests] == [20]
    await rig.ask("GET", "/apis/example.com/v2/widgets", [("limit", "5")])
    selected = await rig.ask("GET", "/apis/example.com/v2/widgets", [("fieldSelector", "spec.width=7m")])
    assert [each["metadata"]["name"] for each in selected["items"]] == ["w07"]
    assert len(rig.hook.requests) == 1


async def test_watches_show_the_version_that_is_watched(rig: Rig) -> None:
    await rig.define()
    await rig.client.create(widget("a", size=1), resource=OLD)
    request = Request("GET", "/apis/example.com/v2/widgets", (("watch", "true"),))
    response = await rig.server.handle(request, component("test"))
    assert response.stream is not None
    lines = response.stream.__aiter__()
    first = json.loads(await anext(lines))
    await rig.client.patch(OLD, "a", "default", {"spec": {"size": 5}})
    second = json.loads(await anext(lines))
    assert [(each["type"], each["object"]["spec"]) for each in (first, second)] == [
        ("ADDED", {"width": "1m"}), ("MODIFIED", {"width": "5m"}),
    ]  # fmt: skip
    rig.hook.status = 500
    await rig.client.patch(OLD, "a", "default", {"spec": {"size": 6}})
    third = json.loads(await anext(lines))
    assert (third["type"], third["object"]["code"]) == ("ERROR", 500)


SPOILED = [
    ("another uid", lambda r: {**r, "uid": "x"}, 'failed: expected response.uid="'),
    ("refused", lambda r: {"uid": r["uid"], "result": {"status": "Failed", "message": "not today"}}, "failed: not today"),
    (
        "refused silently", lambda r: {"uid": r["uid"], "result": {"status": "Failed"}},
        "failed: response.result.status was 'Failed', not 'Success'",
    ),
    ("too few", lambda r: {**r, "convertedObjects": []}, "returned 0 objects, expected 1"),
    (
        "another version", lambda r: {**r, "convertedObjects": [{**r["convertedObjects"][0], "apiVersion": "example.com/v3"}]},
        "returned invalid object at index 0: invalid groupVersion (expected example.com/v1, received example.com/v3)",
    ),
    (
        "another kind", lambda r: {**r, "convertedObjects": [{**r["convertedObjects"][0], "kind": "Gadget"}]},
        "returned invalid object at index 0: invalid kind (expected Widget, received Gadget)",
    ),
    (
        "another name", lambda r: {**r, "convertedObjects": [_with_meta(r, name="b")]},
        "returned invalid object: must have the same name: a != b",
    ),
    (
        "bad label", lambda r: {**r, "convertedObjects": [_with_meta(r, labels={"a b": "c"})]},
        "returned invalid metadata: metadata.labels: Invalid value: ",
    ),
    (
        "label of another type", lambda r: {**r, "convertedObjects": [_with_meta(r, annotations={"a": 1})]},
        "returned invalid metadata: metadata.annotations[a] must be a string, but is int64 in converted object",
    ),
]  # fmt: skip


def _with_meta(response: Any, **meta: Any) -> Any:
    obj = response["convertedObjects"][0]
    return {**obj, "metadata": {**obj["metadata"], **meta}}


@pytest.mark.parametrize(("why", "spoil", "message"), SPOILED, ids=[row[0] for row in SPOILED])
async def test_an_answer_that_cannot_be_used_is_told_and_nothing_is_written(rig: Rig, why: str, spoil: Any, message: str) -> None:
    await rig.define()
    rig.hook.answer = spoil
    with pytest.raises(StatusError) as refused:
        await rig.client.create(widget("a", "v2", width="3m"), resource=NEW)
    assert refused.value.http_status == 500
    assert refused.value.message.startswith(FAILED + message)
    assert rig.store.get(NAME, "default", "a") is None


async def test_only_labels_and_annotations_are_the_webhooks_to_change(rig: Rig) -> None:
    await rig.define()
    changed = {"labels": {"a": "b"}, "annotations": {"c": "d"}, "generation": 77, "finalizers": ["x/y"], "ownerReferences": []}
    rig.hook.answer = lambda r: {**r, "convertedObjects": [_with_meta(r, **changed)]}
    created = await rig.client.create(widget("a", "v2", width="3m"), resource=NEW)
    meta = created["metadata"]
    assert (meta["labels"], meta["annotations"], meta["generation"], meta.get("finalizers")) == ({"a": "b"}, {"c": "d"}, 1, None)


async def test_a_webhook_that_is_not_there_fails_the_request(rig: Rig) -> None:
    await rig.define(client={"service": {"namespace": "ns", "name": "hook", "path": "/c"}})
    with pytest.raises(StatusError) as refused:
        await rig.client.create(widget("a", "v2", width="3m"), resource=NEW)
    assert refused.value.message == (
        FAILED + 'failed: Post "https://hook.ns.svc:443/c?timeout=30s": service "hook" not found'
    )  # fmt: skip


async def test_a_service_is_asked_where_it_is_served(rig: Rig) -> None:
    await rig.define(client={"service": {"namespace": "ns", "name": "hook"}, "caBundle": rig.bundle})
    meta = {"name": "hook", "namespace": "ns"}
    await rig.store.create("services", {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": [{"port": 443}]}})
    subsets = [{"addresses": [{"ip": "127.0.0.1"}], "ports": [{"port": rig.port}]}]
    await rig.store.create("endpoints", {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": subsets})
    created = await rig.client.create(widget("a", "v2", width="3m"), resource=NEW)
    assert created["spec"] == {"width": "3m"}


async def test_simulated_webhooks_are_left_out_and_it_is_said(rig: Rig) -> None:
    await rig.define(client={"service": {"namespace": "ns", "name": "hook"}})
    meta = {"name": "hook", "namespace": "ns"}
    await rig.store.create("services", {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": [{"port": 443}]}})
    node = {"name": "simulated", "labels": {"stackwright.dev/driver": "simulated"}}
    await rig.store.create("nodes", {"apiVersion": "v1", "kind": "Node", "metadata": node})
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "ns"}, "spec": {"nodeName": "simulated"}}
    await rig.store.create("pods", pod)
    subsets = [{"addresses": [{"ip": "10.1.1.1", "targetRef": {"kind": "Pod", "name": "p"}}], "ports": [{"port": 443}]}]
    await rig.store.create("endpoints", {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": subsets})
    await rig.client.create(widget("a", size=1), resource=OLD)
    assert (await rig.client.get(NEW, "a", "default"))["apiVersion"] == "example.com/v2"
    events = [(event["reason"], event["involvedObject"]["name"]) for event in rig.store.list("events")]
    assert events == [("WebhookSkipped", NAME)]


async def test_a_new_storage_version_is_recorded_and_a_write_moves_an_object_to_it(rig: Rig) -> None:
    await rig.define()
    await rig.client.create(widget("a", size=3), resource=OLD)
    versions = rig.definition(stored="v2")["spec"]["versions"]
    await rig.client.patch(DEFINITIONS, NAME, None, {"spec": {"versions": versions}})
    for _ in range(200):
        if (await rig.client.get(DEFINITIONS, NAME))["status"]["storedVersions"] == ["v1", "v2"]:
            break
        await asyncio.sleep(0.01)
    unchanged = await rig.client.get(OLD, "a", "default")
    await rig.client.update(unchanged, resource=OLD)
    kept = rig.store.get(NAME, "default", "a")
    assert kept is not None
    assert (kept["apiVersion"], kept["spec"]) == ("example.com/v2", {"width": "3m"})


async def test_owners_in_another_version_keep_what_did_not_change(rig: Rig) -> None:
    await rig.define()
    path = "/apis/example.com/{}/namespaces/default/widgets/a"
    applying = {"type": "application/apply-patch+yaml"}
    await rig.ask("PATCH", path.format("v1"), [("fieldManager", "one")], widget("a", size=3), **applying)
    same = await rig.ask("PATCH", path.format("v2"), [("fieldManager", "two")], widget("a", "v2", width="3m"), **applying)
    owners = {(each["manager"], each["apiVersion"]) for each in same["metadata"]["managedFields"]}
    assert owners == {("one", "example.com/v1"), ("two", "example.com/v2")}
    other = await rig.ask("PATCH", path.format("v2"), [("fieldManager", "two")], widget("a", "v2", width="4m"), **applying)
    assert other["code"] == 409
    assert 'conflict with "one": .spec.size' in other["message"]
