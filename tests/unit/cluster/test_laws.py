"""Laws that hold for any input."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stackwright.cluster.amounts import scaled
from stackwright.cluster.endpoints import slices
from stackwright.cluster.workloads.deployment.rolling import grow, limits_of, shrink
from stackwright.cluster.workloads.job import indexes
from stackwright.cluster.workloads.statefulset.plan import Make, Remove, plan
from stackwright.kernel.clock import rfc3339

NOW = datetime(2026, 1, 2, tzinfo=UTC)
OWNER: dict[str, Any] = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "n", "uid": "s"}}
PORTS = ((("http", 80, "TCP", ""),), (("http", 81, "TCP", ""),))


@given(st.sets(st.integers(0, 300)))
def test_indexes_are_read_as_they_were_written(numbers: set[int]) -> None:
    assert indexes.parse(indexes.render(numbers), 301) == numbers


@given(st.integers(0, 100), st.integers(0, 1000))
def test_rounding_up_is_never_less_than_rounding_down(percent: int, total: int) -> None:
    up, down = scaled(f"{percent}%", total, up=True), scaled(f"{percent}%", total, up=False)
    assert 0 <= down <= up <= min(total, down + 1)


def apply(old: list[Any], found: slices.Changes, fresh: list[int]) -> list[Any]:
    gone = {each["metadata"]["name"] for each in found.delete}
    changed = {each["metadata"]["name"]: each for each in found.update}
    kept = [changed.get(each["metadata"]["name"], each) for each in old if each["metadata"]["name"] not in gone]
    for made in found.create:
        fresh[0] += 1
        kept.append({**made, "metadata": {**made["metadata"], "name": f"s{fresh[0]}"}})
    return kept


@settings(deadline=None, max_examples=50)
@given(st.lists(st.dictionaries(st.integers(0, 250), st.tuples(st.integers(0, 1), st.booleans()), max_size=220), min_size=1, max_size=4))
def test_slices_hold_exactly_the_endpoints_and_planning_again_changes_nothing(history: list[dict[int, tuple[int, bool]]]) -> None:
    live: list[Any] = []
    fresh = [0]
    labels = slices.labels_for(OWNER)
    for wished in history:
        wanted: dict[Any, list[Any]] = {}
        for number, (ports, ready) in wished.items():
            endpoint = {"addresses": [f"a{number}"], "conditions": {"ready": ready}, "targetRef": {"uid": str(number)}}
            wanted.setdefault(PORTS[ports], []).append(endpoint)
        live = apply(live, slices.changes(OWNER, labels, wanted, live, rfc3339(NOW)), fresh)
        held = [(slices.ports_of(slice), each) for slice in live for each in slice.get("endpoints") or ()]
        asked = [(ports, each) for ports, group in wanted.items() for each in group]
        assert sorted(held, key=repr) == sorted(asked, key=repr)
        assert live and all(len(slice.get("endpoints") or ()) <= slices.CAPACITY for slice in live)
        again = slices.changes(OWNER, labels, wanted, live, rfc3339(NOW))
        assert (again.create, again.update, again.delete) == ([], [], [])


def replica_set(name: str, replicas: int, available: int) -> dict[str, Any]:
    meta = {"name": name, "creationTimestamp": rfc3339(NOW), "annotations": {}}
    return {"metadata": meta, "spec": {"replicas": replicas}, "status": {"availableReplicas": available}}


@given(st.integers(1, 30), st.integers(0, 10), st.integers(0, 10))
def test_a_rollout_ends_and_never_leaves_its_limits(desired: int, surge: int, unavailable: int) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    deployment = {"spec": {"replicas": desired, "strategy": strategy}}
    limits = limits_of(deployment)
    new, old = 0, desired
    for _ in range(200):
        parts = replica_set("new", new, new), replica_set("old", old, old)
        growth = grow(deployment, parts[0], [parts[1]])
        changes = [growth] if growth else shrink(deployment, parts[0], [parts[1]])
        if not changes:
            break
        for change in changes:
            new = change.replicas if change.replica_set is parts[0] else new
            old = change.replicas if change.replica_set is parts[1] else old
        assert limits.fewest_available <= new + old <= limits.most
    assert (new, old) == (desired, 0)


def stateful_pod(ordinal: int, revision: str) -> dict[str, Any]:
    since = rfc3339(NOW - timedelta(minutes=1))
    condition = {"type": "Ready", "status": "True", "lastTransitionTime": since}
    meta = {"name": f"db-{ordinal}", "labels": {"controller-revision-hash": revision}}
    return {"metadata": meta, "spec": {}, "status": {"phase": "Running", "conditions": [condition]}}


@given(
    st.integers(0, 6),
    st.integers(0, 3),
    st.integers(0, 4),
    st.sampled_from(["OrderedReady", "Parallel"]),
    st.dictionaries(st.integers(0, 9), st.sampled_from(["old", "new"])),
)
def test_a_stateful_set_gets_to_its_places(replicas: int, start: int, partition: int, policy: str, there: dict[int, str]) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}
    spec = {"replicas": replicas, "ordinals": {"start": start}, "podManagementPolicy": policy, "updateStrategy": strategy}
    sset = {"metadata": {"name": "db", "namespace": "n"}, "spec": spec, "status": {}}
    live = {ordinal: stateful_pod(ordinal, revision) for ordinal, revision in there.items()}
    for _ in range(60):
        moves = plan(sset, list(live.values()), "new", NOW)
        assert policy == "Parallel" or len(moves) <= 1
        for move in moves:
            match move:
                case Make(ordinal, version):
                    live[ordinal] = stateful_pod(ordinal, "new" if version == "update" else "old")
                case Remove(pod, _):
                    del live[int(pod["metadata"]["name"].rpartition("-")[2])]
        if not moves:
            break
    assert set(live) == set(range(start, start + replicas))
    assert all(live[ordinal]["metadata"]["labels"]["controller-revision-hash"] == "new" for ordinal in live if ordinal >= start + partition)
