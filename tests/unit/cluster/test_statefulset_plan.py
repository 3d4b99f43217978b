"""What a StatefulSet does next."""

from datetime import UTC, datetime, timedelta
from typing import Any

from stackwright.cluster.workloads.statefulset import identity
from stackwright.cluster.workloads.statefulset.plan import Make, Remove, plan, status
from stackwright.kernel.clock import rfc3339

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def sset(replicas: int = 3, **spec: Any) -> dict[str, Any]:
    body = {"replicas": replicas, "serviceName": "db", "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}
    meta = {"name": "db", "namespace": "n", "uid": "s1", "generation": 1}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta, "spec": body | spec}


def pod(ordinal: int, revision: str = "new", *, ready: bool = True, gone: bool = False, phase: str = "Running") -> dict[str, Any]:
    meta: dict[str, Any] = {"name": f"db-{ordinal}", "labels": {"controller-revision-hash": revision}}
    meta |= {"deletionTimestamp": rfc3339(NOW)} if gone else {}
    since = rfc3339(NOW - timedelta(minutes=1))
    return {
        "metadata": meta,
        "spec": {},
        "status": {"phase": phase, "conditions": [{"type": "Ready", "status": str(ready), "lastTransitionTime": since}]},
    }


def test_places_are_filled_one_at_a_time_from_below() -> None:
    assert plan(sset(), [], "new", NOW) == (Make(0, "update"),)
    assert plan(sset(), [pod(0)], "new", NOW) == (Make(1, "update"),)
    assert plan(sset(), [pod(0, ready=False)], "new", NOW) == ()


def test_in_parallel_all_places_are_filled_at_once() -> None:
    assert plan(sset(podManagementPolicy="Parallel"), [pod(1)], "new", NOW) == (Make(0, "update"), Make(2, "update"))


def test_a_pod_that_ended_is_removed_to_be_made_again() -> None:
    ended = pod(0, phase="Failed")
    assert plan(sset(), [ended, pod(1), pod(2)], "new", NOW) == (Remove(ended, "ended"),)


def test_surplus_places_go_from_above_one_at_a_time() -> None:
    pods = [pod(number) for number in range(4)]
    assert plan(sset(2), pods, "new", NOW) == (Remove(pods[3], "surplus"),)
    assert plan(sset(2), [*pods[:3], pod(3, gone=True)], "new", NOW) == ()


def test_outdated_pods_are_renewed_from_above() -> None:
    pods = [pod(0, "old"), pod(1, "old"), pod(2, "old")]
    assert plan(sset(), pods, "new", NOW) == (Remove(pods[2], "outdated"),)
    assert plan(sset(), [pods[0], pods[1], pod(2)], "new", NOW) == (Remove(pods[1], "outdated"),)


def test_the_partition_keeps_the_places_below_it_old() -> None:
    staged = sset(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}})
    assert plan(staged, [pod(0, "old"), pod(1, "old"), pod(2)], "new", NOW) == ()
    assert plan(staged, [pod(0, "old"), pod(2)], "new", NOW) == (Make(1, "current"),)


def test_several_may_be_renewed_at_once_when_allowed() -> None:
    pods = [pod(number, "old") for number in range(3)]
    staged = sset(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}})
    assert plan(staged, pods, "new", NOW) == (Remove(pods[2], "outdated"), Remove(pods[1], "outdated"))


def test_the_new_revision_becomes_current_when_all_pods_have_it() -> None:
    assert status(sset(), [pod(0), pod(1), pod(2, "old")], "old", "new", 0, NOW)["currentRevision"] == "old"
    assert status(sset(), [pod(0), pod(1), pod(2)], "old", "new", 0, NOW)["currentRevision"] == "new"


def test_a_claim_takes_the_place_of_a_volume_of_the_template() -> None:
    claims = [{"metadata": {"name": "data"}, "spec": {}}]
    volumes = [{"name": "data", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}]
    revision = {"metadata": {"name": "db-1"}, "data": {"spec": {"template": {"spec": {"volumes": volumes, "containers": []}}}}}
    made = identity.new_pod(sset(volumeClaimTemplates=claims), 4, revision)
    assert made["spec"]["volumes"] == [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-4"}},
        {"name": "tmp", "emptyDir": {}},
    ]


def test_claims_belong_to_whom_the_retention_policy_says() -> None:
    kept = sset(persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain", "whenScaled": "Delete"})
    leaving = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "db-3", "uid": "p3"}}
    owners = identity.claim_owners(kept, {"metadata": {"name": "data-db-3"}}, leaving)
    assert [owner["uid"] for owner in owners or ()] == ["p3"]
    assert identity.claim_owners(kept, {"metadata": {"name": "data-db-0"}}, None) is None
