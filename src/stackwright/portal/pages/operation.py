"""An operation as it goes on: what was asked, and what became of each object, by phase and wave."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.application import status_of
from stackwright.gitops.operations import in_progress
from stackwright.gitops.planning import Planned
from stackwright.portal import html

_PHASES = ("PreSync", "Sync", "PostSync", "SyncFail", "PostDelete")
_OPTIONS = (("prune", "prune"), ("dryRun", "dry run"))
Place = tuple[str, str, str, str, str]


def is_of_interest(app: Object) -> bool:
    """Whether the summary shows it: it runs, or did not end well."""
    state = status_of(app).get("operationState") or {}
    return bool(app.get("operation")) or state.get("phase") in ("Running", "Terminating", "Failed", "Error")


def operation(app: Object, planned: Sequence[Planned] | None, end: str = "") -> str:
    """Shape: `planned` tells waves, and what is still to come while the operation runs; `end` is the form that ends it."""
    state = status_of(app).get("operationState")
    if not state:
        waits = "An operation was asked for and begins in a moment." if app.get("operation") else "No operation has run yet."
        return html.hollow(waits)
    results = list((state.get("syncResult") or {}).get("resources") or ())
    waves = {_place(task): task.wave for task in planned or ()}
    rows = [_result(item, waves) for item in results]
    done = {(item.get("syncPhase"), item.get("group", ""), item["kind"], item.get("namespace", ""), item["name"]) for item in results}
    running = in_progress(state)
    rows += [_coming(task) for task in planned or () if running and _place(task) not in done and task.doing != "prune"]
    order = sorted(rows, key=lambda row: (_PHASES.index(row[0]) if row[0] in _PHASES else 9, row[1]))
    groups = "".join(_group(*key, list(group)) for key, group in groupby(order, lambda row: (row[0], row[1])))
    stop = f'<div class="bar">{end}</div>' if running else ""
    return f'{_about(state, len(results), len(rows))}{stop}<ol class="phases">{groups}</ol>'


def _about(state: Mapping[str, Any], done: int, total: int) -> str:
    asked = state.get("operation") or {}
    sync = asked.get("sync") or {}
    strategy = next(iter((sync.get("syncStrategy") or {}).values()), None) or {}
    options = [word for key, word in _OPTIONS if sync.get(key)] + (["force"] if strategy.get("force") else [])
    options += [str(each) for each in sync.get("syncOptions") or ()]
    chosen = sync.get("resources") or ()
    options += [f"only {len(chosen)} resources"] if chosen else []
    phase = str(state.get("phase") or "")
    bar = (
        f' <progress max="{max(total, 1)}" value="{done}" aria-label="Progress"></progress> {done} of {total}' if in_progress(state) else ""
    )
    who = str((asked.get("initiatedBy") or {}).get("username") or "automation")
    revision = str((state.get("syncResult") or {}).get("revision") or sync.get("revision") or "")
    return html.fields(
        [
            ("Phase", f"{html.word(phase)}{bar} {escape(str(state.get('message') or ''))}"),
            ("Asked by", escape(who)),
            ("Revision", html.short(revision) or "–"),
            ("Options", escape(", ".join(options)) or "none"),
            ("Began", html.moment(str(state.get("startedAt") or ""))),
            ("Ended", html.moment(str(state.get("finishedAt") or "")) or "–"),
            ("Attempts", str(int(state.get("retryCount") or 0) + 1)),
        ]
    )


def _place(task: Planned) -> Place:
    return task.phase, task.key.group, task.key.kind, task.key.namespace, task.key.name


def _result(item: Mapping[str, Any], waves: Mapping[Place, int]) -> tuple[str, int, tuple[str, ...]]:
    phase = str(item.get("syncPhase") or "Sync")
    place = phase, str(item.get("group") or ""), str(item["kind"]), str(item.get("namespace") or ""), str(item["name"])
    word = str(item.get("hookPhase") or "") if item.get("hookType") else str(item.get("status") or item.get("hookPhase") or "")
    kind = f"{escape(place[2])}{' <span class=hint>hook</span>' if item.get('hookType') else ''}"
    name = escape(f"{place[3]}/{place[4]}".lstrip("/"))
    return phase, waves.get(place, 0), (html.word(word), kind, name, escape(str(item.get("message") or "")))


def _coming(task: Planned) -> tuple[str, int, tuple[str, ...]]:
    name = escape(f"{task.key.namespace}/{task.key.name}".lstrip("/"))
    return task.phase, task.wave, (html.word("Pending"), escape(task.key.kind), name, "")


def _group(phase: str, wave: int, rows: Sequence[tuple[str, int, tuple[str, ...]]]) -> str:
    title = f"{phase}, wave {wave}"
    table = html.table(("Result", "Kind", "Object", "Message"), [row[2] for row in rows], "", title, "plan")
    return f'<li><h3>{escape(title)} <span class="count">{len(rows)}</span></h3>{table}</li>'
