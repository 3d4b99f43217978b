"""Which pods give way, on which node, and why none does."""

from collections.abc import Sequence
from typing import Any

import pytest

from stackwright.api.meta import Object, name_of
from stackwright.cluster.scheduler import preemption
from stackwright.cluster.scheduler.demand import Usage, amounts
from stackwright.cluster.scheduler.fitting import Refusal, of_node, of_room
from stackwright.cluster.scheduler.nominations import Nominations
from stackwright.cluster.scheduler.preemption import Candidate
from stackwright.cluster.scheduler.trial import Trial


def pod(name: str, priority: int = 0, cpu: int = 1, started: str = "2026-01-01T00:00:00Z", **more: Any) -> dict[str, Any]:
    container = {"resources": {"requests": {"cpu": str(cpu)}}}
    meta = {"name": name, "uid": name, "namespace": "n", "labels": {"app": name[0]}}
    return {"metadata": meta, "spec": {"priority": priority, "containers": [container]}, "status": {"startTime": started}} | more


def budget(app: str, allowed: int, **status: Any) -> dict[str, Any]:
    spec = {"selector": {"matchLabels": {"app": app}}}
    return {"metadata": {"name": app, "namespace": "n"}, "spec": spec, "status": {"disruptionsAllowed": allowed} | status}


def node(cpu: int) -> dict[str, Any]:
    return {"metadata": {"name": "a"}, "spec": {}, "status": {"allocatable": {"cpu": str(cpu), "pods": "9"}}}


def candidate(subject: Object, there: Sequence[Object], cpu: int, budgets: Sequence[Object] = ()) -> Candidate | tuple[str, ...]:
    usage = Usage()
    for each in there:
        usage.add(name_of(each), each)

    trial = Trial(usage, (), lambda taken, placed: of_room(subject, node(cpu), taken))
    return preemption.candidate(subject, "a", there, budgets, trial)


@pytest.mark.parametrize(
    ("reason", "there", "cpu", "budgets", "victims", "violations"),
    [
        ("no more than needed", [pod("a1"), pod("a2")], 2, [], ["a2"], 0),
        ("the lowest priority goes", [pod("a1", 5), pod("a2", 3)], 2, [], ["a2"], 0),
        ("of equals the youngest goes", [pod("a1", started="2026-01-02T00:00:00Z"), pod("a2")], 2, [], ["a1"], 0),
        ("one that has not started is younger", [pod("a1", status={}), pod("a2")], 2, [], ["a1"], 0),
        ("a spent budget outweighs priority", [pod("a1", 1), pod("b1", 5)], 2, [budget("a", 0)], ["b1"], 0),
        ("a budget with room does not", [pod("a1", 1), pod("b1", 5)], 2, [budget("a", 1)], ["a1"], 0),
        ("no way around the budget", [pod("a1")], 1, [budget("a", 0)], ["a1"], 1),
        ("a budget that let it go already", [pod("a1", 1), pod("b1", 5)], 2, [budget("a", 0, disruptedPods={"a1": "x"})], ["a1"], 0),
        ("a small one comes back", [pod("a1", 5, cpu=1), pod("a2", 3, cpu=3)], 4, [], ["a2"], 0),
        ("the important first", [pod("a1", 1), pod("a2", 3), pod("b1", 2)], 3, [budget("b", 0)], ["a1"], 0),
    ],
)
def test_the_fewest_and_least_important_pods_give_way(
    reason: str, there: list[Any], cpu: int, budgets: list[Any], victims: list[str], violations: int
) -> None:
    found = candidate(pod("new", 9, cpu=1), there, cpu, budgets)
    assert isinstance(found, Candidate), reason
    assert ([name_of(each) for each in found.victims], found.violations) == (victims, violations), reason


def test_victims_are_listed_by_importance_whatever_their_budgets() -> None:
    found = candidate(pod("new", 9, cpu=3), [pod("a1", 1), pod("b1", 2), pod("a2", 3)], 3, [budget("b", 0)])
    assert isinstance(found, Candidate)
    assert [name_of(each) for each in found.victims] == ["a2", "b1", "a1"]


def test_nobody_gives_way_to_an_equal_and_none_when_that_is_not_enough() -> None:
    assert candidate(pod("new", 9), [pod("a1", 9)], 1) == (preemption.NO_VICTIMS,)
    assert candidate(pod("new", 9, cpu=2), [pod("a1", 9), pod("a2", 1)], 2) == ("Insufficient cpu",)


@pytest.mark.parametrize(
    ("reason", "better", "worse"),
    [
        ("fewer violations", Candidate("a", (pod("x", 9),), 0), Candidate("b", (pod("x", 1),), 1)),
        ("a lower highest priority", Candidate("a", (pod("x", 3), pod("y", 3)), 0), Candidate("b", (pod("x", 5),), 0)),
        ("a smaller sum", Candidate("a", (pod("x", 5), pod("y", 1)), 0), Candidate("b", (pod("x", 5), pod("y", 2)), 0)),
        ("fewer pods, also below zero", Candidate("a", (pod("x", -1),), 0), Candidate("b", (pod("x", -1), pod("y", -5)), 0)),
        (
            "a later start of the most important",
            Candidate("a", (pod("x", 5, started="2026-01-02T00:00:00Z"), pod("y", 1)), 0),
            Candidate("b", (pod("x", 5), pod("y", 1, started="2026-01-03T00:00:00Z")), 0),
        ),
    ],
)
def test_the_node_where_the_least_is_lost(reason: str, better: Candidate, worse: Candidate) -> None:
    assert preemption.best([better, worse]) is better, reason
    assert preemption.best([worse, better]) is better, reason


def test_who_may_send_others_away() -> None:
    target = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}
    leaving = pod("a1", 1, status={"conditions": [target]})
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    urgent, modest = pod("new", 9), pod("new", 9)
    modest["spec"]["preemptionPolicy"] = "Never"
    assert preemption.ineligible(urgent, [pod("a1", 1)]) is None
    assert preemption.ineligible(modest, []) == "not eligible due to preemptionPolicy=Never."
    assert preemption.ineligible(urgent, [leaving]) == "not eligible due to a terminating pod on the nominated node."
    assert preemption.ineligible(pod("new", 1), [leaving]) is None


def test_removing_pods_helps_only_where_the_node_is_large_enough() -> None:
    full = Usage()
    full.add("a1", pod("a1", cpu=4))
    assert of_room(pod("new", cpu=4), node(4), full) == Refusal(("Insufficient cpu",), resolvable=True)
    assert of_room(pod("new", cpu=5), node(4), full) == Refusal(("Insufficient cpu",), resolvable=False)
    assert of_room(pod("new", cpu=4), node(4), Usage()) == Refusal()
    cordoned = node(4) | {"spec": {"unschedulable": True}}
    assert of_node(pod("new"), cordoned, None) == Refusal(("node(s) were unschedulable",))


def test_a_trial_changes_only_its_own_world() -> None:
    usage, kept, gone = Usage(), pod("a1", cpu=1), pod("a2", cpu=3)
    for each in (kept, gone):
        usage.add(name_of(each), each)
    seen: list[tuple[int, int]] = []

    def judge(taken: Usage, placed: Any) -> Refusal:
        seen.append((taken.total["cpu"], len(placed)))
        return Refusal()

    trial = Trial(usage, [(kept, node(4)), (gone, node(4))], judge)
    trial.remove(gone)
    trial.refusal()
    trial.bring_back(gone)
    trial.refusal()
    assert (seen, usage.total["cpu"]) == ([(1000, 1), (4000, 2)], 4000)


def test_usage_without_a_pod_is_another() -> None:
    usage = Usage()
    usage.add("a1", pod("a1", cpu=4))
    assert usage.without(["a1"]).total["cpu"] == 0
    assert usage.total["cpu"] == amounts({"cpu": "4"})["cpu"]


def test_the_words_for_preemption_in_vain() -> None:
    why = {"a": ("Insufficient cpu",), "b": (preemption.NO_VICTIMS,), "c": (preemption.NO_VICTIMS,)}
    assert preemption.in_vain(5, why) == (
        "0/5 nodes are available: 1 Insufficient cpu, 2 No preemption victims found for incoming pod, "
        "2 Preemption is not helpful for scheduling."
    )


def test_room_is_kept_from_the_less_urgent_only() -> None:
    known, waiting = Nominations(), pod("w", 5)
    known.put(waiting, "a")
    assert known.before(pod("x", 5), "a") == [waiting]
    assert known.before(pod("x", 6), "a") == []
    assert known.after(pod("x", 6), "a") == [waiting]
    assert known.before(waiting, "a") == known.before(pod("x", 1), "b") == []
    known.put(waiting, "")
    assert known.node_of(waiting) == ""
