"""`stackwright proj windows`: when the Applications of a project may be synced, with argocd's verbs and flags."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.cli.frame import Verbs, given_flags, output_option
from stackwright.cli.proj_frame import Spec, change_project, placed, read_project
from stackwright.cli.tables import show
from stackwright.gitops.project.windows import Window, is_active
from stackwright.kernel.errors import BadInput

F = TypeVar("F", bound=Callable[..., Any])
_HEADINGS = (
    "ID",
    "STATUS",
    "KIND",
    "SCHEDULE",
    "DURATION",
    "APPLICATIONS",
    "NAMESPACES",
    "CLUSTERS",
    "MANUALSYNC",
    "SYNCOVERRUN",
    "TIMEZONE",
    "USEANDOPERATOR",
)
_FIELDS = {"time_zone": "timeZone", "manual_sync": "manualSync", "sync_overrun": "syncOverrun", "use_and_operator": "andOperator"}


@click.group(cls=Verbs)
def windows() -> None:
    """Manage the sync windows of a project."""


def _flags(command: F) -> F:
    options = [
        click.option("--schedule", help="When it opens, as cron has it: '0 22 * * *'."),
        click.option("--duration", help="How long it stays open, such as 1h."),
        click.option("--applications", multiple=True, help="Names of Applications, * fits anything. Repeatable."),
        click.option("--namespaces", multiple=True, help="Namespaces that are deployed to. Repeatable."),
        click.option("--clusters", multiple=True, help="Clusters that are deployed to. Repeatable."),
        click.option("--time-zone", help="Of the schedule, such as Europe/Berlin (default: UTC)."),
        click.option("--description", help="What it is for."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def window_of(window: Window, given: Mapping[str, Any]) -> dict[str, Any]:
    """The window as the flags want it. Pure."""
    changed = dict(window)
    for flag, value in given.items():
        listed = [word.strip() for text in value for word in text.split(",") if word.strip()] if isinstance(value, tuple) else value
        changed[_FIELDS.get(flag, flag)] = listed
    return changed


def with_window(spec: Spec, number: int, change: Callable[[Window], Window | None]) -> dict[str, Any]:
    """Changes a window, or drops it. Shape: numbers count from 0, as `windows list` shows them. Raises BadInput."""
    listed = list(spec.get("syncWindows") or ())
    if not 0 <= number < len(listed):
        raise BadInput(f"there is no window {number} (there are {len(listed)})", hint="stackwright proj windows list PROJECT")
    wanted = change(listed[number])
    return {**spec, "syncWindows": [*listed[:number], *([wanted] if wanted is not None else []), *listed[number + 1 :]]}


@windows.command()
@click.argument("project")
@click.option("-k", "--kind", type=click.Choice(["allow", "deny"]), required=True, help="Whether syncs may run while it is open.")
@_flags
@click.option("--manual-sync", is_flag=True, help="People may sync all the same.")
@click.option("--sync-overrun", is_flag=True, help="A sync that runs when it closes may go on.")
@click.option("--use-and-operator", is_flag=True, help="Applications, namespaces and clusters must all fit.")
@placed
def add(base: Path, name: str, project: str, **flags: Any) -> None:
    """Add a sync window."""
    made = window_of({}, {flag: value for flag, value in given_flags(**flags).items() if value is not False})
    change_project(base, name, project, lambda spec: {**spec, "syncWindows": [*(spec.get("syncWindows") or ()), made]})


@windows.command()
@click.argument("project")
@click.argument("number", metavar="ID", type=int)
@_flags
@placed
def update(base: Path, name: str, project: str, number: int, **flags: Any) -> None:
    """Change a sync window; what is not named stays."""
    given = given_flags(**flags)
    if not given:
        raise BadInput("set at least one option", hint="stackwright proj windows update --help")
    change_project(base, name, project, lambda spec: with_window(spec, number, lambda window: window_of(window, given)))


@windows.command()
@click.argument("project")
@click.argument("number", metavar="ID", type=int)
@placed
def delete(base: Path, name: str, project: str, number: int) -> None:
    """Delete a sync window."""
    change_project(base, name, project, lambda spec: with_window(spec, number, lambda _: None))


def _switch(verb: str, flag: str, on: bool, words: str) -> None:
    @windows.command(verb, help=words)
    @click.argument("project")
    @click.argument("number", metavar="ID", type=int)
    @placed
    def switch(base: Path, name: str, project: str, number: int) -> None:
        change_project(base, name, project, lambda spec: with_window(spec, number, lambda window: window_of(window, {flag: on})))


_switch("enable-manual-sync", "manual_sync", True, "People may sync all the same.")
_switch("disable-manual-sync", "manual_sync", False, "People may not sync either.")
_switch("enable-sync-overrun", "sync_overrun", True, "A sync that runs when it closes may go on.")
_switch("disable-sync-overrun", "sync_overrun", False, "A sync that runs when it closes is stopped.")


@windows.command("list")
@click.argument("project")
@output_option("wide", "json", "yaml", default="wide")
@placed
def list_(base: Path, name: str, project: str, output: str) -> None:
    """Show the sync windows of a project."""
    found = list((read_project(base, name, project).get("spec") or {}).get("syncWindows") or ())
    now = datetime.now(UTC)
    show(
        "table" if output == "wide" else output,
        found,
        _HEADINGS,
        [row(number, each, now) for number, each in enumerate(found)],
        "no windows",
    )


def row(number: int, window: Window, now: datetime) -> tuple[str, ...]:
    """One line of the list, a cell for each heading."""
    texts = [str(window.get(field) or "") for field in ("kind", "schedule", "duration")]
    lists = [",".join(window.get(field) or ()) or "-" for field in ("applications", "namespaces", "clusters")]
    switches = ["Enabled" if window.get(field) else "Disabled" for field in ("manualSync", "syncOverrun")]
    operator = "Enabled" if window.get("andOperator") else "Disabled"
    return (str(number), _status(window, now), *texts, *lists, *switches, str(window.get("timeZone") or "UTC"), operator)


def _status(window: Window, now: datetime) -> str:
    try:
        return "Active" if is_active(window, now) else "Inactive"
    except BadInput:
        return "Invalid"
