"""Telling a manager which of the fields that it applies belong to others.

Source: k8s.io/apimachinery pkg/util/managedfields/internal/conflict.go.
"""

from collections.abc import Mapping

from stackwright.api.status import StatusError
from stackwright.store.ownership.fieldset import Node, paths, render
from stackwright.store.ownership.owners import OwnerKey, Owners

Conflicts = dict[OwnerKey, Node]


def conflict_error(conflicts: Mapping[OwnerKey, Node], owners: Owners) -> StatusError:
    """409 with one cause for each field."""
    found = [(_named(key, owners), render(path)) for key in sorted(conflicts) for path in paths(conflicts[key])]
    causes = [{"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": field} for who, field in found]
    return StatusError(409, "Conflict", _message(found), {"causes": causes})


def _message(found: list[tuple[str, str]]) -> str:
    if len(found) == 1:
        return f"Apply failed with 1 conflict: conflict with {found[0][0]}: {found[0][1]}"
    fields: dict[str, list[str]] = {}
    for who, field in found:
        fields.setdefault(who, []).append(f"- {field}")
    lines = [line for who, listed in fields.items() for line in (f"conflicts with {who}:", *listed)]
    return f"Apply failed with {len(found)} conflicts: " + "\n".join(lines)


def _named(key: OwnerKey, owners: Owners) -> str:
    who = f'"{key.manager}"'
    if key.subresource:
        who += f' with subresource "{key.subresource}"'
    return f"{who} using {owners[key].api_version}" if key.operation == "Update" else who
