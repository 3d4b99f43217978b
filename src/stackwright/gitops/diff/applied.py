"""What a server-side apply makes of the live object, and a dry run's answer without what webhooks did to it.

Source: Argo CD's gitops-engine pkg/diff (structuredMergeDiff, removeWebhookMutation).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object, gvk_of, metadata_of
from stackwright.api.status import StatusError
from stackwright.gitops.diff.threeway import without_last_applied
from stackwright.kernel import json
from stackwright.store import managed
from stackwright.store.ownership.compare import compare
from stackwright.store.ownership.fieldset import NOTHING, SELF, Node, union
from stackwright.store.ownership.merge import merged
from stackwright.store.ownership.prune import removed
from stackwright.store.schema import ANY, Schema

_ANY_TIME = "1970-01-01T00:00:00Z"


def after_apply(target: Object, live: Object, schema: Schema | None, manager: str) -> Object | None:
    """None when the target cannot be applied: a field does not fit the schema, or nobody can read managedFields."""
    gvk = gvk_of(target)
    rules = managed.Rules(schema or ANY, gvk.api_version, gvk.kind)
    writer = managed.Writer(manager, _ANY_TIME, force=True)
    try:
        return managed.apply(without_last_applied(live), target, rules, writer)
    except StatusError:
        return None


def without_webhook_changes(after: Object, live: Object, schema: Schema | None, manager: str) -> Object:
    """Fields that the manager does not own are as they live; those that the apply takes away stay away."""
    mine = _owned(after, manager)
    if not mine:
        return after
    shape = schema or ANY
    before, bare = _without_owners(live), _without_owners(after)
    found = compare(before, bare, shape)
    kept = removed(bare, _foreign(found.changed, mine), shape)
    restored = removed(merged(before, kept, shape), found.removed, shape)
    return {**restored, "metadata": {**metadata_of(restored), "managedFields": metadata_of(after).get("managedFields")}}


def _owned(obj: Object, manager: str) -> Node:
    fields: Node = NOTHING
    for entry in metadata_of(obj).get("managedFields") or ():
        if isinstance(entry, Mapping) and entry.get("manager") == manager:
            fields = union(fields, entry.get("fieldsV1") or NOTHING)
    return fields


def _foreign(changed: Node, mine: Node) -> Node:
    """What changed and neither is owned nor holds anything that is. Keys of list items stay, since without them an item is nobody."""
    found: dict[str, Any] = {}
    for element, below in changed.items():
        if element == SELF:
            continue
        if element not in mine:
            found[element] = below
            continue
        inner = _foreign(below, mine[element])
        if element.startswith("k:"):
            inner = {name: node for name, node in inner.items() if name not in _key_fields(element)}
        if inner:
            found[element] = inner
    return found


def _key_fields(element: str) -> frozenset[str]:
    return frozenset("f:" + name for name in json.loads(element.partition(":")[2]))


def _without_owners(obj: Object) -> Object:
    return {**obj, "metadata": {key: value for key, value in metadata_of(obj).items() if key != "managedFields"}}
