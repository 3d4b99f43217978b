"""`stackwright serve`: the process behind a platform or cluster, in the foreground."""

from pathlib import Path

import click

from stackwright.app.places import cluster_places
from stackwright.cli.frame import data_dir_option
from stackwright.kernel.errors import BadInput


@click.group(hidden=True)
def serve() -> None:
    """Serve in the foreground (started by `create`)."""


@serve.command()
@click.argument("name")
@data_dir_option
def cluster(name: str, base: Path) -> None:
    """Serve the embedded cluster NAME."""
    from stackwright.app.serve_cluster import serve_cluster
    from stackwright.app.serving import serve as run

    places = cluster_places(base, name)
    if not places.exists:
        raise BadInput(f"there is no cluster {name} in {base}", hint=f"stackwright cluster create {name}")
    run(places, serve_cluster)
