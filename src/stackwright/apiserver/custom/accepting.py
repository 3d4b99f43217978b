"""Which names a definition gets: those that no other definition of its group has, told in its status.

Source: k8s.io/apiextensions-apiserver pkg/controller/status/naming_controller.go.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.apiserver.custom.definition.defaults import versions_of
from stackwright.kernel.clock import rfc3339
from stackwright.runtime.conditions import find, with_condition


@dataclass(frozen=True, slots=True)
class Taken:
    """The names that others of the group have: of resources (short ones too), and of kinds (of lists too)."""

    resources: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refusal:
    reason: str
    message: str


def taken_names(definition: Object, others: Iterable[Object]) -> Taken:
    group, name = definition["spec"]["group"], name_of(definition)
    resources: set[str] = set()
    kinds: set[str] = set()
    for other in others:
        if name_of(other) == name or other["spec"]["group"] != group:
            continue
        names = (other.get("status") or {}).get("acceptedNames") or {}
        resources |= {names.get("plural", ""), names.get("singular", ""), *(names.get("shortNames") or ())}
        kinds |= {names.get("kind", ""), names.get("listKind", "")}
    return Taken(frozenset(resources - {""}), frozenset(kinds - {""}))


def with_names(definition: Object, taken: Taken, now: datetime) -> dict[str, Any]:
    """The definition with its status told. Once established, it stays so."""
    status, moment = dict(definition.get("status") or {}), rfc3339(now)
    names, refusal = _accepted(definition["spec"]["names"], status.get("acceptedNames") or {}, taken)
    conditions: Any = status.get("conditions") or []
    if refusal is None:
        conditions = with_condition(conditions, "NamesAccepted", "True", "NoConflicts", "no conflicts found", moment)
        told = ("True", "InitialNamesAccepted", "the initial names have been accepted")
    else:
        conditions = with_condition(conditions, "NamesAccepted", "False", refusal.reason, refusal.message, moment)
        told = ("False", "NotAccepted", "not all names are accepted")
    established = find(conditions, "Established")
    if established is None or established.get("status") != "True":
        conditions = with_condition(conditions, "Established", *told, moment)
    status |= {"conditions": conditions, "acceptedNames": names, "storedVersions": _stored(definition, status)}
    return {**definition, "status": status}


def _accepted(asked: Mapping[str, Any], before: Mapping[str, Any], taken: Taken) -> tuple[dict[str, Any], Refusal | None]:
    """Names are accepted one by one; the last that is taken is told."""
    names, refusal = dict(before), None
    for field, refused_as, others in (
        ("plural", "PluralConflict", taken.resources),
        ("singular", "SingularConflict", taken.resources),
        ("shortNames", "ShortNamesConflict", taken.resources),
        ("kind", "KindConflict", taken.kinds),
        ("listKind", "ListKindConflict", taken.kinds),
    ):
        value = asked.get(field)
        known = before.get(field)
        used = [name for name in (value if isinstance(value, list) else [value]) if name in others] if value != known else []
        if used:
            refusal = Refusal(refused_as, ", ".join(f'"{name}" is already in use' for name in used))
        elif value:
            names[field] = value
        else:
            names.pop(field, None)
    if asked.get("categories"):
        names["categories"] = asked["categories"]
    else:
        names.pop("categories", None)
    names.setdefault("plural", "")
    names.setdefault("kind", "")
    return names, refusal


def _stored(definition: Object, status: Mapping[str, Any]) -> list[str]:
    versions = list(status.get("storedVersions") or ())
    stored = next((version["name"] for version in versions_of(definition) if version.get("storage")), None)
    return versions if stored is None or stored in versions else [*versions, stored]
