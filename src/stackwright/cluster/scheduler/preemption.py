"""Which pods give way to one of higher priority that fits nowhere. Pure.

Source: k8s.io/kubernetes pkg/scheduler/framework/plugins/defaultpreemption and pkg/scheduler/framework/preemption.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stackwright.api.meta import Object, is_deleting, labels_of, name_of, namespace_of
from stackwright.api.selectors import SelectorError, from_object
from stackwright.cluster import pods as pod_facts
from stackwright.cluster.context import spec_of, status_of
from stackwright.cluster.scheduler.trial import Trial

REASON = "PreemptionByScheduler"
NEVER = "not eligible due to preemptionPolicy=Never."
TERMINATING = "not eligible due to a terminating pod on the nominated node."
UNHELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"

_NOT_STARTED = "9999"
_SMALLEST_PRIORITY = -(2**31)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node that would have room. Shape: `victims` the most important first; `violations` of them against their budget."""

    node: str
    victims: tuple[Object, ...]
    violations: int


def priority(pod: Object) -> int:
    return int(spec_of(pod).get("priority") or 0)


def nominated_node(pod: Object) -> str:
    """The node that makes room for it; empty for none."""
    return str(status_of(pod).get("nominatedNodeName") or "")


def ineligible(pod: Object, on_nominated: Iterable[Object]) -> str | None:
    """Why the pod may not send others away. `on_nominated`: the pods on its nominated node, as long as that may still take it."""
    if spec_of(pod).get("preemptionPolicy") == "Never":
        return NEVER
    if any(priority(other) < priority(pod) and _gives_way(other) for other in on_nominated):
        return TERMINATING
    return None


def _gives_way(pod: Object) -> bool:
    condition = pod_facts.condition(pod, "DisruptionTarget") or {}
    return is_deleting(pod) and condition.get("status") == "True" and condition.get("reason") == REASON


def candidate(pod: Object, node: str, there: Iterable[Object], budgets: Sequence[Object], trial: Trial) -> Candidate | tuple[str, ...]:
    """The fewest pods of the node that must go, or why that does not help.

    All of lower priority are thought away first; then as many as possible come back: those whose budget is spent before the
    others, and among these the important ones first.
    """
    lower = sorted((other for other in there if priority(other) < priority(pod)), key=_importance)
    if not lower:
        return (NO_VICTIMS,)
    for other in lower:
        trial.remove(other)
    refusal = trial.refusal()
    if refusal.reasons:
        return refusal.reasons
    violating, others = _by_budget(lower, budgets)
    against = [other for other in violating if not _spared(other, trial)]
    going = [*against, *(other for other in others if not _spared(other, trial))]
    return Candidate(node, tuple(sorted(going, key=_importance)), len(against)) if going else (NO_VICTIMS,)


def _spared(pod: Object, trial: Trial) -> bool:
    """It may stay beside the one that comes."""
    trial.bring_back(pod)
    if not trial.refusal().reasons:
        return True
    trial.remove(pod)
    return False


def _importance(pod: Object) -> tuple[int, str]:
    """Sorts the important first: by priority, then those that run longest."""
    return -priority(pod), _started(pod)


def _started(pod: Object) -> str:
    return str(status_of(pod).get("startTime") or _NOT_STARTED)


def _by_budget(pods: Sequence[Object], budgets: Sequence[Object]) -> tuple[list[Object], list[Object]]:
    """Those whose going violates a budget, and the others; each in the order given."""
    left = [int(status_of(budget).get("disruptionsAllowed") or 0) for budget in budgets]
    violating: list[Object] = []
    others: list[Object] = []
    for pod in pods:
        touched = [place for place, budget in enumerate(budgets) if _counts(budget, pod)]
        for place in touched:
            left[place] -= 1
        (violating if any(left[place] < 0 for place in touched) else others).append(pod)
    return violating, others


def _counts(budget: Object, pod: Object) -> bool:
    """The budget is about the pod and has not let it go already."""
    terms = spec_of(budget).get("selector")
    if namespace_of(budget) != namespace_of(pod) or not labels_of(pod) or not terms:
        return False
    if name_of(pod) in (status_of(budget).get("disruptedPods") or {}):
        return False
    try:
        selector = from_object(terms)
    except SelectorError:
        return False
    return selector is not None and selector.matches(labels_of(pod))


def best(candidates: Sequence[Candidate]) -> Candidate:
    """The node where the least is lost; there is at least one."""
    fewest = min(_loss(each) for each in candidates)
    equal = [each for each in candidates if _loss(each) == fewest]
    return max(equal, key=_first_start)


def _loss(of: Candidate) -> tuple[int, int, int, int]:
    """Each priority is counted from the smallest there is, so that a pod more is never a gain."""
    priorities = [priority(victim) for victim in of.victims]
    return of.violations, max(priorities), sum(each - _SMALLEST_PRIORITY + 1 for each in priorities), len(priorities)


def _first_start(of: Candidate) -> str:
    """When the longest running of its most important victims started."""
    highest = max(priority(victim) for victim in of.victims)
    return min(_started(victim) for victim in of.victims if priority(victim) == highest)


def in_vain(nodes: int, why: Mapping[str, Sequence[str]]) -> str:
    """The preemption part of FailedScheduling. `why`: by node, for those where it was tried."""
    reasons = Counter({UNHELPFUL: nodes - len(why)})
    for each in why.values():
        reasons.update(each)
    listed = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items() if count))
    return f"0/{nodes} nodes are available: {listed}."
