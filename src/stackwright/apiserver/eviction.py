"""POST of an Eviction: a pod is deleted only if its disruption budget can spare it.

Source: k8s.io/kubernetes pkg/registry/core/pod/storage/eviction.go.
"""

from dataclasses import replace
from typing import Any

from stackwright.api.meta import Object, is_deleting, labels_of, metadata_of, name_of, uid_of
from stackwright.api.selectors import SelectorError, from_object
from stackwright.api.status import StatusError, bad_request, not_found
from stackwright.apiserver import deleting
from stackwright.apiserver.answers import answer
from stackwright.apiserver.body import decode_object
from stackwright.apiserver.builtin.cells import holds
from stackwright.apiserver.writeoptions import check_options
from stackwright.apiserver.writing import Write
from stackwright.kernel.clock import rfc3339
from stackwright.kernel.http import Response
from stackwright.store.entry import Entry
from stackwright.store.objects import Changed, NotThere

_BUDGETS = "poddisruptionbudgets.policy"
_REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
_MANY = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
_ATTEMPTS = 20
_MOST_DISRUPTED = 2000


async def evict(write: Write) -> Response:
    """Raises StatusError: 429 when the budget has nothing to spare."""
    check_options(write.request, "CreateOptions")
    eviction = decode_object(write.request, "Eviction")
    target = write.target
    if name_of(eviction) and name_of(eviction) != target.name:
        raise bad_request("name in URL does not match name in Eviction object")
    options = dict(eviction.get("deleteOptions") or {})
    if write.dry_run:
        options["dryRun"] = ["All"]
    pod = write.parts.store.get("pods", target.namespace, target.name)
    if pod is None:
        raise not_found("", "pods", target.name)
    deleting.check_preconditions(target.kind, pod, options)
    if not _is_free(pod):
        await _spend(write, pod, dry_run=bool(options.get("dryRun")))
        options["preconditions"] = {**(options.get("preconditions") or {}), "uid": uid_of(pod)}
    await deleting.delete_one(replace(write, target=replace(target, subresource="")), options)
    return answer({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, 201)


def _is_free(pod: Object) -> bool:
    """A pod that serves nobody needs no budget."""
    return is_deleting(pod) or (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed", "Pending")


async def _spend(write: Write, pod: Object, *, dry_run: bool) -> None:
    """Takes one disruption from the pod's budget. Raises StatusError."""
    for _ in range(_ATTEMPTS):
        budget = _budget_of(write, pod)
        if budget is None or _may_always_go(pod, budget.object):
            return
        spent = _spent(budget.object, pod, rfc3339(write.parts.clock.now()))
        if dry_run:
            return
        try:
            await write.parts.store.update(_BUDGETS, spent, budget.revision)
        except (Changed, NotThere):
            continue
        return
    raise _too_many(_REFUSED, "too many others wrote the budget")


def _budget_of(write: Write, pod: Object) -> Entry | None:
    found = [entry for entry in write.parts.store.entries(_BUDGETS, write.target.namespace) if _selects(entry.object, pod)]
    if len(found) > 1:
        raise StatusError(500, "InternalError", f"Internal error occurred: {_MANY}")
    return found[0] if found else None


def _selects(budget: Object, pod: Object) -> bool:
    try:
        selector = from_object((budget.get("spec") or {}).get("selector"))
    except SelectorError:
        return False
    return selector is not None and selector.matches(labels_of(pod))


def _may_always_go(pod: Object, budget: Object) -> bool:
    """A pod that is not ready costs nothing, as far as the budget's policy says so."""
    if holds(pod, "Ready"):
        return False
    status = budget.get("status") or {}
    if (budget.get("spec") or {}).get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    return int(status.get("currentHealthy") or 0) >= int(status.get("desiredHealthy") or 0) > 0


def _spent(budget: Object, pod: Object, moment: str) -> Object:
    """Raises StatusError 429."""
    name, status = name_of(budget), budget.get("status") or {}
    if int(status.get("observedGeneration") or 0) < int(metadata_of(budget).get("generation") or 0):
        raise _too_many(_REFUSED, f"The disruption budget {name} is still being processed by the server.")
    allowed = int(status.get("disruptionsAllowed") or 0)
    if allowed < 0:
        raise StatusError(403, "Forbidden", f'poddisruptionbudgets.policy "{name}" is forbidden: pdb disruptions allowed is negative')
    disrupted = dict(status.get("disruptedPods") or {})
    if len(disrupted) > _MOST_DISRUPTED:
        raise StatusError(403, "Forbidden", f'poddisruptionbudgets.policy "{name}" is forbidden: DisruptedPods map too big')
    if allowed == 0:
        needed, healthy = int(status.get("desiredHealthy") or 0), int(status.get("currentHealthy") or 0)
        raise _too_many(_REFUSED, f"The disruption budget {name} needs {needed} healthy pods and has {healthy} currently")
    disrupted[name_of(pod)] = moment
    return {**budget, "status": {**status, "disruptionsAllowed": allowed - 1, "disruptedPods": disrupted}}


def _too_many(message: str, cause: str) -> StatusError:
    details: dict[str, Any] = {"causes": [{"reason": "DisruptionBudget", "message": cause}]}
    return StatusError(429, "TooManyRequests", message, details)
