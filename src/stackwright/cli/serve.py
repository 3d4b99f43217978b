"""`stackwright serve`: the process behind a platform or cluster, in the foreground."""

from pathlib import Path

import click

from stackwright.app.places import cluster_places, platform_places
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
    from stackwright.app.settings import ClusterSettings, load

    places = cluster_places(base, name)
    if not places.exists:
        raise BadInput(f"there is no cluster {name} in {base}", hint=f"stackwright cluster create {name}")
    run(places, serve_cluster, load(places.settings, ClusterSettings).port)


@serve.command()
@click.argument("name")
@data_dir_option
def platform(name: str, base: Path) -> None:
    """Serve the platform NAME."""
    from stackwright.app.serve_platform import serve_platform
    from stackwright.app.serving import serve as run
    from stackwright.app.settings import PlatformSettings, load

    places = platform_places(base, name)
    if not places.exists:
        raise BadInput(f"there is no platform {name} in {base}", hint=f"stackwright create --name {name}")
    settings = load(places.settings, PlatformSettings)
    run(places, serve_platform, settings.port, settings.log_level)
