"""`stackwright snapshot`: copies of a whole platform."""

from pathlib import Path

import click

from stackwright.app import platforms, snapshots
from stackwright.app.places import platform_places
from stackwright.cli.frame import data_dir_option, name_option, output_option
from stackwright.cli.tables import show


@click.group()
def snapshot() -> None:
    """Save and restore a whole platform."""


@snapshot.command()
@click.argument("snapshot_name", required=False, default="")
@name_option
@data_dir_option
def save(snapshot_name: str, name: str, base: Path) -> None:
    """Copy the platform, while it runs, into the snapshot SNAPSHOT_NAME (by default its name and the time)."""
    made = snapshots.save(base, platforms.find_platform(base, name), snapshot_name)
    click.echo(f"saved {made.path} ({made.size} bytes)", err=True)
    click.echo(made.name)


@snapshot.command("list")
@output_option("table", "json", "yaml", default="table")
@data_dir_option
def list_(output: str, base: Path) -> None:
    """Show the snapshots."""
    found = snapshots.listed(base)
    rows = [(each.name, each.platform, each.made, str(each.size)) for each in found]
    records = [dict(zip(("name", "platform", "made", "size"), row)) for row in rows]
    show(output, records, ("NAME", "PLATFORM", "MADE", "SIZE"), rows, "no snapshots; make one with: stackwright snapshot save")


@snapshot.command()
@click.argument("snapshot_name")
@name_option
@data_dir_option
def restore(snapshot_name: str, name: str, base: Path) -> None:
    """Replace the platform by what the snapshot holds. Start it with `stackwright create`."""
    snapshots.restore(base, snapshot_name, platform_places(base, name))
    click.echo(f"platform {name} is as {snapshot_name} had it; start it: stackwright create --name {name}", err=True)
