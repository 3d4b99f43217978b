"""`stackwright app`: look at Applications and operate them, with argocd's verbs and flags."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.api.meta import Object, labels_of, name_of, namespace_of
from stackwright.api.selectors import SelectorError, parse_label_selector
from stackwright.app import platforms
from stackwright.app.diffing import diff_app, preview_app
from stackwright.cli.app_actions import group as actions
from stackwright.cli.app_change import COMMANDS
from stackwright.cli.app_frame import placed, qualified, run_with
from stackwright.cli.app_views import HEADINGS, described, operation_text, row
from stackwright.cli.frame import Verbs, output_option
from stackwright.cli.tables import show, show_one, table
from stackwright.client.kinds import APP_PROJECTS, APPLICATIONS
from stackwright.client.kube import KubeClient
from stackwright.gitops import requests as applications
from stackwright.gitops.application import project_of, status_of
from stackwright.gitops.explain import Finding, explain
from stackwright.gitops.preview import Preview, markdown
from stackwright.kernel.errors import BadInput

DIFFERS = 1
"""Exit code of `app diff` when there are differences, as diff(1) has it."""
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
_timeout_option = click.option("--timeout", type=float, default=300, show_default=True, help="Seconds to wait at most.")


@click.group(cls=Verbs)
def app() -> None:
    """Look at Applications and operate them."""


app.add_command(actions)
for _command in COMMANDS:
    app.add_command(_command)


@app.command("list")
@click.option("-l", "--selector", help="Only Applications with these labels.")
@click.option("-p", "--project", "projects", multiple=True, help="Only Applications of these projects.")
@output_option("wide", "name", "json", "yaml", default="wide")
@placed
def list_(base: Path, name: str, app_namespace: str, selector: str | None, projects: tuple[str, ...], output: str) -> None:
    """Show every Application."""
    found = run_with(base, name, lambda client, _: client.list(APPLICATIONS))
    try:
        labels = parse_label_selector(selector or "")
    except SelectorError as error:
        raise BadInput(f"--selector {selector}: {error.message}") from error
    chosen = [each for each in found if labels.matches(labels_of(each)) and (not projects or project_of(each) in projects)]
    if output == "name":
        click.echo("\n".join(f"{namespace_of(each)}/{name_of(each)}" for each in chosen))
        return
    rows = [row(each) for each in chosen]
    show("table" if output == "wide" else output, chosen, HEADINGS, rows, "no Applications")


@app.command("preview")
@click.argument("app_name")
@click.option("--from", "before", default="", help="Revision to start from (default: the target revision).")
@click.option("--to", "after", required=True, help="Revision whose changes are shown: a branch, tag or commit.")
@output_option("text", "markdown", default="text")
@placed
def preview_(base: Path, name: str, app_namespace: str, app_name: str, before: str, after: str, output: str) -> None:
    """Show what another revision would change, without asking the cluster. Exit code 1 when anything would."""

    async def fetch(client: KubeClient, state: platforms.PlatformState) -> Preview:
        return await preview_app(state, await applications.find_app(client, app_name, app_namespace), before, after)

    found = run_with(base, name, fetch)
    if output == "markdown":
        click.echo(markdown(app_name, found), nl=False)
    for change in found.changes if output == "text" else ():
        click.echo(f"===== {change.what} {change.key.group}/{change.key.kind} {change.key.namespace}/{change.key.name} ======")
        click.echo(change.text)
    sys.exit(DIFFERS if found.changes else 0)


@app.command("explain")
@click.argument("app_name")
@output_option("text", "json", default="text")
@placed
def explain_(base: Path, name: str, app_namespace: str, app_name: str, output: str) -> None:
    """Tell in words where an Application stands, why, and what would help. Exit code 1 when something is wrong."""

    async def fetch(client: KubeClient, _: platforms.PlatformState) -> tuple[Object, Object | None]:
        found = await applications.find_app(client, app_name, app_namespace)
        return found, await client.find(APP_PROJECTS, project_of(found), "argocd")

    findings = explain(*run_with(base, name, fetch), datetime.now(UTC))
    if output == "json":
        show_one("json", [asdict(finding) for finding in findings])
    else:
        click.echo("\n".join(_finding_text(finding) for finding in findings))
    sys.exit(1 if any(finding.level == "problem" for finding in findings) else 0)


def _finding_text(finding: Finding) -> str:
    mark = {"fine": "✓", "note": "·", "warning": "!", "problem": "✗"}[finding.level]
    lines = [f"{mark} {finding.text}", *(f"    - {item}" for item in finding.items)]
    return "\n".join([*lines, f"    → {finding.hint}"] if finding.hint else lines)


@app.command()
@click.argument("app_name")
@click.option("--refresh", is_flag=True, help="Take a new look first.")
@click.option("--hard-refresh", is_flag=True, help="Take a new look and render anew first.")
@click.option("--show-operation", is_flag=True, help="Show the last operation too.")
@_timeout_option
@output_option("wide", "json", "yaml", default="wide")
@placed
def get(
    base: Path,
    name: str,
    app_namespace: str,
    app_name: str,
    refresh: bool,
    hard_refresh: bool,
    show_operation: bool,
    timeout: float,
    output: str,
) -> None:
    """Show one Application: its state, conditions and resources."""

    async def fetch(client: KubeClient, _: platforms.PlatformState) -> Object:
        found = await applications.find_app(client, app_name, app_namespace)
        if refresh or hard_refresh:
            return await applications.refresh(client, app_name, app_namespace, hard=hard_refresh, seconds=timeout)
        return found

    found = run_with(base, name, fetch)
    if output == "wide":
        click.echo(described(found, show_operation))
    else:
        show_one(output, found)


@app.command()
@click.argument("app_names", nargs=-1, required=True)
@click.option("--revision", default="", help="Sync to this revision instead of the target revision.")
@click.option("--prune", is_flag=True, help="Remove what is no longer wanted.")
@click.option("--dry-run", is_flag=True, help="Try it, change nothing.")
@click.option("--force", is_flag=True, help="Delete and make anew what cannot be changed.")
@click.option("--replace", is_flag=True, help="Replace instead of apply.")
@click.option("--server-side", is_flag=True, help="Apply on the server's side.")
@click.option("--apply-out-of-sync-only", is_flag=True, help="Leave alone what is in sync.")
@click.option("--resource", "resources", multiple=True, help="Only GROUP:KIND:[NAMESPACE/]NAME; repeatable.")
@click.option("--strategy", type=click.Choice(["apply", "hook"]), default="hook", show_default=True)
@click.option("--retry-limit", type=int, default=0, help="How often to try again.")
@click.option("--async", "no_wait", is_flag=True, help="Do not wait for the end.")
@click.option("--watch", is_flag=True, help="Tell each change of the operation.")
@_timeout_option
@placed
def sync(
    base: Path, name: str, app_namespace: str, app_names: tuple[str, ...], no_wait: bool, watch: bool, timeout: float, **asked: Any
) -> None:
    """Deploy what the sources say. Exit code 1 when it fails, 3 when it takes too long."""
    request = applications.SyncRequest(**asked)
    chosen = [qualified(app_name, app_namespace) for app_name in app_names]

    async def run(client: KubeClient, _: platforms.PlatformState) -> list[Any]:
        return [await _sync(client, app_name, namespace, request, no_wait, watch, timeout) for namespace, app_name in chosen]

    states = run_with(base, name, run)
    failed = any(state and state.get("phase") != "Succeeded" for state in states)
    sys.exit(1 if failed else 0)


async def _sync(
    client: KubeClient, app_name: str, namespace: str, request: applications.SyncRequest, no_wait: bool, watch: bool, timeout: float
) -> Any:
    found = await applications.find_app(client, app_name, namespace)
    await applications.request_sync(client, found, request)
    if no_wait:
        return None
    told: list[str] = []

    def tell(each: Object) -> None:
        state = status_of(each).get("operationState") or {}
        line = f"{state.get('phase', '')}: {state.get('message', '')}"
        if watch and state and line not in told:
            told.append(line)
            click.echo(line, err=True)

    state = await applications.await_operation(client, app_name, namespace, timeout, tell)
    click.echo(operation_text(state))
    result = state.get("syncResult") or {}
    if result.get("resources"):
        rows = [
            (
                r.get("group", ""),
                r["kind"],
                r.get("namespace", ""),
                r["name"],
                r.get("status", ""),
                r.get("hookPhase", ""),
                r.get("message", ""),
            )
            for r in result["resources"]
        ]
        click.echo("\n" + table(("GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "PHASE", "MESSAGE"), rows))
    return state


@app.command()
@click.argument("app_name")
@click.option("--revision", default="", help="Compare with this revision.")
@click.option("--exit-code/--no-exit-code", default=True, help="End with 1 when there are differences.")
@placed
def diff(base: Path, name: str, app_namespace: str, app_name: str, revision: str, exit_code: bool) -> None:
    """Show what a sync would change. Secret values are masked."""

    async def fetch(client: KubeClient, state: platforms.PlatformState) -> Any:
        found = await applications.find_app(client, app_name, app_namespace)
        return await diff_app(client, state, found, revision)

    found = run_with(base, name, fetch)
    for each in found:
        click.echo(f"===== {each.key.group}/{each.key.kind} {each.key.namespace}/{each.key.name} ======")
        click.echo(each.text)
    sys.exit(DIFFERS if found and exit_code else 0)


@app.command()
@click.argument("app_names", nargs=-1, required=True)
@click.option("--sync", is_flag=True, help="Wait until it is in sync.")
@click.option("--health", is_flag=True, help="Wait until it is healthy.")
@click.option("--operation", is_flag=True, help="Wait until no operation runs.")
@click.option("--suspended", is_flag=True, help="Wait until it is suspended.")
@click.option("--degraded", is_flag=True, help="Wait until it is degraded.")
@_timeout_option
@placed
def wait(
    base: Path,
    name: str,
    app_namespace: str,
    app_names: tuple[str, ...],
    sync: bool,
    health: bool,
    operation: bool,
    suspended: bool,
    degraded: bool,
    timeout: float,
) -> None:
    """Wait for a state; without flags for synced, healthy and no operation. Exit code 3 when it takes too long."""
    anything = sync or health or operation or suspended or degraded
    wanted = applications.Wanted(sync, health, operation, suspended, degraded) if anything else applications.Wanted()
    chosen = [qualified(app_name, app_namespace) for app_name in app_names]

    async def run(client: KubeClient, _: platforms.PlatformState) -> list[Object]:
        return [await applications.await_state(client, app_name, namespace, wanted, timeout) for namespace, app_name in chosen]

    for found in run_with(base, name, run):
        click.echo(described(found, False))


@app.command()
@click.argument("app_name")
@output_option("wide", "id", "json", "yaml", default="wide")
@placed
def history(base: Path, name: str, app_namespace: str, app_name: str, output: str) -> None:
    """Show what was deployed when."""
    found = run_with(base, name, lambda client, _: applications.find_app(client, app_name, app_namespace))
    entries = list(status_of(found).get("history") or ())
    if output == "id":
        click.echo("\n".join(str(entry["id"]) for entry in entries))
        return
    rows = [
        (str(entry["id"]), str(entry.get("deployedAt", "")), str(entry.get("revision") or ",".join(entry.get("revisions") or ())))
        for entry in entries
    ]
    show("table" if output == "wide" else output, entries, ("ID", "DATE", "REVISION"), rows, "no history yet")


@app.command()
@click.argument("app_name")
@click.argument("history_id", type=int, required=False)
@click.option("--prune", is_flag=True, help="Remove what that revision does not have.")
@click.option("--dry-run", is_flag=True)
@_timeout_option
@placed
def rollback(
    base: Path, name: str, app_namespace: str, app_name: str, history_id: int | None, prune: bool, dry_run: bool, timeout: float
) -> None:
    """Deploy again what an earlier entry of the history deployed (the one before the last by default)."""

    async def run(client: KubeClient, _: platforms.PlatformState) -> Any:
        found = await applications.find_app(client, app_name, app_namespace)
        await applications.request_rollback(client, found, history_id, prune=prune, dry_run=dry_run)
        return await applications.await_operation(client, app_name, app_namespace, timeout, lambda _: None)

    state = run_with(base, name, run)
    click.echo(operation_text(state))
    sys.exit(0 if state.get("phase") == "Succeeded" else 1)


@app.command("terminate-op")
@click.argument("app_name")
@placed
def terminate_op(base: Path, name: str, app_namespace: str, app_name: str) -> None:
    """End the operation that runs."""

    async def run(client: KubeClient, _: platforms.PlatformState) -> None:
        await applications.terminate(client, await applications.find_app(client, app_name, app_namespace))

    run_with(base, name, run)


@app.command()
@click.argument("app_names", nargs=-1, required=True)
@click.option("--cascade/--no-cascade", default=True, help="Remove what it deployed too.")
@placed
def delete(base: Path, name: str, app_namespace: str, app_names: tuple[str, ...], cascade: bool) -> None:
    """Delete Applications."""
    chosen = [qualified(app_name, app_namespace) for app_name in app_names]

    async def run(client: KubeClient, _: platforms.PlatformState) -> None:
        for namespace, app_name in chosen:
            await applications.delete(client, await applications.find_app(client, app_name, namespace), cascade=cascade)
            click.echo(f"application '{app_name}' deleted")

    run_with(base, name, run)
