"""Field ownership: what every write does to metadata.managedFields, and server-side apply. Pure.

- `after_update(new, old, rules, writer)`: `new` with managedFields telling of a create (`old` is None), update or patch.
- `apply(live, patch, rules, writer)`: what the live object (`{}` when absent) becomes, managedFields included.
- `Rules` is all that is particular to a kind; `Writer` is who writes, when, and through which subresource.

Source: k8s.io/apimachinery pkg/util/managedfields and structured-merge-diff merge.Updater.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stackwright.api.meta import Object, annotations_of, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError, bad_request
from stackwright.store.ownership import lastapplied
from stackwright.store.ownership.applied import Faults, faults_text, field_set
from stackwright.store.ownership.compare import Comparison, compare
from stackwright.store.ownership.conflicts import Conflicts, conflict_error
from stackwright.store.ownership.fieldset import NOTHING, SELF, Node, difference, intersection, ordered, union, without_trees
from stackwright.store.ownership.merge import merged
from stackwright.store.ownership.owners import (
    Owner,
    OwnerKey,
    Owners,
    capped,
    is_reset,
    key_for,
    read,
    with_owners,
    without_owners,
)
from stackwright.store.ownership.prune import pruned
from stackwright.store.schema import Schema

BEFORE_FIRST_APPLY = "before-first-apply"
_NEVER_OWNED: Node = {
    "f:apiVersion": {},
    "f:kind": {},
    "f:metadata": {
        SELF: {}, "f:name": {}, "f:namespace": {}, "f:creationTimestamp": {}, "f:selfLink": {}, "f:uid": {}, "f:clusterName": {},
        "f:generation": {}, "f:managedFields": {}, "f:resourceVersion": {},
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """A version in which a kind has other fields, which some may own: its shape, and an object as it is there."""

    schema: Schema
    converted: Callable[[Object], Object]


@dataclass(frozen=True, slots=True)
class Rules:
    """Shape: `ignored` are, by subresource, the field sets that a write through it cannot change (`{"": {"f:status": {}}}`);
    `zero` is the object of that kind before anybody wrote a field; `others` are versions with other fields, by apiVersion.
    """

    schema: Schema
    api_version: str
    kind: str
    ignored: Mapping[str, Node] = field(default_factory=dict)
    zero: Object = field(default_factory=dict)
    others: Mapping[str, OtherVersion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Writer:
    """Shape: `time` as metav1.Time; `subresource` is empty for the object itself; `force` takes fields over in conflicts."""

    manager: str
    time: str
    subresource: str = ""
    force: bool = False


def after_update(new: Object, old: Object | None, rules: Rules, writer: Writer) -> Object:
    """`new` with managedFields settled: fields that changed now belong to the writer and to nobody else."""
    owners = _owners_of_update(new, old, writer.subresource)
    bare = without_owners(new)
    if not owners and old is not None and uid_of(old):
        return bare
    before = rules.zero if old is None else seeded(without_owners(old), rules.zero)
    key = key_for(writer.manager, "Update", rules.api_version, writer.subresource)
    return with_owners(bare, capped(_updated(owners, key, before, bare, rules, writer)))


def seeded(obj: Object, zero: Object) -> Object:
    """With the parts that an object of the kind always has, empty where it does not fill them."""
    missing: dict[str, Any] = {key: value for key, value in zero.items() if key not in obj}
    for key, value in zero.items():
        if value and isinstance(value, Mapping) and isinstance(found := obj.get(key), Mapping):
            filled = seeded(found, value)
            if filled is not found:
                missing[key] = filled
    return {**obj, **missing} if missing else obj


def _owners_of_update(new: Object, old: Object | None, subresource: str) -> Owners:
    """What the request says, unless it says nothing that can be read: then what the live object says."""
    asked, live = metadata_of(new).get("managedFields"), metadata_of(old or {}).get("managedFields")
    if not subresource:
        if asked == [] or is_reset(asked):
            return {}
        if asked is not live and (owners := read(asked)):
            return owners
    return read(live) or {}


def _updated(owners: Owners, key: OwnerKey, before: Object, after: Object, rules: Rules, writer: Writer) -> Owners:
    comparison = _compared(before, after, rules, writer.subresource)
    changes = _Changes(before, after, rules, writer.subresource, {rules.api_version: comparison})
    found = _yielded(owners, changes)
    taken = difference(comparison.changed, _NEVER_OWNED)
    if taken:
        kept = found[key].fields if key in found else NOTHING
        found[key] = Owner(ordered(union(taken, kept)), rules.api_version, writer.time)
    return found


def _compared(before: Object, after: Object, rules: Rules, subresource: str) -> Comparison:
    comparison = compare(before, after, rules.schema)
    ignored = rules.ignored.get(subresource)
    if not ignored:
        return comparison
    return Comparison(without_trees(comparison.changed, ignored), without_trees(comparison.removed, ignored))


@dataclass(frozen=True, slots=True)
class _Changes:
    """What changed between two objects, as each version of their kind tells it."""

    before: Object
    after: Object
    rules: Rules
    subresource: str
    _known: dict[str, Comparison]

    def told_in(self, api_version: str) -> Comparison:
        if api_version not in self._known:
            self._known[api_version] = self._told_by(self.rules.others.get(api_version))
        return self._known[api_version]

    def _told_by(self, other: OtherVersion | None) -> Comparison:
        if other is None:
            return self._known[self.rules.api_version]
        there = replace(self.rules, schema=other.schema)
        return _compared(other.converted(self.before), other.converted(self.after), there, self.subresource)


def _yielded(owners: Owners, changes: _Changes, but: OwnerKey | None = None) -> Owners:
    """Owners without the fields that changed or went; who has nothing left is gone."""
    found: Owners = {}
    for key, owner in owners.items():
        fields = owner.fields
        if key != but:
            comparison = changes.told_in(owner.api_version)
            fields = difference(difference(fields, comparison.changed), comparison.removed)
        if fields:
            found[key] = owner if fields is owner.fields else owner._replace(fields=fields)
    return found


def apply(live: Object, patch: Object, rules: Rules, writer: Writer) -> Object:
    """Raises StatusError: 400 for a patch of another type, 500 for one that does not fit the schema, 409 for conflicts."""
    _check_patch(patch, rules)
    owners = read(metadata_of(live).get("managedFields"))
    if owners is None:
        raise StatusError(500, "", "failed to decode managed fields")
    bare = without_owners(live)
    if not owners and bare:
        key = key_for(BEFORE_FIRST_APPLY, "Update", rules.api_version, writer.subresource)
        owners = _updated({}, key, rules.zero, bare, rules, writer)
    faults: Faults = []
    wanted = field_set(patch, rules.schema, faults)
    if faults:
        raise StatusError(500, "", f"failed to create typed patch object ({_subject(patch, rules)}): {faults_text(faults)}")
    return _applied(bare, patch, wanted, owners, rules, writer)


def _applied(live: Object, patch: Object, wanted: Node, owners: Owners, rules: Rules, writer: Writer) -> Object:
    mine = key_for(writer.manager, "Apply", rules.api_version, writer.subresource)
    last = owners.get(mine)
    wanted = without_trees(wanted, rules.ignored.get(writer.subresource, NOTHING))
    time = last.time if last else None
    after = {**owners, mine: Owner(wanted, rules.api_version, time)}
    new: Mapping[str, Any] = merged(live, patch, rules.schema)
    if last:
        new = pruned(new, last.fields, [owner.fields for owner in after.values()], rules.schema)
    comparison = _compared(live, new, rules, writer.subresource)
    changes = _Changes(live, new, rules, writer.subresource, {rules.api_version: comparison})
    if not writer.force:
        _refuse_conflicts(after, mine, changes, writer)
    after = _yielded(after, changes, but=mine)
    changed = comparison.changed or comparison.removed
    after[mine] = Owner(ordered(difference(wanted, _NEVER_OWNED)), rules.api_version, writer.time if changed else time)
    if not after[mine].fields:
        del after[mine]
    return with_owners(lastapplied.followed(new, patch, writer.manager), after)


def _refuse_conflicts(owners: Owners, mine: OwnerKey, changes: _Changes, writer: Writer) -> None:
    conflicts: Conflicts = {}
    for key, owner in owners.items():
        if key != mine and (shared := intersection(owner.fields, changes.told_in(owner.api_version).changed)):
            conflicts[key] = shared
    if conflicts and writer.manager == lastapplied.MANAGER:
        allowed = lastapplied.still_as_applied(changes.before, annotations_of(changes.before), changes.rules.schema)
        conflicts = {key: left for key, shared in conflicts.items() if (left := difference(shared, allowed))}
    if conflicts:
        raise conflict_error(conflicts, owners)


def _check_patch(patch: Object, rules: Rules) -> None:
    version, kind = str(patch.get("apiVersion") or ""), str(patch.get("kind") or "")
    if (version, kind) != (rules.api_version, rules.kind):
        shown = version if "/" in version else "/" + version
        raise bad_request(f"invalid object type: {shown}, Kind={kind}")
    if not isinstance(metadata_of(patch), Mapping):
        found = faults_text([(".metadata", f"expected map, got {type(metadata_of(patch)).__name__}")])
        raise StatusError(500, "", f"failed to create typed patch object ({_subject({}, rules)}): {found}")
    if metadata_of(patch).get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")


def _subject(patch: Object, rules: Rules) -> str:
    version = rules.api_version if "/" in rules.api_version else "/" + rules.api_version
    return f"{namespace_of(patch)}/{name_of(patch)}; {version}, Kind={rules.kind}"
