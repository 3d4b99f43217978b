"""POST of a Binding: a pod is given its node.

Source: k8s.io/kubernetes pkg/registry/core/pod/storage (BindingREST, assignPod).
"""

from typing import Any

from stackwright.api.meta import Object, annotations_of, is_deleting, labels_of, metadata_of, name_of
from stackwright.api.status import StatusError, bad_request, conflict, not_found
from stackwright.apiserver.answers import answer
from stackwright.apiserver.body import decode_object
from stackwright.apiserver.writeoptions import check_options
from stackwright.apiserver.writing import Write
from stackwright.kernel.clock import rfc3339
from stackwright.kernel.http import Response
from stackwright.store.objects import Changed, NotThere

_PODS = "pods"
_ATTEMPTS = 20
_MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


async def bind(write: Write) -> Response:
    """Raises StatusError."""
    check_options(write.request, "CreateOptions")
    binding = decode_object(write.request, "Binding")
    name = write.target.name or name_of(binding)
    if write.target.name and name_of(binding) and name_of(binding) != name:
        raise bad_request("name in URL does not match name in Binding object")
    node = _node_of(binding)
    for _ in range(_ATTEMPTS):
        entry = write.parts.store.entry(_PODS, write.target.namespace, name)
        if entry is None:
            raise not_found("", _PODS, name)
        _check(entry.object, binding, name)
        bound = _bound(entry.object, binding, node, rfc3339(write.parts.clock.now()))
        try:
            if not write.dry_run:
                await write.parts.store.update(_PODS, bound, entry.revision)
        except NotThere as error:
            raise not_found("", _PODS, name) from error
        except Changed:
            continue
        return answer({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, 201)
    raise conflict("", "pods/binding", name, _MODIFIED)


def _node_of(binding: Object) -> str:
    """Raises StatusError."""
    target = binding.get("target") or {}
    problems = []
    if target.get("kind") not in (None, "", "Node"):
        problems.append(f'target.kind: Unsupported value: "{target["kind"]}": supported values: "Node", "<empty>"')
    if not target.get("name"):
        problems.append("target.name: Required value")
    if problems:
        raise StatusError(500, "", problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")
    return str(target["name"])


def _check(pod: Object, binding: Object, name: str) -> None:
    """Raises StatusError 409."""
    wanted, spec = metadata_of(binding), pod.get("spec") or {}
    cause = ""
    if wanted.get("uid") and wanted["uid"] != metadata_of(pod).get("uid"):
        cause = f"Precondition failed: UID in precondition: {wanted['uid']}, UID in object meta: {metadata_of(pod).get('uid')}"
    elif wanted.get("resourceVersion") and wanted["resourceVersion"] != metadata_of(pod).get("resourceVersion"):
        cause = _MODIFIED
    elif is_deleting(pod):
        cause = f"pod {name} is being deleted, cannot be assigned to a host"
    elif spec.get("nodeName"):
        cause = f'pod {name} is already assigned to node "{spec["nodeName"]}"'
    elif spec.get("schedulingGates"):
        cause = f"pod {name} has non-empty .spec.schedulingGates"
    if cause:
        raise conflict("", "pods/binding", name, cause)


def _bound(pod: Object, binding: Object, node: str, moment: str) -> Object:
    meta = dict(metadata_of(pod))
    for field, added in (("annotations", annotations_of(binding)), ("labels", labels_of(binding))):
        if added:
            meta[field] = {**(meta.get(field) or {}), **added}
    status = {key: value for key, value in (pod.get("status") or {}).items() if key != "nominatedNodeName"}
    status["conditions"] = _scheduled(status.get("conditions") or [], moment)
    return {**pod, "metadata": meta, "spec": {**(pod.get("spec") or {}), "nodeName": node}, "status": status}


def _scheduled(conditions: list[Any], moment: str) -> list[Any]:
    condition = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": moment}
    if any(each.get("type") == "PodScheduled" and each.get("status") == "True" for each in conditions):
        return conditions
    return [*(each for each in conditions if each.get("type") != "PodScheduled"), condition]
