"""Triggers and templates that are there without being configured, under the names that Argo CD's users install."""

from collections.abc import Mapping, Sequence
from typing import Any

_REVISION = "app.status.operationState?.syncResult?.revision"
_SETTLED = (
    "app.status.operationState != nil and app.status.operationState.phase in ['Succeeded'] and app.status.health.status == 'Healthy'"
    " and (!time.Parse(app.status.health.lastTransitionTime).Add(1 * time.Minute)"
    ".Before(time.Parse(app.status.operationState.finishedAt))"
    " or time.Parse(app.status.health.lastTransitionTime).Before(time.Parse(app.status.operationState.startedAt)))"
)


def _phase(*phases: str) -> str:
    return f"app.status.operationState != nil and app.status.operationState.phase in {list(phases)!r}"


def _trigger(when: str, template: str, once_per: str = _REVISION) -> Sequence[Mapping[str, Any]]:
    return ({"when": when, "oncePer": once_per, "send": [template]},)


TRIGGERS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "on-created": _trigger("true", "app-created", "app.metadata.name"),
    "on-deleted": _trigger("app.metadata.deletionTimestamp != nil", "app-deleted", "app.metadata.name"),
    "on-deployed": _trigger(_SETTLED, "app-deployed"),
    "on-health-degraded": _trigger("app.status.health.status == 'Degraded'", "app-health-degraded"),
    "on-sync-failed": _trigger(_phase("Error", "Failed"), "app-sync-failed"),
    "on-sync-running": _trigger(_phase("Running"), "app-sync-running"),
    "on-sync-status-unknown": _trigger("app.status.sync.status == 'Unknown'", "app-sync-status-unknown"),
    "on-sync-succeeded": _trigger(_phase("Succeeded"), "app-sync-succeeded"),
}
_NAME = "Application {{.app.metadata.name}}"
_LINK = "{{.context.argocdUrl}}/applications/{{.app.metadata.namespace}}/{{.app.metadata.name}}"
_ERROR = "{{.app.status.operationState.message}}"


def _template(subject: str, message: str, color: str, state: str = "") -> Mapping[str, Any]:
    """Shape: `color` marks it in chats; `state` is what it says of the commit, if anything."""
    fields = '[{"title": "Sync", "value": "{{.app.status.sync.status}}", "short": true}, '
    fields += '{"title": "Revision", "value": "{{.app.status.sync.revision}}", "short": true}]'
    attachment = f'[{{"title": "{{{{.app.metadata.name}}}}", "title_link": "{_LINK}", "color": "{color}", "fields": {fields}}}]'
    made: dict[str, Any] = {"message": f"{message}\n{_LINK}", "email": {"subject": subject}, "slack": {"attachments": attachment}}
    if state:
        made["github"] = {"status": {"state": state, "label": "continuous-delivery/{{.app.metadata.name}}", "targetURL": _LINK}}
    return made


TEMPLATES: Mapping[str, Mapping[str, Any]] = {
    "app-created": _template(f"{_NAME} was created", f"{_NAME} was created.", "#0DADEA"),
    "app-deleted": _template(f"{_NAME} is being deleted", f"{_NAME} is being deleted.", "#E96D76"),
    "app-deployed": _template(f"{_NAME} runs a new version", f"{_NAME} runs a new version of its manifests.", "#18be52", "success"),
    "app-health-degraded": _template(f"{_NAME} is degraded", f"{_NAME} is degraded.", "#f4c030", "failure"),
    "app-sync-failed": _template(f"Syncing {_NAME} failed", f"Syncing {_NAME} failed: {_ERROR}", "#E96D76", "failure"),
    "app-sync-running": _template(f"{_NAME} is syncing", f"{_NAME} is syncing.", "#0DADEA", "pending"),
    "app-sync-status-unknown": _template(
        f"The state of {_NAME} is unknown",
        f"The state of {_NAME} is unknown:{{{{range .app.status.conditions}}}} {{{{.message}}}}{{{{end}}}}",
        "#E96D76",
    ),
    "app-sync-succeeded": _template(f"{_NAME} was synced", f"{_NAME} was synced.", "#18be52", "success"),
}
