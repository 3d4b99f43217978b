"""The tasks of a sync in the order they are carried out. Pure.

Source: Argo CD's gitops-engine pkg/sync (getSyncTasks, sync_tasks.go).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from stackwright.api.meta import Object, ObjectKey, gvk_of, key_of, metadata_of, namespace_of
from stackwright.gitops.options import SyncOptions, option, wave_of
from stackwright.gitops.sync.hooks import hook_name, is_crd, is_hook, phases_of, with_finalizer
from stackwright.gitops.sync.types import PHASE_ORDER, Task, result_key

_KINDS = (
    "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodSecurityPolicy", "PodDisruptionBudget", "ServiceAccount", "Secret",
    "SecretList", "ConfigMap", "StorageClass", "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition", "ClusterRole",
    "ClusterRoleList", "ClusterRoleBinding", "ClusterRoleBindingList", "Role", "RoleList", "RoleBinding", "RoleBindingList", "Service",
    "DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob",
    "IngressClass", "Ingress", "APIService",
)  # fmt: skip
_KIND_ORDER = {kind: index - len(_KINDS) for index, kind in enumerate(_KINDS)}


@dataclass(frozen=True, slots=True)
class Pair:
    """A managed object: wanted, living, or both. `hook` objects come separately."""

    key: ObjectKey
    target: Object | None
    live: Object | None

    @property
    def version(self) -> str:
        return gvk_of(self.target or self.live or {}).version


@dataclass(frozen=True, slots=True)
class PlanInput:
    """Shape: `live_hooks` finds a living hook by its key; `revision` and `started` (seconds since 1970) name generated hooks."""

    pairs: Sequence[Pair]
    hooks: Sequence[Object]
    live_hooks: Callable[[ObjectKey], Object | None]
    options: SyncOptions
    revision: str
    started: int
    skip_hooks: bool
    namespaced: Callable[[Object], bool | None]
    destination_namespace: str
    namespace: Object | None = None
    """The Namespace to make before everything else; not used when the sources bring it themselves."""


def plan(given: PlanInput, results: Mapping[str, Mapping[str, Any]]) -> list[Task]:
    """Every task, sorted; those with a result stand where they came to."""
    tasks = [_managed(pair) for pair in given.pairs if not is_hook(pair.target or pair.live or {})]
    if not given.skip_hooks:
        tasks += [task for hook in given.hooks for task in _hook_tasks(hook, given)]
    tasks = _with_dry_runs(_with_namespace(tasks, given), given)
    tasks = _with_prune_waves(tasks, given.options)
    return [_resumed(task, results) for task in _moved(_sorted(tasks))]


def _managed(pair: Pair) -> Task:
    subject = pair.target if pair.target is not None else pair.live
    return Task("Sync", pair.key, pair.target, pair.live, pair.version, wave_of(subject or {}))


def _with_namespace(tasks: list[Task], given: PlanInput) -> list[Task]:
    if given.namespace is None:
        return tasks
    key = key_of(given.namespace)
    if any(task.key == key and task.target is not None for task in tasks):
        return tasks
    made = Task("PreSync", key, given.namespace, given.live_hooks(key), gvk_of(given.namespace).version, 0)
    return [made, *(task for task in tasks if task.key != key)]


def _hook_tasks(hook: Object, given: PlanInput) -> list[Task]:
    return [_hook_task(hook, phase, given) for phase in phases_of(hook) if phase not in ("PreDelete", "PostDelete")]


def _hook_task(hook: Object, phase: Any, given: PlanInput) -> Task:
    metadata = dict(metadata_of(hook))
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = hook_name(hook, phase, given.revision, given.started)
        metadata.pop("generateName")
    if not metadata.get("namespace") and given.namespaced(hook) is not False and given.destination_namespace:
        metadata["namespace"] = given.destination_namespace
    named = with_finalizer({**hook, "metadata": metadata})
    return Task(phase, key_of(named), named, given.live_hooks(key_of(named)), gvk_of(hook).version, wave_of(hook))


def _with_dry_runs(tasks: Sequence[Task], given: PlanInput) -> list[Task]:
    """A kind that is not served yet cannot be tried: allowed when its definition comes along or when it is asked for."""
    coming = {_defined(task.target) for task in tasks if task.target is not None and is_crd(task.target)}
    result: list[Task] = []
    for task in tasks:
        if task.target is None or given.namespaced(task.target) is not None:
            result.append(task)
            continue
        allowed = (task.key.group, task.key.kind) in coming or option(given.options, "SkipDryRunOnMissingResource", task.target) == "true"
        if allowed:
            result.append(replace(task, skip_dry_run=True))
        else:
            result.append(task.told("SyncFailed", "Failed", _not_served(task)))
    return result


def _not_served(task: Task) -> str:
    kind, where = task.key.kind, f"{task.key.namespace}/{task.key.name}"
    return (
        f"The Kubernetes API could not find {task.key.group}/{kind} for requested resource {where}. "
        f'Make sure the "{kind}" CRD is installed on the destination cluster.'
    )


def _defined(crd: Object) -> tuple[str, str]:
    spec = crd.get("spec") or {}
    return str(spec.get("group", "")), str((spec.get("names") or {}).get("kind", ""))


def _with_prune_waves(tasks: Sequence[Task], options: SyncOptions) -> list[Task]:
    """Deletions go in the reverse order of creations; those with PruneLast after everything."""
    waves = sorted({task.wave for task in tasks if task.is_prune})
    mirrored = dict(zip(waves, reversed(waves)))
    swapped = [replace(task, wave=mirrored[task.wave]) if task.is_prune else task for task in tasks]
    last = max([0, *(task.wave for task in swapped if task.phase == "Sync")]) + 1
    return [replace(task, wave=last) if task.is_prune and option(options, "PruneLast", task.live) == "true" else task for task in swapped]


def _order(task: Task) -> tuple[int, int, int, str]:
    return PHASE_ORDER[task.phase], task.wave, _KIND_ORDER.get(task.key.kind, 0), task.key.name


def _sorted(tasks: Sequence[Task]) -> list[Task]:
    return sorted(tasks, key=_order)


def _moved(tasks: list[Task]) -> list[Task]:
    """A namespace before the first object in it, a definition before the first object of its kind."""
    result = list(tasks)
    for task in tasks:
        if task.target is not None and task.key.kind == "Namespace" and not task.key.group:
            result = _before(result, task, partial(_is_in, task.key.name))
        elif task.target is not None and is_crd(task.target):
            result = _before(result, task, partial(_is_of, _defined(task.target)))
    return result


def _is_in(namespace: str, task: Task) -> bool:
    return task.key.namespace == namespace


def _is_of(kind: tuple[str, str], task: Task) -> bool:
    return (task.key.group, task.key.kind) == kind


def _before(tasks: list[Task], task: Task, needs: Callable[[Task], bool]) -> list[Task]:
    position = tasks.index(task)
    first = next((index for index, other in enumerate(tasks[:position]) if needs(other)), None)
    if first is None:
        return tasks
    moved = replace(task, phase=tasks[first].phase, wave=tasks[first].wave)
    return [*tasks[:first], moved, *tasks[first:position], *tasks[position + 1 :]]


def _resumed(task: Task, results: Mapping[str, Mapping[str, Any]]) -> Task:
    found = results.get(task.id) or results.get(result_key(task.key, task.phase))
    if found is None:
        return task
    return task.told(found.get("status", ""), found.get("hookPhase", ""), str(found.get("message", "")))


def with_destination(obj: Object, namespaced: bool | None, destination_namespace: str) -> Object:
    """The object with the namespace it will live in."""
    if namespaced is False and namespace_of(obj):
        return {**obj, "metadata": {key: value for key, value in metadata_of(obj).items() if key != "namespace"}}
    if namespaced is not False and not namespace_of(obj) and destination_namespace:
        return {**obj, "metadata": {**metadata_of(obj), "namespace": destination_namespace}}
    return obj
