"""metadata.managedFields, read and written.

Source: k8s.io/apimachinery pkg/util/managedfields/internal (managedfields.go, capmanagers.go, buildmanagerinfo.go).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from stackwright.api.meta import Object, metadata_of
from stackwright.store.ownership.fieldset import NOTHING, Node, union

Operation = Literal["Apply", "Update"]
MAX_UPDATERS = 10
ANCIENT = "ancient-changes"


class OwnerKey(NamedTuple):
    """Who owns. Shape: `api_version` is empty for Apply, which has one entry whatever version it used."""

    manager: str
    operation: Operation
    api_version: str
    subresource: str


class Owner(NamedTuple):
    """What is owned. Shape: `time` is None when the entry has none; `fields` are as fieldsV1 has them."""

    fields: Node
    api_version: str
    time: str | None


Owners = dict[OwnerKey, Owner]


def key_for(manager: str, operation: Operation, api_version: str, subresource: str) -> OwnerKey:
    return OwnerKey(manager, operation, "" if operation == "Apply" else api_version, subresource)


def read(entries: Any) -> Owners | None:
    """None when an entry cannot be read."""
    found: Owners = {}
    for entry in entries or ():
        if not isinstance(entry, Mapping) or entry.get("operation") not in ("Apply", "Update"):
            return None
        fields = entry.get("fieldsV1") or NOTHING
        if entry.get("fieldsType") != "FieldsV1" or not isinstance(fields, Mapping):
            return None
        version = str(entry.get("apiVersion") or "")
        key = key_for(str(entry.get("manager") or ""), entry["operation"], version, str(entry.get("subresource") or ""))
        found[key] = Owner(fields, version, entry.get("time"))
    return found


def written(owners: Owners) -> list[dict[str, Any]]:
    """The entries in the server's order: applies first, then by time, manager, version and subresource."""

    def rank(item: tuple[OwnerKey, Owner]) -> tuple[str, str, str, str, str]:
        key, owner = item
        return key.operation, owner.time or "", key.manager, owner.api_version, key.subresource

    return [_entry(key, owner) for key, owner in sorted(owners.items(), key=rank)]


def _entry(key: OwnerKey, owner: Owner) -> dict[str, Any]:
    entry: dict[str, Any] = {"manager": key.manager, "operation": key.operation, "apiVersion": owner.api_version}
    if owner.time:
        entry["time"] = owner.time
    entry |= {"fieldsType": "FieldsV1", "fieldsV1": owner.fields}
    return entry | {"subresource": key.subresource} if key.subresource else entry


def with_owners(obj: Object, owners: Owners) -> dict[str, Any]:
    meta = {key: value for key, value in metadata_of(obj).items() if key != "managedFields"}
    if owners:
        meta["managedFields"] = written(owners)
    return {**obj, "metadata": meta}


def without_owners(obj: Object) -> Object:
    meta = metadata_of(obj)
    if "managedFields" not in meta:
        return obj
    return {**obj, "metadata": {key: value for key, value in meta.items() if key != "managedFields"}}


def is_reset(entries: Any) -> bool:
    """One empty entry asks to forget all owners."""
    return isinstance(entries, Sequence) and len(entries) == 1 and not any((entries[0] or {}).values())


def capped(owners: Owners) -> Owners:
    """With the oldest updaters of a version gathered in one entry when there are too many."""
    updaters = sorted((key for key in owners if key.operation == "Update"), key=lambda key: (owners[key].time or "", key))
    surplus = len(updaters) - MAX_UPDATERS
    found, first = dict(owners), dict[str, OwnerKey]()
    for key in updaters:
        if surplus <= 0:
            break
        version = owners[key].api_version
        if version not in first:
            first[version] = key
            continue
        bucket = OwnerKey(ANCIENT, "Update", version, "")
        if bucket not in found:
            found[bucket] = found.pop(first[version])
        gathered = union(found.pop(key).fields, found[bucket].fields) if key != bucket else found[bucket].fields
        found[bucket] = Owner(gathered, version, owners[key].time)
        surplus -= 1
    return found
