"""`stackwright app delete` and `confirm-deletion`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from stackwright.app import platforms
from stackwright.cli.app_choice import meant
from stackwright.cli.app_frame import placed, run_with
from stackwright.cli.frame import Command
from stackwright.client.kinds import APPLICATIONS
from stackwright.client.kube import KubeClient
from stackwright.gitops import requests as applications
from stackwright.gitops.options import DELETION_APPROVED

_WAIT_SECONDS = 300.0


@click.command(cls=Command)
@click.argument("app_names", nargs=-1)
@click.option("-l", "--selector", help="Those with these labels, instead of names.")
@click.option("--cascade/--no-cascade", default=True, help="Remove what it deployed too.")
@click.option(
    "-p",
    "--propagation-policy",
    type=click.Choice(["foreground", "background"]),
    default="foreground",
    show_default=True,
    help="Whether what it deployed goes before the Application, or after.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--wait", is_flag=True, help="Wait until it is gone.")
@placed
def delete(
    base: Path,
    name: str,
    app_namespace: str,
    app_names: tuple[str, ...],
    selector: str | None,
    cascade: bool,
    propagation_policy: str,
    yes: bool,
    wait: bool,
) -> None:
    """Delete Applications. On a terminal, asks first."""

    async def run(client: KubeClient, _: platforms.PlatformState) -> None:
        for namespace, app_name in await meant(client, app_names, app_namespace, selector):
            found = await applications.find_app(client, app_name, namespace)
            if not yes and sys.stdin.isatty() and not click.confirm(_question(app_name, cascade)):
                click.echo(f"The command to delete '{app_name}' was cancelled.")
                continue
            await applications.delete(client, found, cascade=cascade, background=propagation_policy == "background")
            if wait:
                await applications.await_end(client, app_name, namespace, _WAIT_SECONDS)
            click.echo(f"application '{app_name}' deleted")

    run_with(base, name, run)


def _question(app_name: str, cascade: bool) -> str:
    return f"Delete '{app_name}'" + (" and all that it deployed?" if cascade else " and leave what it deployed?")


@click.command("confirm-deletion", cls=Command)
@click.argument("app_name")
@placed
def confirm_deletion(base: Path, name: str, app_namespace: str, app_name: str) -> None:
    """Agree to the removal of resources that wait for it."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    async def run(client: KubeClient, _: platforms.PlatformState) -> None:
        await applications.find_app(client, app_name, app_namespace)
        await client.patch(APPLICATIONS, app_name, app_namespace, {"metadata": {"annotations": {DELETION_APPROVED: moment}}})

    run_with(base, name, run)
    click.echo(f"Application '{app_name}' updated successfully")


COMMANDS = (delete, confirm_deletion)
