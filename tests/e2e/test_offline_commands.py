"""Commands that need no platform, and copies of whole platforms."""

import json
from pathlib import Path

import pytest

from .conftest import Platform, Shell
from .test_platform import package

pytestmark = pytest.mark.platform


def test_health_is_told_for_every_object_in_order(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "objects.yaml"
    deployment = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop, generation: 2}\nstatus: {observedGeneration: 1}\n"
    )
    file.write_text(deployment + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n")
    found = json.loads(shell.stackwright("health", "-f", str(file), "-o", "json").stdout)
    assert [(each["kind"], each["namespace"], each["name"], each["status"]) for each in found] == [
        ("Deployment", "shop", "web", "Progressing"),
        ("ConfigMap", "", "settings", ""),
    ]


def test_a_file_that_cannot_be_read_is_named(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("a: [")
    done = shell.stackwright("health", "-f", str(file), check=False)
    assert (done.returncode, str(file) in done.stderr) == (2, True)


def test_a_package_is_rendered_without_a_platform(shell: Shell, tmp_path: Path) -> None:
    shown = shell.stackwright("render", str(package(tmp_path / "p", "rendered"))).stdout
    assert ("# Application rendered" in shown, "text: first" in shown) == (True, True)


def test_a_platform_comes_back_from_a_snapshot(own_platform: Platform) -> None:
    own_platform.create()
    own_platform.kubectl("create", "configmap", "kept", "--from-literal=a=1")
    shell = own_platform.shell
    name = shell.stackwright("snapshot", "save", "--name", "own").stdout.strip()
    own_platform.kubectl("delete", "configmap", "kept")
    shell.stackwright("snapshot", "restore", name, "--name", "own")
    own_platform.create()
    assert own_platform.get("/api/v1/namespaces/default/configmaps/kept")["data"] == {"a": "1"}
    assert "Synced" in shell.stackwright("get", "apps", "--name", "own").stdout
