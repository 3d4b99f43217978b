"""What automation does not do by itself, and what it tries again: sense beyond Argo CD's. Pure.

- A sync that would remove much of what lives stops until somebody approves this very revision.
- A revision that somebody rolled back is not applied again.
- A failure that the surroundings caused is tried again, without a new commit.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, annotations_of
from stackwright.gitops.application import has_several_sources, status_of
from stackwright.gitops.compare import AppState
from stackwright.kernel.clock import parse_rfc3339

PRUNE_GUARD = "stackwright.dev/prune-guard"
PRUNE_APPROVED = "stackwright.dev/prune-approved"
DEFAULT_SHARE = 0.5
FEW = 10
LISTED = 10
RETRY_SECONDS = 60.0
_SURROUNDINGS = re.compile(
    r"did not answer|connection refused|connection reset|i/o timeout|context deadline exceeded|Internal error occurred|"
    r"too many requests|currently unable to handle|failed calling webhook|etcdserver|"
    r"no matches for kind|CRD is installed on the destination cluster|namespaces \"[^\"]*\" not found|"
    r"is forbidden: exceeded quota|is being terminated",
    re.IGNORECASE,
)


# -- pruning much ----------------------------------------------------------------------------------------------------------


def pruned_too_much(app: Object, state: AppState, revisions: Sequence[str]) -> str:
    """Why a sync with pruning has to be approved first, with what would go; empty when it need not be."""
    living = [item for item in state.resources if item.pair.live is not None and item.status != ""]
    doomed = [item for item in living if item.requires_pruning]
    if len(doomed) <= FEW or len(doomed) <= _share(app) * len(living) or is_approved(app, revisions):
        return ""
    names = [f"{item.pair.key.kind}/{item.pair.key.name}" for item in doomed[:LISTED]]
    more = f" and {len(doomed) - LISTED} more" if len(doomed) > LISTED else ""
    approval = f"{PRUNE_APPROVED}={','.join(revisions)}"
    return (
        f"Stopped before removing {len(doomed)} of {len(living)} objects: {', '.join(names)}{more}. "
        f"Annotate the Application with {approval} to go on, or sync it by hand"
    )


def is_approved(app: Object, revisions: Sequence[str]) -> bool:
    """Whether somebody approved what these revisions remove."""
    approved = [item.strip() for item in str(annotations_of(app).get(PRUNE_APPROVED) or "").split(",") if item.strip()]
    return bool(approved) and approved == list(revisions)


def _share(app: Object) -> float:
    """The share of what lives that may go unasked; `off` for all of it. What cannot be read counts as not said."""
    text = str(annotations_of(app).get(PRUNE_GUARD) or "").strip()
    if text == "off":
        return 1.0
    found = re.fullmatch(r"(\d{1,3})%", text)
    return min(int(found[1]), 100) / 100 if found else DEFAULT_SHARE


# -- rolled back -----------------------------------------------------------------------------------------------------------


def rolled_back(app: Object, revisions: Sequence[str]) -> str:
    """Why these revisions stay away: somebody went back from them. Empty when nobody did."""
    history = list(status_of(app).get("history") or ())
    if not history or _is_automated(history[-1]) or _revisions(app, history[-1]) == list(revisions):
        return ""
    if not any(_revisions(app, entry) == list(revisions) for entry in history[:-1]):
        return ""
    who = str((history[-1].get("initiatedBy") or {}).get("username") or "somebody")
    shown, now = ", ".join(revisions), ", ".join(_revisions(app, history[-1]))
    return f"Revision {shown} was rolled back to {now} by {who}; automation waits for a newer one"


def _is_automated(entry: Mapping[str, Any]) -> bool:
    return bool((entry.get("initiatedBy") or {}).get("automated"))


def _revisions(app: Object, entry: Mapping[str, Any]) -> list[str]:
    found = entry.get("revisions") if has_several_sources(app) else [entry.get("revision")]
    return [str(item or "") for item in found or ()]


# -- failures of the surroundings ------------------------------------------------------------------------------------------


def is_of_surroundings(message: str) -> bool:
    """Whether what failed may go well later with the same manifests: a cluster, a kind, a namespace, room that is missing now."""
    return _SURROUNDINGS.search(message) is not None


def seconds_until_retry(operation_state: Mapping[str, Any], now: datetime) -> float:
    """How long to let the surroundings recover; 0 when that was long enough."""
    finished = operation_state.get("finishedAt")
    if not finished:
        return RETRY_SECONDS
    return max(0.0, RETRY_SECONDS - (now - parse_rfc3339(str(finished))).total_seconds())
