"""Repositories, projects and ApplicationSets from the command line."""

import json
import ssl
import urllib.error
import urllib.request
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


def test_an_application_is_made_looked_at_changed_and_deleted(platform: Platform) -> None:
    command, name = platform.shell.stackwright, platform.name
    repository = f"https://localhost:{platform.port}/gitea/giteaAdmin/platform-config.git"
    place = ("--repo", repository, "--path", "applications", "--dest-name", "in-cluster", "--dest-namespace", "argocd")
    command("app", "create", "typed", *place, "--label", "made=typed", "--name", name)
    different = command("app", "create", "typed", *place, "--revision", "v1", "--name", name, check=False)
    assert (different.returncode, "--upsert" in different.stderr) == (2, True)
    command("app", "set", "typed", "--sync-policy", "automated", "--auto-prune=false", "--name", name)
    found = json.loads(command("app", "get", "typed", "--refresh", "-o", "json", "--name", name).stdout)
    assert found["spec"]["syncPolicy"] == {"automated": {"prune": False}}
    assert "kind: Application" in command("app", "manifests", "typed", "--name", name).stdout
    assert "argocd/typed" in command("app", "list", "-l", "made=typed", "-o", "name", "--name", name).stdout
    command("app", "delete", "-l", "made=typed", "--cascade=false", "--wait", "--yes", "--name", name)
    assert command("app", "get", "typed", "--name", name, check=False).returncode == 2


def test_the_tree_of_an_application_reaches_its_pods(platform: Platform) -> None:
    told = platform.shell.stackwright("app", "get", "nginx", "-o", "tree", "--name", platform.name).stdout
    assert "└─Pod/" in told


def test_a_token_of_a_role_is_good_for_the_api(platform: Platform) -> None:
    command, where = platform.shell.stackwright, ("--name", platform.name)
    command("proj", "create", "crew", "--src", "*", "--dest", "*,*", *where)
    command("proj", "role", "create", "crew", "ci", *where)
    command("proj", "role", "add-policy", "crew", "ci", "--action", "get", "--object", "*", *where)
    token = command("proj", "role", "create-token", "crew", "ci", "--id", "one", "--token-only", *where).stdout.strip()
    asked = f"https://localhost:{platform.port}/argocd/api/v1/projects"
    trusted = ssl.create_default_context(cafile=str(platform.folder / "tls" / "ca.crt"))
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(urllib.request.Request(asked, headers={"Authorization": f"Bearer {token}x"}), context=trusted)
    with urllib.request.urlopen(urllib.request.Request(asked, headers={"Authorization": f"Bearer {token}"}), context=trusted) as answer:
        assert answer.status == 200
    assert "one" in command("proj", "role", "list-tokens", "crew", "ci", *where).stdout
    command("proj", "delete", "crew", *where)


def test_host_keys_are_kept_and_forgotten(platform: Platform, tmp_path: Path) -> None:
    command, where, file = platform.shell.stackwright, ("--name", platform.name), tmp_path / "hosts"
    file.write_text("git.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n")
    command("cert", "add-ssh", "--batch", "--from", str(file), *where)
    assert "SHA256:+DiY3wvvV6TuJJhbpZisF" in command("cert", "list", "--cert-type", "ssh", *where).stdout
    command("cert", "rm", "git.example.org", *where)
    assert "git.example.org" not in command("cert", "list", *where).stdout


def test_differences_end_with_the_code_that_is_wanted(platform: Platform) -> None:
    command, where = platform.shell.stackwright, ("--name", platform.name)
    repository = f"https://localhost:{platform.port}/gitea/giteaAdmin/platform-config.git"
    place = ("--repo", repository, "--path", "ingress-nginx", "--dest-name", "in-cluster", "--dest-namespace", "differing")
    command("app", "create", "differing", *place, *where)
    assert command("app", "diff", "differing", "--diff-exit-code", "7", *where, check=False).returncode == 7
    assert command("app", "diff", "differing", "--exit-code=false", *where, check=False).returncode == 0
    command("app", "delete", "differing", "--cascade=false", "--yes", "--wait", *where)
