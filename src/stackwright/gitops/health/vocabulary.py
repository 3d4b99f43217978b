"""The words in which controllers tell how their objects do: types and reasons of conditions, phases and states."""

import re
from collections.abc import Mapping

from stackwright.gitops.health.types import HealthStatus

READY_TYPES = ("Ready", "Healthy", "Available", "Succeeded", "Complete", "Completed")
"""Conditions that sum up all the others, the most telling first."""

GOOD_TYPE = re.compile(
    r"(Ready|Available|Succeeded|Successful|Synced|Synchronized|Healthy|Valid|Accepted|Programmed|Established|Completed?|Reconciled"
    r"|Deployed|Installed|Initialized|Bound|Applied|Admitted|Compliant|Scheduled|Resolved|ResolvedRefs|Active|Configured)\Z"
)
"""Conditions that are True when their part is well, also as the end of a longer name."""

BAD_TYPES = frozenset(
    (
        "Failed", "Failure", "Error", "Degraded", "Stalled", "ErrorOccurred", "HasErrors", "ReconcileError", "NotReady", "Invalid",
        "SpecError", "InvalidSpec", "ConfigError", "NonStructuralSchema",
    )
)  # fmt: skip
"""Conditions that are True when something is wrong."""

BUSY_TYPES = frozenset(
    (
        "Reconciling", "Progressing", "Creating", "Updating", "Upgrading", "Deploying", "Provisioning", "Pending", "Issuing", "Running",
        "Terminating", "Scaling", "RollingUpdate",
    )
)  # fmt: skip
"""Conditions that are True while the controller works."""

PAUSED = frozenset(("Paused", "Suspended", "Hibernated", "Stopped", "ReconciliationPaused", "cnpg.io/hibernation"))

BUSY_REASON = re.compile(
    r"(?i)(wait|pending|progress|creating|provisioning|installing|initializing|starting|reconciling|updating|upgrading|deploying|scaling"
    r"|scheduling|importing|restoring|syncing|not_?yet|requested|queued|notready|transfer|rolling|unpacking|deleting)"
)
FAILED_REASON = re.compile(
    r"(?i)(fail|error|invalid|denied|forbidden|notfound|not found|missing|conflict|timeout|timedout|exceeded|unauthorized|crash|stalled"
    r"|aborted|back-?off|unavailable\b|cannot|unable)"
)

_VOCABULARY: Mapping[HealthStatus, str] = {
    "Healthy": "active available bound complete completed compliant created deployed enabled established exists finished green healthy "
    "installed ok online operational provisioned ready reconciled running started succeeded success successful synced up valid",
    "Progressing": "accepted applying applyingchanges building configuring creating deleting deploying downloading expanding importing "
    "importinprogress initializing initialising installing inprogress migrating new pending preparing processing progressing promoting "
    "provisioning queued reconciling restarting restoring rolling scaling scalingup scalingdown scheduled scheduling starting submitted "
    "syncing terminating updating upgrading validating waiting yellow",
    "Degraded": "aborted broken canceled cancelled configerror conflict crashed crashloopbackoff dead degraded denied error errored errors "
    "expired failed failure failing faulted fault invalid invalidspec lost misconfigured noncompliant notready red rejected stalled "
    "timedout timeout unavailable unhealthy unreachable",
    "Suspended": "disabled hibernated paused stopped suspended",
    "Unknown": "unknown",
    "Missing": "notfound",
}
_WORDS = {word: status for status, words in _VOCABULARY.items() for word in words.split()}


def meaning_of(word: str) -> HealthStatus | None:
    """What a phase or state says, however it is spelled (`InProgress`, `in_progress`, `in progress`)."""
    return _WORDS.get(re.sub(r"[\s_-]", "", word).lower())
