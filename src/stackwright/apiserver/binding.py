"""pods/binding: a scheduler gives a pod its node.

Source: k8s.io/kubernetes pkg/registry/core/pod/storage (BindingREST).
"""

from typing import Any

from stackwright.api.meta import Object, is_deleting, metadata_of, uid_of
from stackwright.api.status import bad_request, conflict, not_found
from stackwright.apiserver.auth.ports import Question
from stackwright.kernel.clock import rfc3339
from stackwright.runtime.conditions import with_condition
from stackwright.store.objects import Changed, NotThere, ObjectStore

BUCKET = "pods"
_ATTEMPTS = 20


class Bindings:
    """An Answerer."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def answer(self, question: Question) -> dict[str, Any]:
        """Raises StatusError: 404 without the pod, 409 when it has a node or is being deleted."""
        node = str((question.object.get("target") or {}).get("name") or "")
        if not node:
            raise bad_request("target.name: Required value")
        for _ in range(_ATTEMPTS):
            entry = self._store.entry(BUCKET, question.namespace, question.name)
            if entry is None:
                raise not_found("", "pods", question.name)
            self._check(entry.object, question, node)
            try:
                await self._store.update(BUCKET, bound(entry.object, node, rfc3339(question.now)), entry.revision)
            except (Changed, NotThere):
                continue
            return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
        raise conflict("", "pods", question.name, "the pod changes too fast")

    @staticmethod
    def _check(pod: Object, question: Question, node: str) -> None:
        wanted = str(metadata_of(question.object).get("uid") or "")
        if wanted and wanted != uid_of(pod):
            cause = f"Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid_of(pod)}"
            raise conflict("", "pods/binding", question.name, cause)
        if is_deleting(pod):
            raise conflict("", "pods/binding", question.name, f"pod {question.name} is being deleted, cannot be assigned to a host")
        assigned = (pod.get("spec") or {}).get("nodeName")
        if assigned:
            raise conflict("", "pods/binding", question.name, f'pod {question.name} is already assigned to node "{assigned}"')


def bound(pod: Object, node: str, now: str) -> dict[str, Any]:
    """The pod with its node, and a condition that says so. Pure."""
    status = pod.get("status") or {}
    conditions = with_condition(status.get("conditions"), "PodScheduled", "True", "", "", now)
    kept = [{key: value for key, value in item.items() if value != "" or key == "status"} for item in conditions]
    return {**pod, "spec": {**(pod.get("spec") or {}), "nodeName": node}, "status": {"phase": "Pending", **status, "conditions": kept}}
