"""Repositories, projects and ApplicationSets from the command line."""

import json
from pathlib import Path

import pytest

from .conftest import Platform

pytestmark = pytest.mark.platform


def test_a_repository_is_registered_shown_without_its_password_and_removed(platform: Platform) -> None:
    command, url = platform.shell.stackwright, "https://git.example.org/team/app.git"
    command("repo", "add", url, "--username", "bot", "--password", "hidden-word", "--platform", platform.name)
    listed = command("repo", "list", "--name", platform.name, "-o", "json").stdout
    assert ([item["url"] for item in json.loads(listed)], "hidden-word" in listed) == ([url], False)
    again = command("repo", "add", url, "--platform", platform.name, check=False)
    assert (again.returncode, "--upsert" in again.stderr) == (2, True)
    command("repo", "rm", url, "--name", platform.name)
    assert json.loads(command("repo", "list", "--name", platform.name, "-o", "json").stdout) == []


def test_a_project_with_a_bad_role_is_refused_and_a_good_one_made(platform: Platform, tmp_path: Path) -> None:
    command, file = platform.shell.stackwright, tmp_path / "project.yaml"
    project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: team}\nspec: {sourceRepos: ['*'], destinations: []%s}\n"
    file.write_text(project % ", roles: [{name: 'bad name'}]")
    refused = command("proj", "create", "-f", str(file), "--name", platform.name, check=False)
    assert (refused.returncode, "bad name" in refused.stderr) == (2, True)
    file.write_text(project % "")
    command("proj", "create", "-f", str(file), "--name", platform.name)
    assert "team" in command("proj", "list", "--name", platform.name, "-o", "name").stdout.split()
    command("proj", "delete", "team", "--name", platform.name)
