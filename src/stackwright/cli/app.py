"""`stackwright app`: look at Applications and operate them, with argocd's verbs and flags."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from stackwright.api.meta import Object, labels_of, name_of, namespace_of
from stackwright.app import platforms
from stackwright.app.diffing import diff_app, preview_app
from stackwright.app.trees import Node, tree_of
from stackwright.cli import app_change, app_delete, app_objects, app_sync
from stackwright.cli.app_actions import group as actions
from stackwright.cli.app_choice import labels_meant
from stackwright.cli.app_frame import CONTROL_NAMESPACE, placed, run_with
from stackwright.cli.app_objects import tree_text
from stackwright.cli.app_views import HEADINGS, described, parameters_text, row, window_lines
from stackwright.cli.frame import Verbs, output_option
from stackwright.cli.tables import show, show_one
from stackwright.client.kinds import APP_PROJECTS, APPLICATIONS
from stackwright.client.kube import KubeClient
from stackwright.gitops import requests as applications
from stackwright.gitops.application import destination_of, project_of, sources_of, status_of
from stackwright.gitops.explain import Finding, explain
from stackwright.gitops.preview import Preview, markdown
from stackwright.gitops.project.rules import normalised_url

DIFFERS = 1
"""Exit code of `app diff` when there are differences, as diff(1) has it."""
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
_timeout_option = click.option("--timeout", type=float, default=300, show_default=True, help="Seconds to wait at most.")


@click.group(cls=Verbs)
def app() -> None:
    """Look at Applications and operate them."""


app.add_command(actions)
for _command in (*app_change.COMMANDS, *app_sync.COMMANDS, *app_delete.COMMANDS, *app_objects.COMMANDS):
    app.add_command(_command)


@app.command("list")
@click.option("-l", "--selector", help="Only Applications with these labels.")
@click.option("-p", "--project", "projects", multiple=True, help="Only Applications of these projects.")
@click.option("-r", "--repo", default="", help="Only Applications with a source of this repository.")
@click.option("-P", "--path", default="", help="Only Applications with a source of this folder.")
@click.option("-c", "--cluster", default="", help="Only Applications of this cluster (name or URL).")
@output_option("wide", "name", "json", "yaml", default="wide")
@placed
@click.pass_context
def list_(
    context: click.Context,
    base: Path,
    name: str,
    app_namespace: str,
    selector: str | None,
    projects: tuple[str, ...],
    repo: str,
    path: str,
    cluster: str,
    output: str,
) -> None:
    """Show Applications: those of every namespace, unless --app-namespace names one."""
    everywhere = context.get_parameter_source("app_namespace") is ParameterSource.DEFAULT
    found = run_with(base, name, lambda client, _: client.list(APPLICATIONS, None if everywhere else app_namespace))
    labels = labels_meant("--selector", selector)
    chosen = [
        each
        for each in found
        if labels.matches(labels_of(each))
        and (not projects or project_of(each) in projects)
        and (not repo or any(normalised_url(str(source.get("repoURL") or "")) == normalised_url(repo) for source in sources_of(each)))
        and (not path or any(source.get("path") == path for source in sources_of(each)))
        and (not cluster or cluster in (destination_of(each).get("server"), destination_of(each).get("name")))
    ]
    if output == "name":
        click.echo("".join(f"{namespace_of(each)}/{name_of(each)}\n" for each in chosen), nl=False)
        return
    show("table" if output == "wide" else output, chosen, HEADINGS, [row(each) for each in chosen], "no Applications")


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
@click.option("--show-params", is_flag=True, help="Show parameters of Helm too.")
@_timeout_option
@output_option("wide", "tree", "json", "yaml", default="wide")
@placed
def get(
    base: Path,
    name: str,
    app_namespace: str,
    app_name: str,
    refresh: bool,
    hard_refresh: bool,
    show_operation: bool,
    show_params: bool,
    timeout: float,
    output: str,
) -> None:
    """Show one Application: its state, conditions and resources."""

    async def fetch(client: KubeClient, _: platforms.PlatformState) -> tuple[Object, Object | None, Sequence[Node]]:
        found = await _looked_at(client, app_name, app_namespace, refresh=refresh, hard=hard_refresh, seconds=timeout)
        project = await client.find(APP_PROJECTS, project_of(found), CONTROL_NAMESPACE)
        return found, project, await tree_of(client, found) if output == "tree" else ()

    found, project, tree = run_with(base, name, fetch)
    if output in ("json", "yaml"):
        show_one(output, found)
        return
    windows = window_lines(found, project or {}, datetime.now(UTC))
    click.echo(described(found, show_operation, windows, resources=output == "wide"))
    if show_params:
        click.echo("\n" + parameters_text(found))
    if output == "tree":
        click.echo("\n" + tree_text(tree))


@app.command()
@click.argument("app_name")
@click.option("--revision", default="", help="Compare with this revision.")
@click.option("--exit-code/--no-exit-code", default=True, help="End with another code than 0 when there are differences.")
@click.option("--diff-exit-code", type=click.IntRange(1, 255), default=DIFFERS, show_default=True, help="That code.")
@click.option("--refresh", is_flag=True, help="Take a new look first.")
@click.option("--hard-refresh", is_flag=True, help="Take a new look and render anew first.")
@_timeout_option
@placed
def diff(
    base: Path,
    name: str,
    app_namespace: str,
    app_name: str,
    revision: str,
    exit_code: bool,
    diff_exit_code: int,
    refresh: bool,
    hard_refresh: bool,
    timeout: float,
) -> None:
    """Show what a sync would change. Secret values are masked."""

    async def fetch(client: KubeClient, state: platforms.PlatformState) -> Any:
        found = await _looked_at(client, app_name, app_namespace, refresh=refresh, hard=hard_refresh, seconds=timeout)
        return await diff_app(client, state, found, revision)

    found = run_with(base, name, fetch)
    for each in found:
        click.echo(f"===== {each.key.group}/{each.key.kind} {each.key.namespace}/{each.key.name} ======")
        click.echo(each.text)
    sys.exit(diff_exit_code if found and exit_code else 0)


async def _looked_at(client: KubeClient, app_name: str, namespace: str, *, refresh: bool, hard: bool, seconds: float) -> Object:
    """The Application, after a new look where one is asked for."""
    found = await applications.find_app(client, app_name, namespace)
    return await applications.refresh(client, app_name, namespace, hard=hard, seconds=seconds) if refresh or hard else found


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
