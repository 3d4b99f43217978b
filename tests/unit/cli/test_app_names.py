"""How Applications are named on the command line."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from stackwright.cli.app_frame import placed, qualified
from stackwright.kernel.errors import BadInput


@pytest.mark.parametrize(
    ("name", "want"), [("web", ("argocd", "web")), ("team/web", ("team", "web"))], ids=["in the control plane", "elsewhere"]
)
def test_a_name_may_say_its_namespace(name: str, want: tuple[str, str]) -> None:
    assert qualified(name, "argocd") == want


@pytest.mark.parametrize("name", ["/web", "team/", "a/b/c"])
def test_half_a_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="expected NAME or NAMESPACE/NAME"):
        qualified(name, "argocd")


@pytest.mark.parametrize(
    ("given", "want"),
    [(["team/web"], ("team", "web")), (["web", "-N", "other"], ("other", "web")), (["team/web", "-N", "other"], ("team", "web"))],
)
def test_a_command_gets_the_namespace_that_the_name_says(given: list[str], want: tuple[str, str], tmp_path: Path) -> None:
    seen: list[Any] = []

    @click.command()
    @click.argument("app_name")
    @placed
    def command(base: Path, name: str, app_namespace: str, app_name: str) -> None:
        seen.append((app_namespace, app_name))

    assert CliRunner().invoke(command, [*given, "--data-dir", str(tmp_path)]).exit_code == 0
    assert seen == [want]
