"""Conditions as values: setting one keeps its transition time while its status stays.

Source: k8s.io/apimachinery pkg/api/meta conditions.
"""

from collections.abc import Mapping, Sequence
from typing import Any


def find(conditions: Sequence[Mapping[str, Any]] | None, type: str) -> Mapping[str, Any] | None:
    return next((condition for condition in conditions or () if condition.get("type") == type), None)


def is_true(conditions: Sequence[Mapping[str, Any]] | None, type: str) -> bool:
    found = find(conditions, type)
    return found is not None and found.get("status") == "True"


def with_condition(
    conditions: Sequence[Mapping[str, Any]] | None, type: str, status: str, reason: str, message: str, now: str, **extra: Any
) -> list[Mapping[str, Any]]:
    """A new list; the argument is not changed. `now` is RFC 3339."""
    old = find(conditions, type)
    since = old["lastTransitionTime"] if old and old.get("status") == status and old.get("lastTransitionTime") else now
    new = {"type": type, "status": status, "reason": reason, "message": message, "lastTransitionTime": since, **extra}
    if old is None:
        return [*(conditions or ()), new]
    return [new if condition.get("type") == type else condition for condition in conditions or ()]
