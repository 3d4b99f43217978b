"""Notifications as marks on commits. Pure.

Source: notifications-engine pkg/services/github.go.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.application import sources_of, status_of
from stackwright.gitops.notifications.functions import full_name, to_https
from stackwright.gitops.notifications.options import JSON, Options, part_of, text
from stackwright.gitops.notifications.types import FORGE, Call, CommitStatus, Notification, Outgoing
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput

GITHUB_API = "https://api.github.com"
_STATES = ("pending", "success", "error", "failure")
_MAX_DESCRIPTION = 140


def commit_status(notification: Notification, options: Options, app: Object, kind: str) -> Outgoing:
    """A token makes it a request to GitHub, Gitea or Forgejo; without one it is for our own forge."""
    part = part_of(notification, kind) or part_of(notification, "github")
    told = _told(notification, part, app)
    if kind == FORGE and not options.get("token"):
        return told
    api = text(options, "apiURL", GITHUB_API if kind == "github" else "").rstrip("/")
    body = {"state": told.state, "context": told.context, "description": told.description, "target_url": told.url}
    headers = {**JSON, "authorization": f"token {text(options, 'token')}"}
    return Call("POST", f"{api}/repos/{full_name(told.repository)}/statuses/{told.sha}", headers, json.dumps(body))


def _told(notification: Notification, part: Mapping[str, Any], app: Object) -> CommitStatus:
    """Raises BadInput for an Application that is no commit's."""
    status = part.get("status") or {}
    state = str(status.get("state") or "success")
    if state not in _STATES:
        raise BadInput(f"status.state: expected one of {', '.join(_STATES)}, found {state!r}")
    sources = sources_of(app)
    repository = str(part.get("repoURLPath") or (sources[0].get("repoURL") if sources else "") or "")
    operation = status_of(app).get("operationState") or {}
    revision = str(part.get("revisionPath") or (operation.get("syncResult") or {}).get("revision") or "")
    revision = revision or str((status_of(app).get("sync") or {}).get("revision") or "")
    if not repository or not _is_sha(revision):
        raise BadInput("the Application has no commit yet")
    label = str(status.get("label") or f"continuous-delivery/{app['metadata']['name']}")
    description = " ".join(notification.message.split())[:_MAX_DESCRIPTION]
    return CommitStatus(to_https(repository), revision, state, label, description, str(status.get("targetURL") or ""))


def _is_sha(text: str) -> bool:
    return len(text) in (40, 64) and all(character in "0123456789abcdef" for character in text)
