"""Operating Applications from the command line."""

from pathlib import Path

import pytest

from .conftest import Platform, until
from .test_platform import CONFIG, package, text_of

pytestmark = pytest.mark.platform


def test_an_application_is_compared_synced_and_rolled_back(platform: Platform, tmp_path: Path) -> None:
    folder = package(tmp_path / "manual", "manual")
    app = (folder / "app.yaml").read_text().replace("automated: {prune: true, selfHeal: true}, ", "")
    (folder / "app.yaml").write_text(app)
    command = ("--name", "shared")
    platform.shell.stackwright("create", "--name", "shared", "--port", str(platform.port), "-p", str(folder), "--timeout", "2", check=False)
    until(lambda: "OutOfSync" in platform.shell.stackwright("app", "get", "manual", *command).stdout)
    shown = platform.shell.stackwright("app", "diff", "manual", *command, check=False)
    assert (shown.returncode, "+  text: first" in shown.stdout) == (1, True)
    assert "Succeeded" in platform.shell.stackwright("app", "sync", "manual", *command).stdout
    assert platform.shell.stackwright("app", "diff", "manual", *command).stdout == ""
    (folder / "manifests" / "settings.yaml").write_text(CONFIG.format(text="second"))
    until(lambda: "OutOfSync" in platform.shell.stackwright("app", "get", "manual", *command).stdout)
    platform.shell.stackwright("app", "sync", "manual", *command)
    assert text_of(platform, "manual") == "second"
    assert len(platform.shell.stackwright("app", "history", "manual", *command).stdout.splitlines()) == 3
    platform.shell.stackwright("app", "rollback", "manual", *command)
    assert text_of(platform, "manual") == "first"


def test_an_unknown_application_is_named(platform: Platform) -> None:
    done = platform.shell.stackwright("app", "get", "nobody", "--name", "shared", check=False)
    assert (done.returncode, "argocd/nobody" in done.stderr) == (2, True)
