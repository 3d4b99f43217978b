"""Who owns the number of replicas: told of the object as of its scale, and of the scale as of its object.

Source: k8s.io/apimachinery pkg/util/managedfields (ScaleHandler).
"""

from collections.abc import Sequence

from stackwright.api.meta import Object, metadata_of
from stackwright.store.ownership.fieldset import NOTHING, Node, difference, intersection
from stackwright.store.ownership.owners import Owner, read, with_owners

_VERSION = "autoscaling/v1"
_REPLICAS: Node = {"f:spec": {"f:replicas": {}}}


def owned_as_scale(scale: Object, parent: Object, path: Sequence[str]) -> Object:
    """The scale with those who own the replicas of its object."""
    replicas, owners = _node(path), read(metadata_of(parent).get("managedFields")) or {}
    found = {
        key._replace(api_version=key.api_version and _VERSION): Owner(_REPLICAS, _VERSION, owner.time)
        for key, owner in owners.items()
        if intersection(owner.fields, replicas)
    }
    return with_owners(scale, found)


def owned_as_parent(parent: Object, scale: Object, path: Sequence[str], api_version: str) -> Object:
    """The object with the owners of its scale, who are new without a time, and without those who lost it."""
    replicas = _node(path)
    scaling = {key._replace(api_version=key.api_version and api_version) for key in read(metadata_of(scale).get("managedFields")) or {}}
    found = {}
    for key, owner in (read(metadata_of(parent).get("managedFields")) or {}).items():
        if key in scaling or not intersection(owner.fields, replicas):
            found[key] = owner
        elif rest := difference(owner.fields, replicas):
            found[key] = owner._replace(fields=rest)
    for key in scaling - found.keys():
        found[key] = Owner(replicas, api_version, None)
    return with_owners(parent, found)


def _node(path: Sequence[str]) -> Node:
    found: Node = NOTHING
    for step in reversed(path):
        found = {f"f:{step}": found}
    return found
