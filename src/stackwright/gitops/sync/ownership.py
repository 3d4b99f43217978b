"""Who owns which fields, when an object goes over from client-side to server-side apply. Pure.

Source: k8s.io/client-go/util/csaupgrade (`UpgradeManagedFields`).
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

KUBECTL = "kubectl-client-side-apply"
Entry = Mapping[str, Any]


def handed_over(entries: Sequence[Entry], manager: str) -> list[Entry] | None:
    """The managedFields in which `manager` applies what it and kubectl wrote on the client's side; None when nothing changes.

    Without this, fields that are wanted no more would stay for ever: nobody applies them, and nobody takes them away.
    """
    written = [entry for entry in entries if _is_client_side(entry, manager)]
    if not written:
        return None
    applied = [entry for entry in entries if entry.get("manager") == manager and entry.get("operation") == "Apply"]
    newest = max((*written, *applied), key=lambda entry: str(entry.get("time") or ""))
    nothing: Mapping[str, Any] = {}
    fields = reduce(_union, (entry.get("fieldsV1") or nothing for entry in (*applied, *written)), nothing)
    kept = [entry for entry in entries if entry not in written and entry not in applied]
    return [{**newest, "manager": manager, "operation": "Apply", "fieldsV1": fields}, *kept]


def _is_client_side(entry: Entry, manager: str) -> bool:
    return entry.get("manager") in (KUBECTL, manager) and entry.get("operation") == "Update" and not entry.get("subresource")


def _union(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    both = {key: _union(one[key], value) if key in one else value for key, value in other.items()}
    return {**one, **both}
