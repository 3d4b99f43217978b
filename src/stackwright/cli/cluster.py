"""`stackwright cluster`: further embedded clusters."""

from pathlib import Path

import click

from stackwright.app.clusters import ClusterState, delete_cluster, ensure_cluster, list_clusters
from stackwright.cli.frame import data_dir_option, output_option
from stackwright.cli.tables import show

_ON_OFF = click.Choice(["on", "off"])


@click.group()
def cluster() -> None:
    """Make, list and delete embedded clusters."""


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
    """Show the clusters."""
    states = list_clusters(base)
    rows = [(state.name, state.server, _status(state), str(state.kubeconfig)) for state in states]
    headings = ("NAME", "SERVER", "STATUS", "KUBECONFIG")
    records = [dict(zip(("name", "server", "status", "kubeconfig"), row)) for row in rows]
    show(output, records, headings, rows, "no clusters; make one with: stackwright cluster create NAME")


@cluster.command()
@click.argument("name")
@data_dir_option
def delete(name: str, base: Path) -> None:
    """End the cluster NAME and remove all it knew."""
    found = delete_cluster(base, name)
    click.echo(f"cluster {name} {'deleted' if found else 'does not exist'}", err=True)


def _status(state: ClusterState) -> str:
    return "Running" if state.pid is not None else "Stopped"
