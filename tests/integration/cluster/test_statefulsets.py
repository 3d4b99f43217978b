"""StatefulSets: order, identity, volumes, updates."""

from typing import Any

from stackwright.api.meta import name_of
from stackwright.client.kinds import CONTROLLER_REVISIONS, PERSISTENT_VOLUME_CLAIMS, PODS, STATEFUL_SETS

_MAIN = {"name": "main", "image": "example/db:1"}
_CLAIM = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}


def stateful(replicas: int = 2, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [_MAIN]}}
    body = {"replicas": replicas, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": template} | spec
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "default"}, "spec": body}


def ready(count: int) -> Any:
    def says(obj: Any) -> bool:
        status = obj.get("status") or {}
        settled = status.get("observedGeneration") == obj["metadata"]["generation"] and status.get("replicas") == count
        return bool(settled and status.get("readyReplicas", 0) == count)

    return says


def image_2() -> dict[str, Any]:
    spec: dict[str, Any] = {"template": {"spec": {"containers": [_MAIN | {"image": "example/db:2"}]}}}
    return {"spec": spec}


async def images(rig: Any) -> dict[str, str]:
    return {name_of(pod): pod["spec"]["containers"][0]["image"] for pod in await rig.pods("app=db")}


async def test_pods_come_one_after_the_other_with_names_and_places(rig: Any) -> None:
    await rig.client.create(stateful(3))
    found = await rig.becomes(STATEFUL_SETS, "db", ready(3))
    pods = sorted(await rig.pods("app=db"), key=name_of)
    assert [name_of(pod) for pod in pods] == ["db-0", "db-1", "db-2"]
    assert (pods[1]["spec"]["hostname"], pods[1]["spec"]["subdomain"]) == ("db-1", "db")
    assert pods[1]["metadata"]["labels"]["apps.kubernetes.io/pod-index"] == "1"
    assert (
        found["status"]["currentRevision"] == found["status"]["updateRevision"] == pods[0]["metadata"]["labels"]["controller-revision-hash"]
    )
    assert found["status"]["collisionCount"] == 0


async def test_the_next_pod_waits_while_one_is_not_ready(rig: Any) -> None:
    template = stateful()["spec"]["template"]
    template["metadata"]["annotations"] = {"simulate.stackwright.dev/behavior": "unready"}
    await rig.client.create(stateful(3, template=template))
    await rig.becomes(PODS, "db-0", lambda pod: (pod.get("status") or {}).get("phase") == "Running")
    assert [name_of(pod) for pod in await rig.pods("app=db")] == ["db-0"]


async def test_in_parallel_all_pods_come_at_once(rig: Any) -> None:
    template = stateful()["spec"]["template"]
    template["metadata"]["annotations"] = {"simulate.stackwright.dev/behavior": "unready"}
    await rig.client.create(stateful(3, template=template, podManagementPolicy="Parallel"))

    async def three() -> bool:
        return len(await rig.pods("app=db")) == 3

    await rig.until(three)


async def test_an_update_goes_through_all_pods_and_becomes_current(rig: Any) -> None:
    await rig.client.create(stateful(2))
    before = (await rig.becomes(STATEFUL_SETS, "db", ready(2)))["status"]["currentRevision"]
    await rig.client.patch(STATEFUL_SETS, "db", "default", image_2())

    def updated(obj: Any) -> bool:
        status = obj["status"]
        return bool(
            ready(2)(obj) and status.get("updatedReplicas") == 2 and status["currentRevision"] == status["updateRevision"] != before
        )

    await rig.becomes(STATEFUL_SETS, "db", updated)
    assert set((await images(rig)).values()) == {"example/db:2"}
    assert [each["revision"] for each in await rig.client.list(CONTROLLER_REVISIONS, "default")] in ([1, 2], [2, 1])


async def test_pods_below_the_partition_keep_the_old_template(rig: Any) -> None:
    await rig.client.create(stateful(3, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}))
    await rig.becomes(STATEFUL_SETS, "db", ready(3))
    await rig.client.patch(STATEFUL_SETS, "db", "default", image_2())
    await rig.becomes(STATEFUL_SETS, "db", lambda obj: ready(3)(obj) and obj["status"].get("updatedReplicas") == 1)
    assert await images(rig) == {"db-0": "example/db:1", "db-1": "example/db:1", "db-2": "example/db:2"}


async def test_on_delete_only_a_deleted_pod_gets_the_new_template(rig: Any) -> None:
    await rig.client.create(stateful(2, updateStrategy={"type": "OnDelete"}))
    await rig.becomes(STATEFUL_SETS, "db", ready(2))
    await rig.client.patch(STATEFUL_SETS, "db", "default", image_2())
    await rig.becomes(STATEFUL_SETS, "db", lambda obj: obj["status"]["currentRevision"] != obj["status"]["updateRevision"])
    await rig.client.delete(PODS, "db-0", "default", grace_period_seconds=0)
    await rig.becomes(PODS, "db-0", lambda pod: pod["spec"]["containers"][0]["image"] == "example/db:2")
    assert (await images(rig))["db-1"] == "example/db:1"


async def test_each_pod_has_its_own_claim_which_outlives_it(rig: Any) -> None:
    await rig.client.create(stateful(2, volumeClaimTemplates=[_CLAIM]))
    await rig.becomes(STATEFUL_SETS, "db", ready(2))
    claims = await rig.client.list(PERSISTENT_VOLUME_CLAIMS, "default")
    assert sorted(name_of(each) for each in claims) == ["data-db-0", "data-db-1"]
    assert {each["status"]["phase"] for each in claims} == {"Bound"}
    await rig.client.patch(STATEFUL_SETS, "db", "default", {"spec": {"replicas": 1}})
    await rig.gone(PODS, "db-1")
    assert len(await rig.client.list(PERSISTENT_VOLUME_CLAIMS, "default")) == 2


async def test_the_retention_policy_removes_the_claims_of_places_that_go(rig: Any) -> None:
    policy = {"whenDeleted": "Delete", "whenScaled": "Delete"}
    await rig.client.create(stateful(2, volumeClaimTemplates=[_CLAIM], persistentVolumeClaimRetentionPolicy=policy))
    await rig.becomes(STATEFUL_SETS, "db", ready(2))
    await rig.client.patch(STATEFUL_SETS, "db", "default", {"spec": {"replicas": 1}})
    await rig.gone(PERSISTENT_VOLUME_CLAIMS, "data-db-1")
    await rig.client.delete(STATEFUL_SETS, "db", "default")
    await rig.gone(PERSISTENT_VOLUME_CLAIMS, "data-db-0")


async def test_ordinals_may_start_elsewhere(rig: Any) -> None:
    await rig.client.create(stateful(2, ordinals={"start": 5}))
    await rig.becomes(STATEFUL_SETS, "db", ready(2))
    assert sorted(name_of(pod) for pod in await rig.pods("app=db")) == ["db-5", "db-6"]
