"""Which loose objects a controller takes over, and which of its own it lets go.

Source: k8s.io/kubernetes pkg/controller/controller_ref_manager.go.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from stackwright.api.meta import Object, Resource, controller_of, is_deleting, labels_of, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.selectors import LabelSelector
from stackwright.api.status import StatusError
from stackwright.client.kube import KubeClient
from stackwright.cluster.context import reference_to


@dataclass(frozen=True, slots=True)
class Claims:
    """Shape: `owned` are the owner's and match; the other two need a write first."""

    owned: tuple[Object, ...]
    adopt: tuple[Object, ...]
    release: tuple[Object, ...]


def claims(owner: Object, selector: LabelSelector, candidates: Iterable[Object]) -> Claims:
    """Judges each candidate of the owner's namespace. An owner that is being deleted takes and lets go nothing."""
    owned, adopt, release = [], [], []
    for obj in candidates:
        ref = controller_of(obj)
        matches = selector.matches(labels_of(obj))
        if ref is not None and ref.get("uid") != uid_of(owner):
            continue
        if ref is not None and matches:
            owned.append(obj)
        elif is_deleting(owner):
            continue
        elif ref is not None:
            release.append(obj)
        elif matches and not is_deleting(obj):
            adopt.append(obj)
    return Claims(tuple(owned), tuple(adopt), tuple(release))


async def settle(client: KubeClient, resource: Resource, owner: Object, found: Claims) -> list[Object]:
    """Carries the claims out; answers with all that is owned afterwards. Raises StatusError."""
    adopted = []
    for obj in found.adopt:
        references = [*(metadata_of(obj).get("ownerReferences") or ()), reference_to(owner)]
        changed = await _set_owners(client, resource, obj, references)
        adopted += [changed] if changed else []
    for obj in found.release:
        references = [ref for ref in metadata_of(obj).get("ownerReferences") or () if ref.get("uid") != uid_of(owner)]
        await _set_owners(client, resource, obj, references)
    return [*found.owned, *adopted]


async def _set_owners(client: KubeClient, resource: Resource, obj: Object, references: list[dict[str, object]]) -> Object | None:
    meta = {"uid": uid_of(obj), "resourceVersion": metadata_of(obj).get("resourceVersion"), "ownerReferences": references or None}
    try:
        return await client.patch(resource, name_of(obj), namespace_of(obj), {"metadata": meta})
    except StatusError as error:
        if error.not_found:
            return None
        raise
