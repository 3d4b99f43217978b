"""What all commands share: how errors are told, exit codes, the options that say which platform is meant."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.app import places
from stackwright.kernel.errors import BadInput, StackwrightError

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_TIMED_OUT = 3
EXIT_UNHEALTHY = 4
EXIT_INTERRUPTED = 130

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
    return click.option("--name", default="localdev", show_default=True, help="Name of the platform.")(command)


def output_option(*choices: str, default: str) -> Callable[[F], F]:
    return click.option("-o", "--output", type=click.Choice(choices), default=default, show_default=True, help="Form of the output.")
