"""The portal in a real Chromium. Needs node, Chromium and `npm install` in tests/e2e/portal (`make browser`)."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Platform, Shell, free_port, until
from .test_platform import CONFIG, package
from .test_portal import DEVELOPER, Browser, admin_password, browser, developer

FOLDER = Path(__file__).parent / "portal"
NODE_FOLDER = Path(os.environ.get("PORTAL_NODE", FOLDER))
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
MANY = 1000

pytestmark = [
    pytest.mark.platform,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("node") and Path(CHROMIUM).exists() and (NODE_FOLDER / "node_modules" / "playwright-core").is_dir()),
        reason="node, Chromium or playwright-core is not there",
    ),
]
__all__ = ["browser"]


@pytest.fixture(scope="module")
def platform(shell: Shell) -> Iterator[Platform]:
    """One of its own: it holds more than other tests want to wait for."""
    made = Platform(shell, "browsed", free_port())
    made.create()
    yield made
    shell.stackwright("delete", "--name", made.name)


def node(*arguments: str) -> str:
    environment = {**os.environ, "PORTAL_NODE": str(NODE_FOLDER), "CHROMIUM": CHROMIUM}
    done = subprocess.run(["node", *arguments], cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def story(platform: Platform, name: str, app: str, password: str = "") -> str:
    url = f"https://localhost:{platform.port}/argocd"
    return node("journey.mjs", name, url, password or admin_password(platform), app)


def publish(platform: Platform, folder: Path) -> None:
    platform.shell.stackwright(
        "create", "--name", platform.name, "--port", str(platform.port), "-p", str(folder), "--timeout", "2", check=False
    )


def by_hand(folder: Path, name: str) -> Path:
    """A package that nobody syncs by itself."""
    made = package(folder / name, name)
    (made / "app.yaml").write_text((made / "app.yaml").read_text().replace("automated: {prune: true, selfHeal: true}, ", ""))
    return made


def test_an_application_among_many_is_found_understood_synced_and_rolled_back(platform: Platform, tmp_path: Path) -> None:
    many(platform)
    folder = by_hand(tmp_path, "journey")
    publish(platform, folder)
    until(lambda: "OutOfSync" in platform.kubectl("get", "application", "-n", "argocd", "journey", "-o", "jsonpath={.status.sync.status}"))
    assert "it becomes healthy without a reload" in story(platform, "sync", "journey")
    assert "nothing jumps" in story(platform, "many", "journey")
    (folder / "manifests" / "settings.yaml").write_text(CONFIG.format(text="second"))
    publish(platform, folder)
    assert "rolled back" in story(platform, "rollback", "journey")


def many(platform: Platform) -> None:
    """Applications that nobody looks after: they are only listed."""
    spec = {
        "project": "default",
        "source": {"repoURL": "https://h/r", "path": "."},
        "destination": {"name": "in-cluster", "namespace": "x"},
    }
    annotations = {"argocd.argoproj.io/skip-reconcile": "true"}
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
    items = [
        {**head, "metadata": {"name": f"many-{number}", "namespace": "argocd", "annotations": annotations}, "spec": spec}
        for number in range(MANY)
    ]
    file = platform.shell.home / "many.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    platform.kubectl("create", "-f", str(file))


def test_an_application_is_made_by_form(platform: Platform) -> None:
    assert "is made by form" in story(platform, "create", "formed-in-browser")


def test_logs_are_followed(platform: Platform) -> None:
    assert "logs are there" in story(platform, "logs", "gitea")


def test_a_role_is_told_what_it_may_not(platform: Platform, browser: Browser) -> None:
    developer(browser)
    assert "a role is told what it may not" in story(platform, "refused", "gitea", DEVELOPER)


def test_no_page_keeps_anybody_out(platform: Platform, tmp_path: Path) -> None:
    said = node("screenshots.mjs", f"https://localhost:{platform.port}/argocd", admin_password(platform), str(tmp_path / "shots"))
    assert json.loads(said) == {"serious": [], "errors": []}
