"""What `stackwright app` prints of an Application. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.cli.tables import table
from stackwright.gitops.application import destination_of, project_of, sources_of, status_of, sync_policy_of
from stackwright.gitops.project import windows as sync_windows
from stackwright.kernel.errors import BadInput

HEADINGS = ("NAME", "CLUSTER", "NAMESPACE", "PROJECT", "STATUS", "HEALTH", "SYNCPOLICY", "CONDITIONS", "REPO", "PATH", "TARGET")


def row(each: Object) -> tuple[str, ...]:
    """One line of the list, a cell for each of HEADINGS."""
    source = sources_of(each)[0] if sources_of(each) else {}
    destination, status = destination_of(each), status_of(each)
    conditions = ",".join(dict.fromkeys(item["type"] for item in status.get("conditions") or ()))
    return (
        f"{namespace_of(each)}/{name_of(each)}",
        str(destination.get("name") or destination.get("server") or ""),
        str(destination.get("namespace") or ""),
        project_of(each),
        _word(status, "sync"),
        _word(status, "health"),
        _policy(each),
        conditions or "<none>",
        str(source.get("repoURL") or ""),
        str(source.get("path") or source.get("chart") or ""),
        str(source.get("targetRevision") or ""),
    )


def _word(status: Any, part: str) -> str:
    return str((status.get(part) or {}).get("status") or "Unknown")


def _policy(each: Object) -> str:
    automated = sync_policy_of(each).get("automated")
    if automated is None or automated.get("enabled") is False:
        return "Manual"
    return "Auto-Prune" if automated.get("prune") else "Auto"


def described(each: Object, show_operation: bool, windows: Sequence[tuple[str, str]] = (), resources: bool = True) -> str:
    """The whole Application: what it is, how it stands, its conditions and resources."""
    status, destination = status_of(each), destination_of(each)
    sync = status.get("sync") or {}
    revision = str(sync.get("revision") or ",".join(sync.get("revisions") or ()))
    lines = [("Name", f"{namespace_of(each)}/{name_of(each)}"), ("Project", project_of(each))]
    lines += [("Server", str(destination.get("server") or destination.get("name"))), ("Namespace", str(destination.get("namespace") or ""))]
    for source in sources_of(each):
        lines += [("Repo", str(source.get("repoURL"))), ("Target", str(source.get("targetRevision") or ""))]
        lines += [("Path", str(source.get("path") or source.get("chart") or ""))]
    lines += [*windows, ("Sync Policy", _policy(each))]
    lines += [
        ("Sync Status", f"{_word(status, 'sync')}{' from ' + revision[:7] if revision else ''}"),
        ("Health Status", _word(status, "health")),
    ]
    text = "\n".join(f"{key + ':':<20}{value}" for key, value in lines)
    if status.get("conditions"):
        rows = [(item["type"], item["message"], item.get("lastTransitionTime", "")) for item in status["conditions"]]
        text += "\n\n" + table(("CONDITION", "MESSAGE", "LAST TRANSITION"), rows)
    if show_operation and status.get("operationState"):
        text += "\n\n" + operation_text(status["operationState"])
    listed = status.get("resources") if resources else ()
    return text + ("\n\n" + _resources_text(listed, status.get("operationState") or {}) if listed else "")


def window_lines(app: Object, project: Object, now: datetime) -> list[tuple[str, str]]:
    """What the windows of the project let happen now, and which speak of the Application."""
    assigned = sync_windows.assigned(project, app)
    try:
        by_hand, by_itself = (sync_windows.can_sync(assigned, now, manual=manual) for manual in (True, False))
    except BadInput as error:
        return [("SyncWindow", f"Unknown: {error.message}")]
    word = "Sync Allowed" if by_itself else "Manual Allowed" if by_hand else "Sync Denied"
    texts = [f"{window.get('kind')}:{window.get('schedule')}:{window.get('duration')}" for window in assigned]
    return [("SyncWindow", word)] + ([("Assigned Windows", ",".join(texts))] if texts else [])


def parameters_text(app: Object) -> str:
    """The parameters of Helm that the Application sets."""
    listed = [item for source in sources_of(app) for item in (source.get("helm") or {}).get("parameters") or ()]
    return table(("NAME", "VALUE"), [(str(item.get("name")), str(item.get("value") or "")) for item in listed])


def operation_text(state: Any) -> str:
    """An operationState in lines."""
    fields = [
        ("Operation", "Sync"),
        ("Phase", state.get("phase")),
        ("Start", state.get("startedAt")),
        ("Finished", state.get("finishedAt")),
    ]
    fields += [("Sync Revision", (state.get("syncResult") or {}).get("revision")), ("Message", state.get("message"))]
    return "\n".join(f"{key + ':':<20}{value or ''}" for key, value in fields)


def _resources_text(resources: Sequence[Any], state: Any) -> str:
    results = {
        (r.get("group", ""), r["kind"], r.get("namespace", ""), r["name"]): r
        for r in (state.get("syncResult") or {}).get("resources") or ()
    }
    rows = []
    for item in resources:
        key = (item.get("group", ""), item["kind"], item.get("namespace", ""), item["name"])
        result = results.get(key, {})
        health = (item.get("health") or {}).get("status", "")
        rows.append(
            (*key[:1], key[1], key[2], key[3], item.get("status", ""), health, result.get("hookType", ""), result.get("message", ""))
        )
    return table(("GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "HEALTH", "HOOK", "MESSAGE"), rows)
