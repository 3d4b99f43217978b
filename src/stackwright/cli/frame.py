"""What all commands share: how errors are told, exit codes, the options that say which platform is meant."""

import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.api.status import StatusError
from stackwright.app import places
from stackwright.kernel.errors import BadInput, StackwrightError

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_TIMED_OUT = 3
EXIT_UNHEALTHY = 4
EXIT_INTERRUPTED = 130

_ATTEMPTS = 8
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Commands(click.Group):
    """A group whose commands may raise StackwrightError: told in one place, with its own exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.Exit as error:
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo("interrupted", err=True)
            sys.exit(EXIT_INTERRUPTED)
        except click.ClickException as error:
            error.show()
            sys.exit(EXIT_BAD_INPUT if isinstance(error, click.UsageError) else error.exit_code)
        except StackwrightError as error:
            tell(error)
            sys.exit(EXIT_BAD_INPUT if isinstance(error, BadInput) else EXIT_FAILED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(EXIT_FAILED)


class Command(click.Command):
    """Takes `--flag=true` and `--flag=false` too, as argocd's users write switches."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [word for arg in args for word in self._plain(arg)])

    def _plain(self, arg: str) -> list[str]:
        flag, separator, value = arg.partition("=")
        switch = next((each for each in self.params if isinstance(each, click.Option) and each.is_flag and flag in each.opts), None)
        if switch is None or not separator or value not in ("true", "false"):
            return [arg]
        if value == "true":
            return [flag]
        return list(switch.secondary_opts[:1])


class Verbs(click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type


def given_flags(**flags: Any) -> dict[str, Any]:
    """Those that the user gave. Shape: what was not given is None, or an empty tuple."""
    return {name: value for name, value in flags.items() if value is not None and value != ()}


async def again_on_conflict(change: Callable[[], Awaitable[T]]) -> T:
    """Reads, changes and writes anew while somebody else writes between: the engine does, often."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return await change()
        except StatusError as error:
            if not error.conflict:
                raise
    return await change()


def tell(error: StackwrightError) -> None:
    click.echo(f"Error: {error.message}", err=True)
    if error.hint:
        click.echo(f"Hint: {error.hint}", err=True)


def pairs(option: str, given: Sequence[str], form: str = "KEY=VALUE") -> dict[str, str]:
    """What a repeated option like `--label KEY=VALUE` says. Raises BadInput."""
    found = {}
    for pair in given:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise BadInput(f"{option} {pair}: expected {form}")
        found[key] = value
    return found


def data_dir_option(command: F) -> F:
    """Adds --data-dir, given to the command as `base`: the folder that holds all platforms and clusters."""
    return click.option(
        "--data-dir",
        "base",
        type=click.Path(file_okay=False, path_type=Path),
        callback=lambda _context, _option, value: places.home(os.environ, value),
        help="Folder that holds all state (default: $STACKWRIGHT_HOME, else the user's state folder).",
    )(command)


def name_option(command: F) -> F:
    return click.option("--name", "--platform", "name", default="localdev", show_default=True, help="Name of the platform.")(command)


def platform_option(command: F) -> F:
    """Where --name means something else."""
    return click.option("--platform", "name", default="localdev", show_default=True, help="Name of the platform.")(command)


def output_option(*choices: str, default: str) -> Callable[[F], F]:
    return click.option("-o", "--output", type=click.Choice(choices), default=default, show_default=True, help="Form of the output.")
