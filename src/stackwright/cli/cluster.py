"""`stackwright cluster`: further embedded clusters, and the clusters that platforms deploy to."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from stackwright.api.status import StatusError
from stackwright.app import platforms, registering
from stackwright.app.clusters import ClusterState, delete_cluster, ensure_cluster, list_clusters
from stackwright.cli.frame import data_dir_option, output_option, pairs
from stackwright.cli.tables import show
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.kube import KubeClient
from stackwright.kernel.errors import BadInput

T = TypeVar("T")
_ON_OFF = click.Choice(["on", "off"])
_platform_option = click.option("--platform", default="localdev", show_default=True, help="Name of the platform.")


@click.group()
def cluster() -> None:
    """Make, list and delete embedded clusters; register clusters with a platform."""


@cluster.command()
@click.argument("name")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the API on 127.0.0.1 (default: a free one).")
@click.option("--controllers", type=_ON_OFF, default="on", show_default=True, help="off: the bare API, without controllers and nodes.")
@click.option("--node", type=_ON_OFF, default="on", show_default=True, help="off: no scheduler and no node; pods stay Pending.")
@click.option("--gitops", type=_ON_OFF, default="off", show_default=True, help="on: Argo CD's kinds, and the engine that follows them.")
@data_dir_option
def create(name: str, port: int | None, controllers: str, node: str, gitops: str, base: Path) -> None:
    """Make the cluster NAME, or resume it, and print the path of its kubeconfig."""
    state = ensure_cluster(base, name, port=port, controllers=controllers == "on", node=node == "on", gitops=gitops == "on")
    click.echo(f"cluster {state.name} is ready at {state.server}", err=True)
    click.echo(str(state.kubeconfig))


@cluster.command("list")
@output_option("table", "json", "yaml", default="table")
@data_dir_option
def list_(output: str, base: Path) -> None:
    """Show the embedded clusters, and those that running platforms deploy to."""
    known = _registered(base)
    embedded = list_clusters(base)
    servers = {state.server for state in embedded}
    rows = [(state.name, state.server, _status(state), _names(known.get(state.server, [])), str(state.kubeconfig)) for state in embedded]
    rows += [(names[0][1], server, "External", _names(names), "") for server, names in sorted(known.items()) if server not in servers]
    headings = ("NAME", "SERVER", "STATUS", "REGISTERED", "KUBECONFIG")
    records = [dict(zip(("name", "server", "status", "registered", "kubeconfig"), row)) for row in rows]
    show(output, records, headings, rows, "no clusters; make one with: stackwright cluster create NAME")


@cluster.command()
@click.argument("name")
@data_dir_option
def delete(name: str, base: Path) -> None:
    """End the cluster NAME and remove all it knew."""
    found = delete_cluster(base, name)
    click.echo(f"cluster {name} {'deleted' if found else 'does not exist'}", err=True)


@cluster.command()
@click.argument("context", default="")
@click.option("--kubeconfig", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with CONTEXT (default: the user's).")
@click.option("--name", help="How Applications name the cluster (default: CONTEXT).")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="A label for the cluster; may be repeated.")
@click.option("--namespace", "namespaces", multiple=True, help="Deploy to this namespace only; may be repeated.")
@click.option("--cluster-resources", is_flag=True, help="With --namespace: objects without a namespace as well.")
@click.option("--project", default="", help="Only for Applications of this project.")
@click.option("--own-credentials", is_flag=True, help="Store the credentials of the kubeconfig instead of making an account.")
@click.option("--upsert", is_flag=True, help="Replace one that is there.")
@_platform_option
@data_dir_option
def add(
    context: str,
    kubeconfig: Path | None,
    name: str | None,
    labels: tuple[str, ...],
    namespaces: tuple[str, ...],
    cluster_resources: bool,
    project: str,
    own_credentials: bool,
    upsert: bool,
    platform: str,
    base: Path,
) -> None:
    """Register a cluster with a platform: an embedded one by its name, any other by the CONTEXT of a kubeconfig."""
    if not context and kubeconfig is None:
        raise BadInput("name an embedded cluster, a context, or a file with --kubeconfig")
    access = registering.find_access(base, context, kubeconfig)
    shown = name or context or access.server
    wanted = registering.Registration(shown, pairs("--label", labels), namespaces, cluster_resources, project, upsert)
    manager = _manager(platform)
    found = _run(base, platform, lambda client: registering.register(client, manager, access, wanted, own_credentials=own_credentials))
    click.echo(f"Cluster '{found.server}' added as '{found.name}'")


@cluster.command()
@click.argument("cluster_name", metavar="NAME|SERVER")
@click.option("--force", is_flag=True, help="Even if Applications are deployed to it: their objects stay where they are.")
@_platform_option
@data_dir_option
def rm(cluster_name: str, force: bool, platform: str, base: Path) -> None:
    """Deploy to a cluster no more."""
    manager = _manager(platform)
    found = _run(base, platform, lambda client: registering.unregister(client, manager, cluster_name, force=force))
    click.echo(f"Cluster '{found.server}' removed")


def _manager(platform: str) -> str:
    """The platform's account in other clusters: one for each, so that removing one leaves the others alone."""
    return f"stackwright-{platform}"


def _run(base: Path, platform: str, do: Callable[[KubeClient], Awaitable[T]]) -> T:
    state = platforms.running_platform(base, platform)

    async def run() -> T:
        async with platforms.client_of(state, "argocd") as client:
            return await do(client)

    return asyncio.run(run())


def _registered(base: Path) -> dict[str, list[tuple[str, str]]]:
    """Platform and name of each registration, by server. A platform that does not answer is passed over."""
    found: dict[str, list[tuple[str, str]]] = {}
    for state in platforms.list_platforms(base):
        if state.pid is None:
            continue
        try:
            clusters = _run(base, state.settings.name, registering.registered)
        except (StatusError, ClusterUnreachable):
            continue
        for each in clusters:
            found.setdefault(each.server, []).append((state.settings.name, each.name))
    return found


def _names(registrations: list[tuple[str, str]]) -> str:
    return ", ".join(f"{platform}: {name}" for platform, name in registrations)


def _status(state: ClusterState) -> str:
    return "Running" if state.pid is not None else "Stopped"
