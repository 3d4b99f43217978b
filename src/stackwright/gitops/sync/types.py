"""Tasks, their results, and what a step of a sync comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from stackwright.api.meta import Object, ObjectKey, gvk_of
from stackwright.gitops.sync.hooks import Phase, is_hook

ResultCode = Literal["Synced", "SyncFailed", "Pruned", "PruneSkipped", ""]
OperationPhase = Literal["Running", "Terminating", "Failed", "Error", "Succeeded", ""]
PHASE_ORDER: Mapping[str, int] = {"PreSync": -1, "Sync": 0, "PostSync": 1, "SyncFail": 2, "PreDelete": 0, "PostDelete": 1}


@dataclass(frozen=True, slots=True)
class Task:
    """One object in one phase. Shape: `target` None asks for its deletion; `skip_dry_run` when its kind is not served yet."""

    phase: Phase
    key: ObjectKey
    target: Object | None
    live: Object | None
    version: str
    wave: int
    skip_dry_run: bool = False
    code: ResultCode = ""
    message: str = ""
    state: OperationPhase = ""

    @property
    def is_prune(self) -> bool:
        return self.target is None

    @property
    def subject(self) -> Object:
        found = self.target if self.target is not None else self.live
        assert found is not None, "a task has a target or a live object"
        return found

    @property
    def is_hook(self) -> bool:
        return is_hook(self.subject)

    @property
    def id(self) -> str:
        return result_key(self.key, self.phase)

    @property
    def pending(self) -> bool:
        return self.state == ""

    @property
    def running(self) -> bool:
        return self.state == "Running"

    @property
    def completed(self) -> bool:
        return self.state in ("Succeeded", "Failed", "Error")

    @property
    def successful(self) -> bool:
        return self.state == "Succeeded"

    @property
    def failed(self) -> bool:
        return self.state in ("Failed", "Error")

    @property
    def title(self) -> str:
        return f"{self.key.group}/{self.key.kind}/{self.key.name}"

    def told(self, code: ResultCode, state: OperationPhase, message: str) -> "Task":
        return replace(self, code=code, state=state, message=message)


def result_key(key: ObjectKey, phase: str) -> str:
    return f"{key.group}/{key.kind}/{key.namespace}/{key.name}:{phase}"


def result_of(task: Task) -> dict[str, Any]:
    """One entry of operationState.syncResult.resources."""
    found: dict[str, Any] = {
        "group": task.key.group,
        "version": task.version,
        "kind": task.key.kind,
        "namespace": task.key.namespace,
        "name": task.key.name,
        "status": task.code,
        "message": task.message,
        "hookPhase": task.state,
        "syncPhase": task.phase,
    }
    if task.is_hook:
        found["hookType"] = task.phase
    images = images_of(task.subject)
    return found | ({"images": images} if images else {})


def key_of_result(result: Mapping[str, Any]) -> str:
    key = ObjectKey(result.get("group", ""), result.get("kind", ""), result.get("namespace", ""), result.get("name", ""))
    return result_key(key, str(result.get("syncPhase", "")))


def images_of(obj: Object) -> list[str]:
    """Of every container in a pod or a pod template, sorted."""
    spec = obj.get("spec")
    found: set[str] = set()
    for place in _pod_specs(spec if isinstance(spec, Mapping) else {}, gvk_of(obj).kind):
        for field in ("initContainers", "containers"):
            for container in place.get(field) or ():
                if isinstance(container, Mapping) and isinstance(container.get("image"), str):
                    found.add(container["image"])
    return sorted(found)


def _pod_specs(spec: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    if kind == "Pod":
        return [spec]
    places = [spec.get("template")]
    job = spec.get("jobTemplate")
    if isinstance(job, Mapping) and isinstance(job.get("spec"), Mapping):
        places.append(job["spec"].get("template"))
    return [place["spec"] for place in places if isinstance(place, Mapping) and isinstance(place.get("spec"), Mapping)]
