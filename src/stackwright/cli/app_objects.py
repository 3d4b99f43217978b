"""`stackwright app resources|get-resource|patch-resource|delete-resource|manifests|logs`: what an Application consists of."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.api.meta import Object, gvk_of, metadata_of, name_of, namespace_of
from stackwright.app import platforms
from stackwright.app.diffing import wanted_objects
from stackwright.app.trees import flattened, tree_of
from stackwright.cli.app_change import parsed_patch
from stackwright.cli.app_frame import placed, qualified, run_with
from stackwright.cli.frame import Command, data_dir_option, output_option, platform_option
from stackwright.cli.tables import show, show_one
from stackwright.client.kube import KubeClient, PatchType, Propagation
from stackwright.gitops.actions.requests import Selection, selected_objects
from stackwright.gitops.application import status_of
from stackwright.gitops.diff.masks import hidden
from stackwright.gitops.requests import find_app
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput
from stackwright.portal.logs import LogQuery, lines_of

F = TypeVar("F", bound=Callable[..., Any])
_PATCHES: Mapping[str, PatchType] = {
    "application/merge-patch+json": "merge",
    "application/json-patch+json": "json",
    "application/strategic-merge-patch+json": "strategic",
}


def _one_kind(command: F) -> F:
    """Which resources are meant: a kind at least."""
    options = [
        click.option("--kind", required=True, help="Kind of the resource."),
        click.option("--group", default="", help="Its API group."),
        click.option("--namespace", default="", help="Its namespace."),
        click.option("--resource-name", default="", help="Its name."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


async def _chosen(client: KubeClient, app: Object, asked: Mapping[str, str], several: bool) -> Sequence[Object]:
    """Raises BadInput when none is meant, or more than one without `several`."""
    selection = Selection(asked["group"], asked["kind"], asked["resource_name"], asked["namespace"])
    found = await selected_objects(client, app, selection)
    if not found:
        raise BadInput(f"no {asked['kind']} of {name_of(app)} fits", hint=f"stackwright app resources {name_of(app)}")
    if len(found) > 1 and not several:
        names = ", ".join(f"{namespace_of(obj)}/{name_of(obj)}" for obj in found)
        raise BadInput(f"multiple resources match inputs: {names}", hint="name one with --resource-name, or say --all")
    return found


@click.command(cls=Command)
@click.argument("app_name")
@output_option("wide", "tree", "json", "yaml", default="wide")
@placed
def resources(base: Path, name: str, app_namespace: str, app_name: str, output: str) -> None:
    """Show the resources of an Application."""

    async def fetch(client: KubeClient, _: platforms.PlatformState) -> tuple[Object, Any]:
        found = await find_app(client, app_name, app_namespace)
        return found, await tree_of(client, found) if output == "tree" else ()

    app, tree = run_with(base, name, fetch)
    items = list(status_of(app).get("resources") or ())
    if output == "tree":
        click.echo(tree_text(tree))
        return
    rows = [(*(str(item.get(field) or "") for field in ("group", "kind", "namespace", "name")), "No") for item in items]
    show("table" if output == "wide" else output, items, ("GROUP", "KIND", "NAMESPACE", "NAME", "ORPHANED"), rows, "no resources")


def tree_text(nodes: Any, prefix: str = "", top: bool = True) -> str:
    """Each object on a line, below what owns it."""
    lines = []
    for number, node in enumerate(nodes):
        last = number == len(nodes) - 1
        mark = "" if top else "└─" if last else "├─"
        lines.append(f"{prefix}{mark}{gvk_of(node.obj).kind}/{name_of(node.obj)}")
        if node.children:
            lines.append(tree_text(node.children, prefix + ("" if top else "  " if last else "│ "), top=False))
    return "\n".join(lines)


@click.command("get-resource", cls=Command)
@click.argument("app_name")
@_one_kind
@click.option("--show-managed-fields", is_flag=True)
@output_option("json", "yaml", default="yaml")
@placed
def get_resource(base: Path, name: str, app_namespace: str, app_name: str, show_managed_fields: bool, output: str, **asked: str) -> None:
    """Show resources of an Application as they live. Secret values are masked."""

    async def fetch(client: KubeClient, _: platforms.PlatformState) -> Sequence[Object]:
        return await _chosen(client, await find_app(client, app_name, app_namespace), asked, several=True)

    found = [_shown(obj, show_managed_fields) for obj in run_with(base, name, fetch)]
    if output == "yaml":
        click.echo(yaml.dump_all(found), nl=False)
    else:
        show_one("json", found if len(found) > 1 else found[0])


def _shown(obj: Object, managed_fields: bool = False) -> dict[str, Any]:
    shown = hidden(None, obj)[1] if gvk_of(obj).kind == "Secret" and not gvk_of(obj).group else obj
    metadata = metadata_of(shown or {})
    return {**(shown or {}), "metadata": {key: value for key, value in metadata.items() if managed_fields or key != "managedFields"}}


@click.command("patch-resource", cls=Command)
@click.argument("app_name")
@_one_kind
@click.option("--patch", "text", required=True, help="The patch, in JSON or YAML.")
@click.option("--patch-type", type=click.Choice(list(_PATCHES)), default="application/merge-patch+json", show_default=True)
@click.option("--all", "several", is_flag=True, help="Every resource that fits.")
@placed
def patch_resource(
    base: Path, name: str, app_namespace: str, app_name: str, text: str, patch_type: str, several: bool, **asked: str
) -> None:
    """Patch resources of an Application in the cluster."""
    parsed = parsed_patch(text)

    async def run(client: KubeClient, _: platforms.PlatformState) -> None:
        for obj in await _chosen(client, await find_app(client, app_name, app_namespace), asked, several):
            resource = await client.resource_of(obj)
            await client.patch(resource, name_of(obj), namespace_of(obj) or None, parsed, type=_PATCHES[patch_type])
            click.echo(f"Resource '{name_of(obj)}' patched")

    run_with(base, name, run)


@click.command("delete-resource", cls=Command)
@click.argument("app_name")
@_one_kind
@click.option("--force", is_flag=True, help="Do not wait for what it owns.")
@click.option("--orphan", is_flag=True, help="Leave what it owns.")
@click.option("--all", "several", is_flag=True, help="Every resource that fits.")
@placed
def delete_resource(
    base: Path, name: str, app_namespace: str, app_name: str, force: bool, orphan: bool, several: bool, **asked: str
) -> None:
    """Delete resources of an Application in the cluster."""
    propagation: Propagation = "Orphan" if orphan else "Background" if force else "Foreground"

    async def run(client: KubeClient, _: platforms.PlatformState) -> None:
        for obj in await _chosen(client, await find_app(client, app_name, app_namespace), asked, several):
            resource = await client.resource_of(obj)
            grace = 0 if force else None
            place = namespace_of(obj) or None
            await client.delete(resource, name_of(obj), place, propagation=propagation, grace_period_seconds=grace)
            click.echo(f"Resource '{name_of(obj)}' deleted")

    run_with(base, name, run)


@click.command(cls=Command)
@click.argument("app_name")
@click.option("--source", type=click.Choice(["git", "live"]), default="git", show_default=True, help="As wanted, or as they live.")
@click.option("--revision", default="", help="Of this revision.")
@placed
def manifests(base: Path, name: str, app_namespace: str, app_name: str, source: str, revision: str) -> None:
    """Print the manifests of an Application. Secret values are masked."""

    async def fetch(client: KubeClient, state: platforms.PlatformState) -> Sequence[Object]:
        found = await find_app(client, app_name, app_namespace)
        if source == "live":
            return await selected_objects(client, found, Selection())
        return list((await wanted_objects(client, state, found, revision)).values())

    for obj in run_with(base, name, fetch):
        click.echo("---")
        click.echo(yaml.dump(_shown(obj)).rstrip())


@click.command(cls=Command)
@click.argument("app_name")
@click.option("-c", "--container", default="", help="Of this container.")
@click.option("--name", "resource_name", default="", help="Only pods of the resource of this name.")
@click.option("--kind", default="", help="Only pods of resources of this kind.")
@click.option("--group", default="", help="Only pods of resources of this group.")
@click.option("--namespace", default="", help="Only pods of this namespace.")
@click.option("-f", "--follow", is_flag=True, help="Go on.")
@click.option("-p", "--previous", is_flag=True, help="Of the container before the last restart.")
@click.option("--tail", type=click.IntRange(min=0), help="The last lines only (default: all).")
@click.option("--since-seconds", type=click.IntRange(min=0), help="Not older than this.")
@click.option("--filter", "wanted", default="", help="Only lines with this text; !TEXT: only those without.")
@click.option("-m", "--match-case", is_flag=True, help="--filter tells capitals from small letters.")
@click.option("-N", "--app-namespace", default="argocd", show_default=True, help="Namespace of the Application.")
@platform_option
@data_dir_option
def logs(
    base: Path,
    name: str,
    app_namespace: str,
    app_name: str,
    wanted: str,
    match_case: bool,
    since_seconds: int | None,
    tail: int | None,
    follow: bool,
    container: str,
    previous: bool,
    **asked: str,
) -> None:
    """Print what the pods of an Application write."""
    app_namespace, app_name = qualified(app_name, app_namespace)
    oldest = (datetime.now(UTC) - timedelta(seconds=since_seconds)).strftime("%Y-%m-%dT%H:%M:%S") if since_seconds is not None else ""

    async def run(client: KubeClient, _: platforms.PlatformState) -> None:
        app = await find_app(client, app_name, app_namespace)
        pods = await _pods(client, app, asked)
        if not pods:
            raise BadInput(f"no pods of {app_name} fit", hint=f"stackwright app resources {app_name} -o tree")
        queries = [
            LogQuery(namespace_of(pod), name_of(pod), each, follow=follow, tail=tail, previous=previous)
            for pod in pods
            for each in _containers(pod, container)
        ]
        async with asyncio.TaskGroup() as group:
            for query in queries:
                group.create_task(_print(await lines_of(client, query), lambda line: fits(line, wanted, match_case), oldest))

    run_with(base, name, run)


async def _pods(client: KubeClient, app: Object, asked: Mapping[str, str]) -> list[Object]:
    selection = Selection(asked["group"], asked["kind"], asked["resource_name"], asked["namespace"])
    found = []
    for node in await tree_of(client, app):
        gvk = gvk_of(node.obj)
        place = {"group": gvk.group, "kind": gvk.kind, "name": name_of(node.obj), "namespace": namespace_of(node.obj)}
        whole = selection.matches(place)
        for obj in flattened([node]):
            own = {"group": "", "kind": "Pod", "name": name_of(obj), "namespace": namespace_of(obj)}
            if gvk_of(obj).kind == "Pod" and (whole or selection.matches(own)):
                found.append(obj)
    return found


def _containers(pod: Object, container: str) -> list[str]:
    names = [str(each["name"]) for each in (pod.get("spec") or {}).get("containers") or ()]
    return [container] if container else names


async def _print(lines: AsyncIterator[tuple[str, str]], shown: Callable[[str], bool], oldest: str) -> None:
    async for time, text in lines:
        if shown(text) and (not oldest or time >= oldest):
            click.echo(text)


def fits(line: str, wanted: str, match_case: bool) -> bool:
    """Whether --filter lets a line through."""
    text = wanted.removeprefix("!")
    found = text in line if match_case else text.casefold() in line.casefold()
    return found != wanted.startswith("!")


COMMANDS = (resources, get_resource, patch_resource, delete_resource, manifests, logs)
