"""The command `stackwright`."""

import click

from stackwright.cli.cluster import cluster
from stackwright.cli.create import create
from stackwright.cli.frame import Commands
from stackwright.cli.platform import delete, kubectl, version
from stackwright.cli.serve import serve


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Bring up, reconcile and operate an Internal Developer Platform from stacks kept in git."""


for command in (create, delete, cluster, kubectl, version, serve):
    main.add_command(command)
