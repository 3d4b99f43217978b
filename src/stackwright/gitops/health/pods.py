"""Health of a Pod.

Source: Argo CD's built-in check. A running pod that is meant to end (`restartPolicy` other than Always) is still progressing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of
from stackwright.gitops.health.types import Health
from stackwright.runtime import conditions

IGNORE_RESTART_POLICY = "argocd.argoproj.io/ignore-restart-policy"
_HOOKS = ("argocd.argoproj.io/hook", "helm.sh/hook")


def pod(obj: Object) -> Health:
    status = obj.get("status") or {}
    is_service = _is_service(obj)
    failures = list(_failures_to_start(status)) if is_service else []
    if failures:
        return Health("Degraded", ", ".join(failures))
    message = status.get("message") or ""
    match status.get("phase"):
        case "Pending":
            return Health("Progressing", message)
        case "Succeeded":
            return Health("Healthy", message)
        case "Failed":
            return Health("Degraded", message or _reason_of_failure(status))
        case "Running":
            return _running(status) if is_service else Health("Progressing", message)
        case _:
            return Health("Unknown", message)


def _is_service(obj: Object) -> bool:
    """Is the pod meant to run forever?"""
    annotations = annotations_of(obj)
    if (obj.get("spec") or {}).get("restartPolicy", "Always") == "Always":
        return True
    return annotations.get(IGNORE_RESTART_POLICY) == "true" and not any(hook in annotations for hook in _HOOKS)


def _containers(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _failures_to_start(status: Mapping[str, Any]) -> Iterator[str]:
    for container in _containers(status):
        waiting = (container.get("state") or {}).get("waiting") or {}
        reason = str(waiting.get("reason") or "")
        if reason.startswith("Err") or reason.endswith(("Error", "BackOff")):
            yield str(waiting.get("message") or "")


def _reason_of_failure(status: Mapping[str, Any]) -> str:
    for container in _containers(status):
        ended = (container.get("state") or {}).get("terminated")
        if not ended:
            continue
        if ended.get("message"):
            return str(ended["message"])
        if ended.get("reason") == "OOMKilled":
            return "OOMKilled"
        if ended.get("exitCode"):
            return f'container "{container.get("name")}" failed with exit code {ended["exitCode"]}'
    return ""


def _running(status: Mapping[str, Any]) -> Health:
    message = status.get("message") or ""
    if conditions.is_true(status.get("conditions"), "Ready"):
        return Health("Healthy", message)
    if any((container.get("lastState") or {}).get("terminated") for container in status.get("containerStatuses") or ()):
        return Health("Degraded", message)
    return Health("Progressing", message)
