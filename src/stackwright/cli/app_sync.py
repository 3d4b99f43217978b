"""`stackwright app sync|wait|rollback|terminate-op`: operations are asked for and waited for, with argocd's flags."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.api.meta import Object, labels_of
from stackwright.app import platforms
from stackwright.app.diffing import diff_app, wanted_objects
from stackwright.cli.app_choice import labels_meant, meant, resources_meant
from stackwright.cli.app_frame import placed, run_with
from stackwright.cli.app_views import described, operation_text
from stackwright.cli.frame import Command, output_option, pairs
from stackwright.cli.tables import show_one, table
from stackwright.client.kube import KubeClient
from stackwright.gitops import requests as applications
from stackwright.gitops.application import status_of
from stackwright.kernel.errors import BadInput

F = TypeVar("F", bound=Callable[..., Any])
_RESULT_HEADINGS = ("GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "PHASE", "MESSAGE")
_timeout_option = click.option("--timeout", type=click.FloatRange(min=0), default=300, show_default=True, help="Seconds to wait at most.")
_selector_option = click.option("-l", "--selector", help="Those with these labels, instead of names.")


@click.command(cls=Command)
@click.argument("app_names", nargs=-1)
@_selector_option
@click.option("--project", "projects", multiple=True, help="Those of this project, instead of names; repeatable.")
@click.option("--revision", default="", help="Sync to this revision instead of the target revision.")
@click.option("--prune", is_flag=True, help="Remove what is no longer wanted.")
@click.option("--dry-run", is_flag=True, help="Try it, change nothing.")
@click.option("--force", is_flag=True, help="Delete and make anew what cannot be changed.")
@click.option("--replace", is_flag=True, help="Replace instead of apply.")
@click.option("--server-side", is_flag=True, help="Apply on the server's side.")
@click.option("--apply-out-of-sync-only", is_flag=True, help="Leave alone what is in sync.")
@click.option("--resource", "resources", multiple=True, help="Only [!]GROUP:KIND:[NAMESPACE/]NAME, * fits anything; repeatable.")
@click.option("--label", "labels", multiple=True, help="Only resources with this label; repeatable.")
@click.option("--strategy", type=click.Choice(["apply", "hook"]), default="hook", show_default=True)
@click.option("--info", "infos", multiple=True, metavar="NAME=VALUE", help="To be kept with the operation; repeatable.")
@click.option("--retry-limit", type=int, default=0, help="How often to try again.")
@click.option("--retry-backoff-duration", default="5s", show_default=True, help="Wait before the first new try.")
@click.option("--retry-backoff-factor", type=int, default=2, show_default=True, help="By which waits grow.")
@click.option("--retry-backoff-max-duration", default="3m0s", show_default=True, help="Longest wait between tries.")
@click.option("--preview-changes", is_flag=True, help="Show what would change, and ask, before the sync.")
@click.option("--async", "no_wait", is_flag=True, help="Do not wait for the end.")
@click.option("--watch", is_flag=True, help="Tell each change of the operation.")
@_timeout_option
@output_option("wide", "json", "yaml", default="wide")
@placed
def sync(
    base: Path,
    name: str,
    app_namespace: str,
    app_names: tuple[str, ...],
    selector: str | None,
    projects: tuple[str, ...],
    labels: tuple[str, ...],
    infos: tuple[str, ...],
    preview_changes: bool,
    no_wait: bool,
    watch: bool,
    timeout: float,
    output: str,
    **asked: Any,
) -> None:
    """Deploy what the sources say. Exit code 1 when it fails, 3 when it takes too long."""
    request = _request(asked, pairs("--info", infos, "NAME=VALUE"))

    async def run(client: KubeClient, state: platforms.PlatformState) -> list[Any]:
        found = []
        for namespace, app_name in await meant(client, app_names, app_namespace, selector, projects):
            app = await applications.find_app(client, app_name, namespace)
            chosen = replace(request, resources=await _resources(client, state, app, request.resources, labels))
            if preview_changes and not await _agreed(client, state, app, request.revision):
                continue
            await applications.request_sync(client, app, chosen)
            ended = None if no_wait else await _ended(client, app_name, namespace, watch, timeout)
            await _tell(client, app_name, namespace, ended, output)
            found.append(ended)
        return found

    states = run_with(base, name, run)
    sys.exit(1 if any(state and state.get("phase") != "Succeeded" for state in states) else 0)


def _request(asked: dict[str, Any], infos: dict[str, str]) -> applications.SyncRequest:
    backoff = {
        "duration": asked.pop("retry_backoff_duration"),
        "factor": asked.pop("retry_backoff_factor"),
        "maxDuration": asked.pop("retry_backoff_max_duration"),
    }
    return applications.SyncRequest(**asked, retry_backoff=backoff, infos=infos)


async def _resources(
    client: KubeClient, state: platforms.PlatformState, app: Object, texts: Sequence[str], labels: Sequence[str]
) -> Sequence[str]:
    """Raises BadInput when nothing is left: an empty list would mean everything."""
    if not texts and not labels:
        return ()
    found = resources_meant(app, texts)
    if labels:
        selector = labels_meant("--label", ",".join(labels))
        wanted = await wanted_objects(client, state, app)
        labelled = [key for key, obj in wanted.items() if selector.matches(labels_of(obj))]
        found += [f"{key.group}:{key.kind}:{key.namespace + '/' if key.namespace else ''}{key.name}" for key in labelled]
    if not found:
        raise BadInput("no resource of the Application fits --resource and --label", hint="stackwright app resources NAME")
    return found


async def _agreed(client: KubeClient, state: platforms.PlatformState, app: Object, revision: str) -> bool:
    for each in await diff_app(client, state, app, revision):
        click.echo(f"===== {each.key.group}/{each.key.kind} {each.key.namespace}/{each.key.name} ======")
        click.echo(each.text)
    return click.confirm("Do you want to continue?")


async def _ended(client: KubeClient, app_name: str, namespace: str, watch: bool, timeout: float) -> Any:
    told: list[str] = []

    def tell(each: Object) -> None:
        state = status_of(each).get("operationState") or {}
        line = f"{state.get('phase', '')}: {state.get('message', '')}"
        if watch and state and line not in told:
            told.append(line)
            click.echo(line, err=True)

    return await applications.await_operation(client, app_name, namespace, timeout, tell)


async def _tell(client: KubeClient, app_name: str, namespace: str, state: Any, output: str) -> None:
    if output != "wide":
        show_one(output, await applications.find_app(client, app_name, namespace))
    elif state is not None:
        click.echo(operation_text(state))
        rows = [
            tuple(str(each.get(field) or "") for field in ("group", "kind", "namespace", "name", "status", "hookPhase", "message"))
            for each in (state.get("syncResult") or {}).get("resources") or ()
        ]
        if rows:
            click.echo("\n" + table(_RESULT_HEADINGS, rows))


@click.command(cls=Command)
@click.argument("app_names", nargs=-1)
@_selector_option
@click.option("--sync", is_flag=True, help="Wait until it is in sync.")
@click.option("--health", is_flag=True, help="Wait until it is healthy.")
@click.option("--operation", is_flag=True, help="Wait until no operation runs.")
@click.option("--suspended", is_flag=True, help="Wait until it is suspended.")
@click.option("--degraded", is_flag=True, help="Wait until it is degraded.")
@click.option("--delete", "deleted", is_flag=True, help="Wait until it is gone.")
@click.option("--resource", "resources", multiple=True, help="Only [!]GROUP:KIND:[NAMESPACE/]NAME, * fits anything; repeatable.")
@_timeout_option
@output_option("wide", "json", "yaml", default="wide")
@placed
def wait(
    base: Path,
    name: str,
    app_namespace: str,
    app_names: tuple[str, ...],
    selector: str | None,
    deleted: bool,
    resources: tuple[str, ...],
    timeout: float,
    output: str,
    **states: Any,
) -> None:
    """Wait for a state; without flags for synced, healthy and no operation. Exit code 3 when it takes too long."""
    wanted = applications.Wanted(**states) if any(states.values()) else applications.Wanted()

    async def run(client: KubeClient, _: platforms.PlatformState) -> None:
        for namespace, app_name in await meant(client, app_names, app_namespace, selector):
            if deleted:
                await applications.await_end(client, app_name, namespace, timeout)
                click.echo(f"application '{app_name}' is gone")
                continue
            texts = resources_meant(await applications.find_app(client, app_name, namespace), resources)
            chosen = replace(wanted, resources=tuple(applications.parse_resource(text) for text in texts))
            found = await applications.await_state(client, app_name, namespace, chosen, timeout)
            if output == "wide":
                click.echo(described(found, False))
            else:
                show_one(output, found)

    run_with(base, name, run)


@click.command(cls=Command)
@click.argument("app_name")
@click.argument("history_id", type=int, required=False)
@click.option("--prune", is_flag=True, help="Remove what that revision does not have.")
@click.option("--dry-run", is_flag=True)
@_timeout_option
@output_option("wide", "json", "yaml", default="wide")
@placed
def rollback(
    base: Path,
    name: str,
    app_namespace: str,
    app_name: str,
    history_id: int | None,
    prune: bool,
    dry_run: bool,
    timeout: float,
    output: str,
) -> None:
    """Deploy again what an earlier entry of the history deployed (the one before the last by default)."""

    async def run(client: KubeClient, _: platforms.PlatformState) -> Any:
        found = await applications.find_app(client, app_name, app_namespace)
        await applications.request_rollback(client, found, history_id, prune=prune, dry_run=dry_run)
        state = await _ended(client, app_name, app_namespace, False, timeout)
        await _tell(client, app_name, app_namespace, state, output)
        return state

    sys.exit(0 if run_with(base, name, run).get("phase") == "Succeeded" else 1)


@click.command("terminate-op", cls=Command)
@click.argument("app_name")
@placed
def terminate_op(base: Path, name: str, app_namespace: str, app_name: str) -> None:
    """End the operation that runs."""

    async def run(client: KubeClient, _: platforms.PlatformState) -> None:
        await applications.terminate(client, await applications.find_app(client, app_name, app_namespace))

    run_with(base, name, run)
    click.echo(f"Application '{app_name}' operation terminating")


COMMANDS = (sync, wait, rollback, terminate_op)
