"""The command `stackwright`."""

import click

from stackwright.cli.account import account
from stackwright.cli.app import app
from stackwright.cli.app_actions import group as app_actions
from stackwright.cli.cluster import cluster
from stackwright.cli.create import create
from stackwright.cli.frame import Commands
from stackwright.cli.get import get
from stackwright.cli.offline import health, render
from stackwright.cli.platform import delete, kubectl, version
from stackwright.cli.resources import appset, proj, repo, repocreds
from stackwright.cli.serve import serve
from stackwright.cli.snapshot import snapshot


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Bring up, reconcile and operate an Internal Developer Platform from stacks kept in git."""


app.add_command(app_actions)
for command in (
    create,
    get,
    account,
    app,
    appset,
    proj,
    repo,
    repocreds,
    delete,
    cluster,
    snapshot,
    health,
    render,
    kubectl,
    version,
    serve,
):
    main.add_command(command)
