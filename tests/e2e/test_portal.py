"""The portal and Argo CD's REST API of a running platform, over its real port."""

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from .conftest import Platform, until
from .test_platform import package, text_of

pytestmark = pytest.mark.platform


@dataclass
class Browser:
    """Keeps cookies, follows redirects, as a browser does."""

    platform: Platform
    opener: urllib.request.OpenerDirector

    def open(self, path: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
        data = None if form is None else urllib.parse.urlencode(form).encode()
        url = f"https://localhost:{self.platform.port}/argocd{path}"
        try:
            with self.opener.open(urllib.request.Request(url, data, headers or {}), timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def call(self, method: str, path: str, token: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"https://localhost:{self.platform.port}/argocd{path}", data, headers, method=method)
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


@pytest.fixture
def browser(platform: Platform) -> Browser:
    context = ssl.create_default_context(cafile=str(platform.folder / "tls" / "ca.crt"))
    jar = urllib.request.HTTPCookieProcessor(CookieJar())
    return Browser(platform, urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), jar))


def admin_password(platform: Platform) -> str:
    listed = json.loads(platform.shell.stackwright("get", "secrets", "--name", platform.name, "-p", "argocd", "-o", "json").stdout)
    return str(listed[0]["password"])


def token_of(browser: Browser) -> str:
    body = {"username": "admin", "password": admin_password(browser.platform)}
    status, answer = browser.call("POST", "/api/v1/session", "", body)
    assert status == 200
    return str(answer["token"])


def csrf_of(page: str) -> str:
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def test_a_page_asks_for_a_login_and_leads_back(browser: Browser) -> None:
    status, page = browser.open("/applications/argocd/gitea")
    assert (status, "Log in" in page) == (200, True)
    form = {"username": "admin", "password": admin_password(browser.platform), "back": "/applications/argocd/gitea"}
    status, page = browser.open("/login", form)
    assert (status, "<h1>gitea</h1>" in page) == (200, True)


def test_a_wrong_password_is_refused_in_words(browser: Browser) -> None:
    status, page = browser.open("/login", {"username": "nobody", "password": "wrong"})
    assert (status, "Wrong user or password" in page) == (401, True)


def test_an_application_is_synced_by_a_button_and_not_without_the_forms_secret(browser: Browser, tmp_path: Path) -> None:
    folder = package(tmp_path / "clicked", "clicked")
    (folder / "app.yaml").write_text((folder / "app.yaml").read_text().replace("automated: {prune: true, selfHeal: true}, ", ""))
    platform = browser.platform
    platform.shell.stackwright(
        "create", "--name", platform.name, "--port", str(platform.port), "-p", str(folder), "--timeout", "2", check=False
    )
    browser.open("/login", {"username": "admin", "password": admin_password(platform)})
    until(lambda: "What a sync would change" in browser.open("/applications/argocd/clicked")[1])
    page = browser.open("/applications/argocd/clicked")[1]
    assert browser.open("/applications/argocd/clicked/sync", {"csrf": "guessed"})[0] == 403
    assert browser.open("/applications/argocd/clicked/sync", {"csrf": csrf_of(page)})[0] == 200
    until(lambda: text_of(platform, "clicked") == "first")


def test_the_list_is_searched_by_its_url(browser: Browser) -> None:
    browser.open("/login", {"username": "admin", "password": admin_password(browser.platform)})
    page = browser.open("/applications?search=gite")[1]
    assert ("/applications/argocd/gitea" in page, "/applications/argocd/nginx" in page) == (True, False)


def test_clients_of_argo_cds_api_find_what_they_know(browser: Browser) -> None:
    token = token_of(browser)
    status, listed = browser.call("GET", "/api/v1/applications?project=default", token)
    assert status == 200
    assert {"argocd", "gitea", "nginx", "platform"} <= {app["metadata"]["name"] for app in listed["items"]}
    status, tree = browser.call("GET", "/api/v1/applications/gitea/resource-tree", token)
    kinds = {node["kind"] for node in tree["nodes"]}
    assert {"Deployment", "ReplicaSet", "Pod", "Service"} <= kinds
    status, synced = browser.call("POST", "/api/v1/applications/gitea/sync", token, {"dryRun": True})
    assert (status, synced["operation"]["sync"]["dryRun"]) == (200, True)
    assert browser.call("GET", "/api/v1/applications/none", token)[1]["code"] == 5


def test_without_a_session_the_api_answers_in_argo_cds_words(browser: Browser) -> None:
    status, answer = browser.call("GET", "/api/v1/applications", "wrong")
    assert (status, answer["code"], answer["message"]) == (401, 16, "no session information")


def test_a_push_that_a_git_host_tells_of_refreshes_who_is_concerned(browser: Browser) -> None:
    url = f"https://localhost:{browser.platform.port}/gitea/giteaAdmin/platform-config"
    body = {"ref": "refs/heads/main", "repository": {"html_url": url, "default_branch": "main"}, "commits": []}
    data = json.dumps(body).encode()
    headers = {"X-GitHub-Event": "push", "Content-Type": "application/json"}
    request = urllib.request.Request(f"https://localhost:{browser.platform.port}/api/webhook", data, headers)
    with browser.opener.open(request, timeout=10) as answer:
        assert answer.status == 200
