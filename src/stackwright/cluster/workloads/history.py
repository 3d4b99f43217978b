"""ControllerRevisions: the templates that a StatefulSet or DaemonSet had, in order.

Source: k8s.io/kubernetes pkg/controller/history.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, annotations_of, labels_of, metadata_of, name_of, namespace_of, uid_of
from stackwright.api.selectors import LabelSelector
from stackwright.api.status import StatusError
from stackwright.client.informer import Informer
from stackwright.client.kinds import CONTROLLER_REVISIONS
from stackwright.cluster.claims import claims, settle
from stackwright.cluster.context import Context, reference_to, spec_of, status_of
from stackwright.kernel import digest, json

POD_HASH = "controller-revision-hash"
REVISION_HASH = "controller.kubernetes.io/hash"
_ATTEMPTS = 10


def data_of(owner: Object) -> dict[str, Any]:
    """What is remembered: a patch that puts the template back."""
    return {"spec": {"template": {**(spec_of(owner).get("template") or {}), "$patch": "replace"}}}


def template_of(revision: Object) -> dict[str, Any]:
    """The template that a revision remembers."""
    template = ((revision.get("data") or {}).get("spec") or {}).get("template") or {}
    return {key: value for key, value in template.items() if key != "$patch"}


def number_of(revision: Object) -> int:
    return int(revision.get("revision") or 0)


def in_order(revisions: Iterable[Object]) -> list[Object]:
    """Oldest first."""
    return sorted(revisions, key=lambda each: (number_of(each), str(metadata_of(each).get("creationTimestamp")), name_of(each)))


def same(revision: Object, owner: Object) -> bool:
    """The revision remembers the owner's present template."""
    return template_of(revision) == (spec_of(owner).get("template") or {})


def new_revision(owner: Object, number: int, collisions: int, hash_label: str) -> dict[str, Any]:
    """The revision of the owner's present template."""
    data = data_of(owner)
    text = json.canonical(data) + (str(collisions).encode() if collisions else b"")
    mark = digest.safe_encode(str(digest.fnv32a(text)))
    labels = (spec_of(owner).get("template") or {}).get("metadata", {}).get("labels") or {}
    meta: dict[str, Any] = {"name": f"{name_of(owner)}-{mark}", "namespace": namespace_of(owner)}
    meta |= {"labels": {**labels, hash_label: mark}, "ownerReferences": [reference_to(owner)]}
    meta |= {"annotations": dict(annotations_of(owner))} if annotations_of(owner) else {}
    return {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": meta, "data": data, "revision": number}


def to_forget(revisions: Sequence[Object], alive: set[str], limit: int) -> list[Object]:
    """Revisions that no pod has and that are beyond the limit, oldest first."""
    unused = [each for each in in_order(revisions) if name_of(each) not in alive]
    return unused[: max(0, len(unused) - limit)]


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Shape: `revisions` oldest first, `latest` among them remembers the present template."""

    revisions: Sequence[Object]
    latest: Object
    collisions: int

    def named(self, name: str) -> Object | None:
        return next((each for each in self.revisions if name_of(each) == name), None)


class History:
    """Keeps the revisions of the owners of one kind. Shape: `hash_label` is where a revision says its hash."""

    def __init__(self, context: Context, revisions: Informer, hash_label: str) -> None:
        self._context = context
        self._informer = revisions
        self._hash_label = hash_label

    async def of(self, owner: Object, selector: LabelSelector) -> Chronicle:
        """The owner's revisions; one is made, or moved to the end, for its present template. Raises StatusError."""
        known = await self._claimed(owner, selector)
        revisions, collisions = in_order(known), int(status_of(owner).get("collisionCount") or 0)
        equal = [each for each in revisions if same(each, owner)]
        if equal and equal[-1] is revisions[-1]:
            return Chronicle(revisions, equal[-1], collisions)
        number = number_of(revisions[-1]) + 1 if revisions else 1
        if equal:
            moved = await self._renumber(equal[-1], number)
            rest = [each for each in revisions if uid_of(each) != uid_of(moved)]
            return Chronicle([*rest, moved], moved, collisions)
        made, collisions = await self._create(owner, number, collisions)
        rest = [each for each in revisions if uid_of(each) != uid_of(made)]
        return Chronicle([*rest, made], made, collisions)

    async def _claimed(self, owner: Object, selector: LabelSelector) -> list[Object]:
        candidates = [*self._informer.by_index("controller", uid_of(owner)), *self._informer.by_index("loose", namespace_of(owner))]
        return await settle(self._context.client, CONTROLLER_REVISIONS, owner, claims(owner, selector, candidates))

    async def _renumber(self, revision: Object, number: int) -> Object:
        return await self._context.client.patch(CONTROLLER_REVISIONS, name_of(revision), namespace_of(revision), {"revision": number})

    async def _create(self, owner: Object, number: int, collisions: int) -> tuple[Object, int]:
        """A name that somebody has already counts as a collision, unless the one there is what we want."""
        for attempt in range(collisions, collisions + _ATTEMPTS):
            wanted = new_revision(owner, number, attempt, self._hash_label)
            try:
                return await self._context.client.create(wanted, resource=CONTROLLER_REVISIONS), attempt
            except StatusError as error:
                if not error.already_exists:
                    raise
            there = await self._context.client.find(CONTROLLER_REVISIONS, name_of(wanted), namespace_of(wanted))
            if there is not None and same(there, owner):
                return there, attempt
        raise StatusError(409, "AlreadyExists", f"no free name for a revision of {name_of(owner)}")

    async def forget(self, chronicle: Chronicle, alive: set[str], limit: int) -> None:
        """Removes what nobody needs. Raises StatusError."""
        for revision in to_forget(chronicle.revisions, alive, limit):
            try:
                await self._context.client.delete(CONTROLLER_REVISIONS, name_of(revision), namespace_of(revision), uid=uid_of(revision))
            except StatusError as error:
                if not error.not_found:
                    raise


def hash_of(revision: Object, hash_label: str) -> str:
    return str(labels_of(revision).get(hash_label) or name_of(revision).rpartition("-")[2])


def remembered(owner: Object, revision: Object) -> Mapping[str, Any]:
    """The owner as it was at a revision."""
    return {**owner, "spec": {**spec_of(owner), "template": template_of(revision)}}
