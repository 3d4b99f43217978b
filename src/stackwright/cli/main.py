"""The command `stackwright`."""

import click

from stackwright import __version__
from stackwright.cli.cluster import cluster
from stackwright.cli.frame import Commands
from stackwright.cli.serve import serve


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Bring up, reconcile and operate an Internal Developer Platform from stacks kept in git."""


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(f"stackwright {__version__}")


main.add_command(cluster)
main.add_command(serve)
