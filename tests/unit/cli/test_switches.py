"""Switches as argocd's users write them."""

import click
import pytest
from click.testing import CliRunner

from stackwright.cli.frame import Command


@pytest.mark.parametrize(
    ("args", "want"),
    [
        (["--prune=true", "--heal=true"], "True True"),
        (["--prune=false", "--heal=false"], "False False"),
        (["--prune", "--no-heal"], "True False"),
        ([], "False None"),
    ],
)
def test_a_switch_takes_true_and_false(args: list[str], want: str) -> None:
    @click.command(cls=Command)
    @click.option("--prune", is_flag=True)
    @click.option("--heal/--no-heal", default=None)
    def command(prune: bool, heal: bool | None) -> None:
        click.echo(f"{prune} {heal}")

    assert CliRunner().invoke(command, args).output.strip() == want
