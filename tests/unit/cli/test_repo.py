"""Repositories and ApplicationSets on the command line: which Secret the flags make, what is shown."""

from pathlib import Path
from typing import Any

import pytest

from stackwright.cli import appset
from stackwright.cli.manifest_files import documents_of
from stackwright.cli.repo import creds_row, is_meant, repo_row
from stackwright.cli.repo_flags import secret_fields
from stackwright.kernel.errors import BadInput


def test_flags_become_the_fields_of_argo_cds_secret(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("KEY")
    given = {"kind": "git", "github_app_id": 5, "github_app_installation_id": 7, "github_app_private_key_path": key, "enable_lfs": True}
    assert secret_fields({**given, "insecure_skip_server_verification": False, "password": None}) == {
        "type": "git",
        "githubAppID": "5",
        "githubAppInstallationID": "7",
        "githubAppPrivateKey": "KEY",
        "enableLfs": "true",
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"github_app_id": 5}, "also give --github-app-private-key-path"),
        ({"tls_client_cert_path": "x"}, "also give --tls-client-cert-key-path"),
        ({"password": "x", "bearer_token": "y"}, "one way in is enough, found password, bearerToken"),
    ],
)
def test_half_of_a_pair_and_two_ways_in_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        secret_fields({"kind": "git", **given})


def test_lists_tell_that_there_are_credentials_and_not_which() -> None:
    fields = {"url": "https://g/a", "username": "u", "password": "secret-word", "sshPrivateKey": "secret-word", "insecure": "true"}
    assert repo_row(fields) == ("git", "", "https://g/a", "true", "false", "false", "true", "")
    assert creds_row(fields) == ("https://g/a", "git", "u", "true", "false")


@pytest.mark.parametrize(
    ("url", "project", "meant"),
    [("https://g/a", "", True), ("https://g/a.git", "", True), ("https://g/b", "", False), ("https://g/a", "other", False)],
)
def test_a_repository_is_found_as_the_engine_finds_it(url: str, project: str, meant: bool) -> None:
    assert is_meant({"url": "https://g/a", "project": "team"}, url, project) is meant


def test_a_set_is_told_in_a_line() -> None:
    template = {"spec": {"project": "team", "sources": [{"repoURL": "https://g/a", "path": "p"}]}}
    conditions = [{"type": "ErrorOccurred", "status": "False"}, {"type": "ResourcesUpToDate", "status": "True"}]
    found = {
        "metadata": {"name": "a", "namespace": "argocd"},
        "spec": {"template": template, "syncPolicy": {"preserveResourcesOnDeletion": True}},
        "status": {"conditions": conditions},
    }
    want = ("argocd/a", "team", "preserveResourcesOnDeletion=True", "ResourcesUpToDate", "https://g/a", "p", "")
    assert appset.row(found) == want


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: Application\n---\nkind: Other\n", "document 2: kind: expected Application, found Other"),
        ("- a\n", "document 1: kind: expected Application, found list"),
        ("", "no Application in it"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_file_of_something_else_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text)
    with pytest.raises(BadInput, match=message):
        documents_of(str(file), "Application")
