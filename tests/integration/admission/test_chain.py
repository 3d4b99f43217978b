"""All plug-ins together in a server with real kinds and a real store."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.api.meta import Object
from stackwright.api.status import StatusError
from stackwright.api.user import AUTHENTICATED, MASTERS, User
from stackwright.apiserver.admission.builtin import Surroundings, builtin_chain
from stackwright.apiserver.auth.assembly import assemble
from stackwright.apiserver.auth.jwt import SigningKey
from stackwright.apiserver.builtin import builtin_kinds
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.registry import Registry
from stackwright.apiserver.server import ApiServer
from stackwright.kernel import json
from stackwright.kernel.calls import Call
from stackwright.kernel.clock import ManualClock
from stackwright.kernel.http import Request
from stackwright.store.journal import MemoryJournal
from stackwright.store.objects import ObjectStore

ADMIN = User("admin", (MASTERS, AUTHENTICATED))
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "main", "image": "i"}]}}
SERVICE = {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}}


class Nobody:
    """A Caller that must not be called."""

    async def post(self, call: Call) -> bytes:
        raise AssertionError(call.url)


class Rig:
    def __init__(self) -> None:
        clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
        registry = Registry()
        for kind in builtin_kinds():
            registry.add(kind)
        self.store = ObjectStore(MemoryJournal())
        auth = assemble(self.store, {}, SigningKey.generate(), clock)
        chain = builtin_chain(self.store, Surroundings(registry, auth.authorizer, auth.escalation, clock, Nobody()))
        self.server = ApiServer(Parts(self.store, registry, auth.authenticator, auth.authorizer, clock, chain=chain))

    async def post(self, path: str, obj: Object, method: str = "POST", query: Any = ()) -> tuple[Any, str]:
        """The answer and its warnings."""
        request = Request(method, path, query, {"content-type": "application/json"}, json.dumps(obj))
        response = await self.server.handle(request, ADMIN)
        if response.status >= 400:
            raise StatusError.parse(response.status, json.loads(response.body))
        return json.loads(response.body), response.headers.get("warning", "")


@pytest.fixture
async def rig() -> Rig:
    found = Rig()
    await found.post("/api/v1/namespaces", {"metadata": {"name": "ns"}})
    await found.post("/api/v1/namespaces/ns/serviceaccounts", {"metadata": {"name": "default"}})
    return found


async def test_a_pod_comes_out_with_account_token_priority_and_tolerations(rig: Rig) -> None:
    pod, _ = await rig.post("/api/v1/namespaces/ns/pods", POD)
    spec = pod["spec"]
    assert (spec["serviceAccountName"], spec["priority"], len(spec["tolerations"]), len(spec["volumes"])) == ("default", 0, 2, 1)


async def test_a_generated_name_is_told_as_far_as_it_is_known(rig: Rig) -> None:
    unnamed = {**POD, "metadata": {"generateName": "p-"}, "spec": {**POD["spec"], "serviceAccountName": "nobody"}}
    with pytest.raises(StatusError, match='pods "p-" is forbidden: error looking up service account ns/nobody'):
        await rig.post("/api/v1/namespaces/ns/pods", unnamed)


async def test_many_services_at_once_all_get_addresses_of_their_own(rig: Rig) -> None:
    made = [rig.post("/api/v1/namespaces/ns/services", {**SERVICE, "metadata": {"name": f"s{number}"}}) for number in range(50)]
    addresses = [answer["spec"]["clusterIP"] for answer, _ in await asyncio.gather(*made)]
    assert len(set(addresses)) == 50


async def test_one_address_asked_for_at_once_is_given_once_and_again_after_deletion(rig: Rig) -> None:
    def asked(name: str) -> Any:
        service = {**SERVICE, "metadata": {"name": name}, "spec": {**SERVICE["spec"], "clusterIP": "10.0.9.9"}}
        return rig.post("/api/v1/namespaces/ns/services", service)

    results = await asyncio.gather(*(asked(f"s{number}") for number in range(5)), return_exceptions=True)
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    (winner,) = rig.store.list("services", "ns")
    await rig.post(f"/api/v1/namespaces/ns/services/{winner['metadata']['name']}", {}, "DELETE")
    await asked("again")


async def test_a_dry_run_reserves_nothing(rig: Rig) -> None:
    asked = {**SERVICE, "metadata": {"name": "s"}, "spec": {**SERVICE["spec"], "clusterIP": "10.0.9.9"}}
    for _ in range(2):
        await rig.post("/api/v1/namespaces/ns/services", asked, query=(("dryRun", "All"),))
    await rig.post("/api/v1/namespaces/ns/services", asked)


async def test_a_quota_is_charged_only_for_what_was_written(rig: Rig) -> None:
    hard = {"secrets": "2"}
    await rig.post("/api/v1/namespaces/ns/resourcequotas", {"metadata": {"name": "q"}, "spec": {"hard": hard}})
    quota, _ = await rig.post("/api/v1/namespaces/ns/resourcequotas/q", {}, "GET")
    status = {**quota, "status": {"hard": hard, "used": {"secrets": "0"}}}
    await rig.post("/api/v1/namespaces/ns/resourcequotas/q/status", status, "PUT")
    made = [rig.post("/api/v1/namespaces/ns/secrets", {"metadata": {"name": f"s{number}"}}) for number in range(6)]
    results = await asyncio.gather(*made, return_exceptions=True)
    assert sum(not isinstance(result, BaseException) for result in results) == 2
    assert len(rig.store.list("secrets", "ns")) == 2


async def test_a_hook_served_by_simulated_pods_is_left_out_with_a_warning_and_one_event(rig: Rig) -> None:
    rule = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}
    hook = {
        "name": "deny.example.com",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "clientConfig": {"service": {"namespace": "ns", "name": "hooks"}},
        "rules": [rule],
    }
    head = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration"}
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    await rig.post(path, {**head, "metadata": {"name": "w"}, "webhooks": [hook]})
    node = {"metadata": {"name": "n", "labels": {"stackwright.dev/driver": "simulated"}}}
    await rig.post("/api/v1/nodes", node)
    await rig.post("/api/v1/namespaces/ns/services", {**SERVICE, "metadata": {"name": "hooks"}, "spec": {"ports": [{"port": 443}]}})
    await rig.post("/api/v1/namespaces/ns/pods", {**POD, "spec": {**POD["spec"], "nodeName": "n"}})
    subsets = [{"addresses": [{"ip": "10.1.1.1", "targetRef": {"kind": "Pod", "name": "p"}}], "ports": [{"port": 9443}]}]
    await rig.post("/api/v1/namespaces/ns/endpoints", {"metadata": {"name": "hooks"}, "subsets": subsets})
    for name in ("a", "b"):
        _, warning = await rig.post("/api/v1/namespaces/ns/configmaps", {"metadata": {"name": name}})
        assert 'webhook \\"deny.example.com\\" was not asked' in warning
    (event,) = rig.store.list("events")
    assert (event["reason"], event["involvedObject"]["name"]) == ("WebhookSkipped", "w")
