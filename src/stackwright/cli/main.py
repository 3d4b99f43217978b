"""The command `stackwright`."""

import click

from stackwright import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Bring up, reconcile and operate an Internal Developer Platform from stacks kept in git."""


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(f"stackwright {__version__}")
