"""Quotas: what counts, what is refused, what is written down."""

import asyncio
from typing import Any

import pytest

from stackwright.api import quotas
from stackwright.api.status import StatusError
from stackwright.apiserver.admission.quotas import Quotas
from stackwright.store.journal import MemoryJournal
from stackwright.store.objects import ObjectStore


def quota(hard: dict[str, str], used: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    counted = dict.fromkeys(hard, "0") if used is None else used
    return {"metadata": {"name": "q", "namespace": "ns"}, "spec": {"hard": hard, **spec}, "status": {"hard": hard, "used": counted}}


def pod(name: str = "p", cpu: str = "", **spec: Any) -> dict[str, Any]:
    resources = {"requests": {"cpu": cpu}} if cpu else {}
    return {"metadata": {"name": name}, "spec": {"containers": [{"name": "main", "resources": resources}], **spec}}


def secret(name: str = "s") -> dict[str, Any]:
    return {"metadata": {"name": name}}


async def store_with(obj: dict[str, Any]) -> ObjectStore:
    store = ObjectStore(MemoryJournal())
    await store.create("resourcequotas", obj)
    return store


def used(store: ObjectStore) -> Any:
    return (store.get("resourcequotas", "ns", "q") or {})["status"]["used"]


async def test_what_is_created_is_charged_until_the_limit(write: Any) -> None:
    store = await store_with(quota({"secrets": "1"}))
    await Quotas(store).validate(write("secrets", secret("a")))
    assert used(store) == {"secrets": "1"}
    with pytest.raises(StatusError) as refused:
        await Quotas(store).validate(write("secrets", secret("b")))
    assert refused.value.message == (
        'secrets "b" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=1, limited: secrets=1'
    )  # fmt: skip


async def test_a_dry_run_is_judged_and_not_charged(write: Any) -> None:
    store = await store_with(quota({"secrets": "1"}))
    await Quotas(store).validate(write("secrets", secret(), dry_run=True))
    assert used(store) == {"secrets": "0"}


async def test_pods_must_say_what_is_counted_of_them(write: Any) -> None:
    store = await store_with(quota({"requests.cpu": "1", "limits.memory": "1Gi"}))
    with pytest.raises(StatusError) as refused:
        await Quotas(store).validate(write("pods", pod()))
    assert refused.value.message == 'pods "p" is forbidden: failed quota: q: must specify limits.memory for: main; requests.cpu for: main'


async def test_sums_are_kept_as_quantities(write: Any) -> None:
    store = await store_with(quota({"requests.cpu": "1"}))
    await Quotas(store).validate(write("pods", pod(cpu="600m")))
    assert used(store) == {"requests.cpu": "600m"}
    with pytest.raises(StatusError, match=r"requested: requests\.cpu=600m, used: requests\.cpu=600m, limited: requests\.cpu=1"):
        await Quotas(store).validate(write("pods", pod("q", cpu="0.6")))


async def test_a_quota_nobody_has_counted_yet_lets_nothing_in(write: Any) -> None:
    store = await store_with(quota({"secrets": "1"}, used={}))
    with pytest.raises(StatusError, match="status unknown for quota: q, resources: secrets"):
        await Quotas(store).validate(write("secrets", secret()))


async def test_many_at_once_never_get_past_the_limit(write: Any) -> None:
    store = await store_with(quota({"secrets": "3"}))
    plugin = Quotas(store)
    tries = [plugin.validate(write("secrets", secret(f"s{number}"))) for number in range(10)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(result, StatusError) for result in results) == 3
    assert used(store) == {"secrets": "3"}


async def test_an_update_is_charged_for_what_it_adds(write: Any) -> None:
    def claim(size: str) -> dict[str, Any]:
        return {"metadata": {"name": "c"}, "spec": {"resources": {"requests": {"storage": size}}}}

    store = await store_with(quota({"requests.storage": "5Gi"}, used={"requests.storage": "2Gi"}))
    await Quotas(store).validate(write("persistentvolumeclaims", claim("4Gi"), old=claim("2Gi")))
    assert used(store) == {"requests.storage": "4Gi"}


SCOPES = [
    ("Terminating", {"activeDeadlineSeconds": 5}, {}),
    ("NotTerminating", {}, {"activeDeadlineSeconds": 5}),
    ("BestEffort", {}, {"cpu": "1"}),
    ("NotBestEffort", {"cpu": "1"}, {}),
    ("PriorityClass", {"priorityClassName": "high"}, {}),
]


@pytest.mark.parametrize("scope,inside,outside", SCOPES)
def test_a_scope_counts_some_pods_and_not_others(scope: str, inside: Any, outside: Any) -> None:
    scoped = quota({"pods": "1"}, scopes=[scope])
    assert quotas.in_scope(scoped, "pods", pod(**inside))
    assert not quotas.in_scope(scoped, "pods", pod(**outside))
    assert not quotas.in_scope(scoped, "secrets", secret())


USAGE = [
    ("pods", {**pod(cpu="1"), "status": {"phase": "Succeeded"}}, {"count/pods": "1"}),
    ("services", {"spec": {"type": "NodePort", "ports": [{}, {}]}}, {"count/services": "1", "services": "1", "services.nodeports": "2"}),
    ("deployments.apps", {}, {"count/deployments.apps": "1"}),
    (
        "persistentvolumeclaims",
        {"spec": {"storageClassName": "fast", "resources": {"requests": {"storage": "1Gi"}}}},
        {
            "count/persistentvolumeclaims": "1",
            "persistentvolumeclaims": "1",
            "requests.storage": "1Gi",
            "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
            "fast.storageclass.storage.k8s.io/requests.storage": "1Gi",
        },
    ),
]


@pytest.mark.parametrize("resource,obj,expected", USAGE)
def test_each_kind_uses_its_own(resource: str, obj: Any, expected: Any) -> None:
    assert quotas.usage_of(resource, obj) == expected


def test_init_containers_count_where_they_ask_for_more_than_all_others() -> None:
    asked = pod(cpu="1", initContainers=[{"name": "i", "resources": {"requests": {"cpu": "3", "memory": "1Gi"}}}])
    found = quotas.usage_of("pods", asked)
    assert (found["requests.cpu"], found["requests.memory"], found["cpu"]) == ("3", "1Gi", "3")
