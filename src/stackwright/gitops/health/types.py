"""What a health is, and which of two is worse."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

HealthStatus = Literal["Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown"]

ORDER: tuple[HealthStatus, ...] = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")
"""From best to worst."""


@dataclass(frozen=True, slots=True)
class Health:
    """Shape: `message` is empty when there is nothing to add to the status."""

    status: HealthStatus
    message: str = ""


def is_worse(one: HealthStatus, other: HealthStatus) -> bool:
    return ORDER.index(one) > ORDER.index(other)


def worst(statuses: Iterable[HealthStatus]) -> HealthStatus:
    """Healthy when there are none."""
    return max(statuses, key=ORDER.index, default="Healthy")


def as_status(text: object) -> HealthStatus | None:
    """The status that `text` spells, or None."""
    return next((status for status in ORDER if status == text), None)
