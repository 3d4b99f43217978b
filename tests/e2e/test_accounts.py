"""Accounts from the command line."""

import json
import ssl
import urllib.error
import urllib.request
from typing import Any

import pytest

from .conftest import Platform

pytestmark = pytest.mark.platform


def ask(platform: Platform, path: str, token: str = "", body: Any = None) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"https://127.0.0.1:{platform.port}/argocd/api/v1{path}", content, headers)
    context = ssl.create_default_context(cafile=str(platform.folder / "tls" / "ca.crt"))
    try:
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_accounts_are_shown_given_passwords_and_tokens_and_asked_what_they_may(platform: Platform) -> None:
    def command(*arguments: str, check: bool = True) -> str:
        done = platform.shell.stackwright("account", *arguments, "--name", platform.name, check=check)
        assert check or done.returncode == 2
        return done.stdout.strip() if check else done.stderr

    declared = json.dumps({"data": {"accounts.ci": "apiKey, login", "accounts.robot": "apiKey"}})
    platform.kubectl("patch", "configmap", "argocd-cm", "-n", "argocd", "--type=merge", "-p", declared)
    rules = {"data": {"policy.team.csv": "p, role:deployer, applications, sync, team/*, allow\ng, ci, role:deployer\n"}}
    platform.kubectl("patch", "configmap", "argocd-rbac-cm", "-n", "argocd", "--type=merge", "-p", json.dumps(rules))
    listed = {item["name"]: item["capabilities"] for item in json.loads(command("list", "-o", "json"))}
    assert {"admin": ["login"], "ci": ["apiKey", "login"], "robot": ["apiKey"]}.items() <= listed.items()
    asked = [("sync", "applications", "team/shop", "ci"), ("delete", "applications", "team/shop", "ci"), ("get", "clusters", "*", "admin")]
    assert [command("can-i", *words, "--account", who) for *words, who in asked] == ["yes", "no", "yes"]
    command("update-password", "--account", "ci", "--new-password", "a-new-password")
    logged_in = ask(platform, "/session", body={"username": "ci", "password": "a-new-password"})
    assert logged_in[0] == 200
    token = command("generate-token", "--account", "robot", "--id", "first", "--expires-in", "1h")
    assert ask(platform, "/session/userinfo", token)[1]["username"] == "robot"
    assert json.loads(command("get", "--account", "robot", "-o", "json"))["tokens"][0]["id"] == "first"
    command("delete-token", "first", "--account", "robot")
    assert ask(platform, "/applications", token)[0] == 401
    for words, told in (
        (("update-password", "--account", "robot", "--new-password", "a-new-password"), "login capability"),
        (("update-password", "--account", "ci", "--new-password", "short"), "expression"),
        (("generate-token", "--account", "admin"), "apiKey capability"),
        (("get", "--account", "nobody"), "does not exist"),
        (("can-i", "sync", "planets", "*"), "no resource"),
    ):
        assert told in command(*words, check=False)
