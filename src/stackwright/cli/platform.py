"""`stackwright delete`, `version` and `kubectl`: small commands about a platform."""

import os
import platform
import shutil
import sys
from pathlib import Path

import click

from stackwright import __version__
from stackwright.app import platforms
from stackwright.cli.frame import data_dir_option, name_option
from stackwright.cli.tables import show_one
from stackwright.kernel.errors import BadInput


@click.command()
@name_option
@data_dir_option
def delete(name: str, base: Path) -> None:
    """End the platform and remove all it knew."""
    found = platforms.delete_platform(base, name)
    click.echo(f"platform {name} {'deleted' if found else 'does not exist'}", err=True)


@click.command()
@click.option("-o", "--output", type=click.Choice(["wide", "json", "yaml"]), help="Form of the output.")
def version(output: str | None) -> None:
    """Print the version."""
    found = {
        "stackwrightVersion": __version__,
        "pythonVersion": platform.python_version(),
        "os": sys.platform,
        "arch": platform.machine(),
    }
    if output in ("json", "yaml"):
        show_one(output, found)
    else:
        click.echo(f"stackwright {__version__} python {found['pythonVersion']} {found['os']}/{found['arch']}")


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@data_dir_option
def kubectl(arguments: tuple[str, ...], base: Path) -> None:
    """Run the real kubectl against a platform: stackwright kubectl [--name NAME] ARGS…"""
    name, rest = _name_of(arguments)
    state = platforms.find_platform(base, name)
    environment = {**os.environ, "KUBECONFIG": str(state.places.kubeconfig)}
    beside = Path(sys.executable).with_name("kubectl")
    program = str(beside) if beside.exists() else shutil.which("kubectl")
    if program is None:
        raise BadInput("kubectl is not installed", hint=f"install it, and use it with KUBECONFIG={state.places.kubeconfig}")
    os.execve(program, ["kubectl", *rest], environment)  # noqa: S606 kubectl itself, with an argument list


def _name_of(arguments: tuple[str, ...]) -> tuple[str, list[str]]:
    """`--name` before kubectl's own arguments, which may begin with a `--`."""
    name, rest = "localdev", list(arguments)
    if rest[:1] == ["--name"] and len(rest) > 1:
        name, rest = rest[1], rest[2:]
    elif rest and rest[0].startswith("--name="):
        name, rest = rest[0].removeprefix("--name="), rest[1:]
    return name, rest[1:] if rest[:1] == ["--"] else rest
