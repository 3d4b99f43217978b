"""The portal and Argo CD's REST API of a running platform, over its real port."""

import html
import json
import re
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
DEVELOPER = "developers-own"


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


def log_in(browser: Browser, username: str = "admin", password: str = "") -> None:
    browser.open("/login", {"username": username, "password": password or admin_password(browser.platform)})


def developer(browser: Browser) -> str:
    """A token of the account that may do everything with Applications and nothing else."""
    body = {"name": "developer", "currentPassword": admin_password(browser.platform), "newPassword": DEVELOPER}
    assert browser.call("PUT", "/api/v1/account/password", token_of(browser), body)[0] == 200
    return str(browser.call("POST", "/api/v1/session", "", {"username": "developer", "password": DEVELOPER})[1]["token"])


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
    until(lambda: "is missing" in browser.open("/applications/argocd/clicked/diff")[1])
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
    for token, told in (("wrong", "invalid session"), ("", "no session information")):
        status, answer = browser.call("GET", "/api/v1/applications", token)
        assert (status, answer["code"], answer["message"]) == (401, 16, told)


def test_a_push_that_a_git_host_tells_of_refreshes_who_is_concerned(browser: Browser) -> None:
    url = f"https://localhost:{browser.platform.port}/gitea/giteaAdmin/platform-config"
    body = {"ref": "refs/heads/main", "repository": {"html_url": url, "default_branch": "main"}, "commits": []}
    data = json.dumps(body).encode()
    headers = {"X-GitHub-Event": "push", "Content-Type": "application/json"}
    request = urllib.request.Request(f"https://localhost:{browser.platform.port}/api/webhook", data, headers)
    with browser.opener.open(request, timeout=10) as answer:
        assert answer.status == 200


def test_a_role_is_kept_to_in_the_api(browser: Browser) -> None:
    token = developer(browser)
    assert browser.call("GET", "/api/v1/applications/gitea", token)[0] == 200
    assert browser.call("GET", "/api/v1/account/can-i/projects/create/x", token)[1] == {"value": "no"}
    status, answer = browser.call("POST", "/api/v1/projects", token, {"project": {"metadata": {"name": "own"}, "spec": {}}})
    assert (status, answer["code"]) == (403, 7)
    assert answer["message"].startswith("permission denied: projects, create, own, sub: developer, iat: ")
    assert browser.call("GET", "/api/v1/clusters", token)[1]["items"] == []


def test_a_role_is_kept_to_on_the_pages(browser: Browser) -> None:
    developer(browser)
    log_in(browser, "developer", DEVELOPER)
    assert browser.open("/applications/argocd/gitea")[0] == 200
    status, page = browser.open("/objects/core/v1/secrets")
    assert (status, "permission denied: clusters, get" in page) == (403, True)
    assert browser.open("/packages")[0] == 403


def test_a_token_of_an_account_is_good_until_it_is_deleted(browser: Browser) -> None:
    session = developer(browser)
    status, made = browser.call("POST", "/api/v1/account/developer/token", session, {"id": "ci", "expiresIn": 600})
    assert status == 200
    assert browser.call("GET", "/api/v1/applications", made["token"])[0] == 200
    assert browser.call("POST", "/api/v1/account/developer/token", session, {"id": "ci"})[0] == 400
    assert browser.call("DELETE", "/api/v1/account/developer/token/ci", session)[0] == 200
    assert browser.call("GET", "/api/v1/applications", made["token"])[0] == 401


def test_a_role_of_a_project_has_tokens_for_what_it_may(browser: Browser) -> None:
    token = token_of(browser)
    role = {"name": "ci", "policies": ["p, proj:limited:ci, applications, get, limited/*, allow"]}
    assert (
        browser.call("POST", "/api/v1/projects", token, {"project": {"metadata": {"name": "limited"}, "spec": {"roles": [role]}}})[0] == 200
    )
    made = browser.call("POST", "/api/v1/projects/limited/roles/ci/token", token, {"expiresIn": 600, "id": "one"})[1]["token"]

    def seen() -> list[str]:
        status, answer = browser.call("GET", "/api/v1/projects", made)
        return [item["metadata"]["name"] for item in answer["items"]] if status == 200 else []

    assert until(seen) == ["limited"]
    assert browser.call("GET", "/api/v1/applications", made)[1]["items"] == []
    assert browser.call("DELETE", "/api/v1/projects/limited/roles/ci/token/0?id=one", token)[0] == 200
    until(lambda: browser.call("GET", "/api/v1/projects", made)[0] == 401)


def test_sync_windows_tell_whether_a_sync_may_begin(browser: Browser) -> None:
    token = token_of(browser)
    window = {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["held"], "manualSync": False}
    project = {"metadata": {"name": "windowed"}, "spec": {"destinations": [{"server": "*", "namespace": "*"}], "syncWindows": [window]}}
    assert browser.call("POST", "/api/v1/projects", token, {"project": project})[0] == 200
    source = {"repoURL": f"https://localhost:{browser.platform.port}/gitea/giteaAdmin/platform-config", "path": "argocd"}
    destination = {"server": "https://kubernetes.default.svc", "namespace": "held"}
    for name, project_name in (("held", "windowed"), ("let", "default")):
        spec = {"project": project_name, "source": source, "destination": destination}
        assert browser.call("POST", "/api/v1/applications?validate=false", token, {"metadata": {"name": name}, "spec": spec})[0] == 200
    until(lambda: browser.call("GET", "/api/v1/projects/windowed/syncwindows", token)[1].get("windows") == [window])
    shown = {key: window[key] for key in ("kind", "schedule", "duration", "manualSync")}
    held = until(lambda: browser.call("GET", "/api/v1/applications/held/syncwindows", token)[1])
    assert held == {"activeWindows": [shown], "assignedWindows": [shown], "canSync": False}
    let = browser.call("GET", "/api/v1/applications/let/syncwindows", token)[1]
    assert let == {"activeWindows": [], "assignedWindows": [], "canSync": True}
    for name in ("held", "let"):
        assert browser.call("DELETE", f"/api/v1/applications/{name}?cascade=false", token)[0] == 200


def test_a_badge_is_for_everybody_once_badges_are_on(browser: Browser) -> None:
    platform = browser.platform
    status, image = browser.open("/api/badge?name=gitea")
    assert (status, "Unknown" in image, "Healthy" in image) == (200, True, False)
    patch = '{"data": {"statusbadge.enabled": "true"}}'
    platform.kubectl("patch", "configmap", "argocd-cm", "-n", "argocd", "--type", "merge", "-p", patch)
    until(lambda: 'aria-label="Healthy Synced"' in browser.open("/api/badge?name=gitea")[1])
    assert "Not Found" in browser.open("/api/badge?name=none")[1]


def test_the_api_is_described_for_programs(browser: Browser) -> None:
    status, text = browser.open("/swagger.json")
    found = json.loads(text)
    assert (status, found["swagger"], found["basePath"]) == (200, "2.0", "/argocd")
    assert "post" in found["paths"]["/api/v1/applications/{name}/sync"]


def test_an_application_is_made_by_form_once_nothing_is_wrong_with_it(browser: Browser) -> None:
    log_in(browser)
    page = browser.open("/new")[1]
    form = {"csrf": csrf_of(page), "name": "Formed!", "repoURL": "https://elsewhere.invalid/x", "server": "https://kubernetes.default.svc"}
    status, page = browser.open("/new", form)
    assert (status, 'id="name-problem"' in page, 'id="namespace-problem"' in page) == (422, True, True)
    form |= {"name": "formed", "namespace": "formed", "do": "check"}
    status, page = browser.open("/new", form)
    assert (status, "Nothing is wrong with it" in page) == (200, True)
    assert browser.open("/applications/argocd/formed")[0] == 404
    assert browser.open("/new", form | {"do": "create"})[0] in (200, 404)
    until(lambda: browser.open("/applications/argocd/formed")[0] == 200)
    browser.open("/applications/argocd/formed/delete", {"csrf": form["csrf"]})


def test_an_application_is_edited_as_yaml_and_nothing_wrong_is_saved(browser: Browser) -> None:
    log_in(browser)
    page = browser.open("/applications/argocd/nginx/edit")[1]
    text = html.unescape(page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0])
    form = {"csrf": csrf_of(page), "do": "check"}
    status, page = browser.open("/applications/argocd/nginx/edit", form | {"yaml": text + "\n  bogus: 1\n"})
    assert (status, "bogus" in page) == (422, True)
    labelled = text.replace("spec:\n", "spec:\n  revisionHistoryLimit: 3\n")
    status, page = browser.open("/applications/argocd/nginx/edit", form | {"yaml": labelled})
    assert (status, "<ins>  revisionHistoryLimit: 3</ins>" in page) == (200, True)


def test_every_page_answers(browser: Browser) -> None:
    log_in(browser)
    page = browser.open("/applications/argocd/gitea")[1]
    links = set(re.findall(r'href="/argocd(/applications/argocd/gitea/[^"]*)"', page))
    more = (
        "/",
        "/applicationsets",
        "/packages",
        "/timeline",
        "/objects",
        "/objects/apps/v1/deployments",
        "/projects",
        "/clusters",
        "/repositories",
        "/projects/default/edit",
        "/projects-new",
        "/repositories-new",
        "/clusters-new",
        "/applicationsets-new",
        "/timeline?kind=commit",
    )
    assert "/applications/argocd/gitea/logs" in links
    answers = {path: browser.open(html.unescape(path))[0] for path in (*links, *more, "/account", "/objects/core/v1/namespaces/-/gitea")}
    assert {path for path, status in answers.items() if status != 200} == set()


def test_logs_follow(browser: Browser) -> None:
    log_in(browser)
    page = browser.open("/applications/argocd/gitea")[1]
    assert "/argocd/applications/argocd/gitea/logs" in page
    source = re.search(r'data-logs="/argocd([^"]*)"', browser.open("/applications/argocd/gitea/logs")[1])
    assert source is not None
    url = f"https://localhost:{browser.platform.port}/argocd{html.unescape(source[1])}"
    with browser.opener.open(url, timeout=20) as stream:
        time, _ = json.loads(stream.readline().decode().removeprefix("data: "))
    assert re.match(r"\d{4}-\d\d-\d\dT", time)


def test_an_action_of_a_resource_is_offered_and_carried_out(browser: Browser) -> None:
    token = token_of(browser)
    place = "kind=Deployment&group=apps&version=v1&namespace=gitea&resourceName=my-gitea"
    status, offered = browser.call("GET", f"/api/v1/applications/gitea/resource/actions?{place}", token)
    assert (status, "restart" in [action["name"] for action in offered["actions"]]) == (200, True)
    assert browser.call("POST", f"/api/v1/applications/gitea/resource/actions?{place}", token, "restart")[0] == 200
    annotations = "{.spec.template.metadata.annotations}"
    assert "restartedAt" in browser.platform.kubectl("get", "deployment", "-n", "gitea", "my-gitea", "-o", f"jsonpath={annotations}")


def test_the_api_answers_what_is_asked_of_repositories_revisions_clusters_and_sets(browser: Browser, platform: Platform) -> None:
    token = token_of(browser)

    def ask(path: str, method: str = "GET", body: Any = None) -> Any:
        status, answer = browser.call(method, f"/api/v1{path}", token, body)
        assert status == 200, (path, answer)
        return answer

    app = ask("/applications/argocd")
    source, revision = app["spec"]["source"], app["status"]["sync"]["revision"]
    url = urllib.parse.quote(source["repoURL"], safe="")
    commit = ask(f"/applications/argocd/revisions/{revision}/metadata")
    assert commit["message"] and commit["author"] and commit["date"]
    assert ask(f"/repositories/{url}/refs")["branches"] == ["main"]
    assert ask(f"/repositories/{url}/appdetails", "POST", {"source": source, "appProject": "default"})["type"] == "Directory"
    cluster = ask("/clusters/in-cluster?id.type=name")
    assert (cluster["connectionState"]["status"], cluster["info"]["cacheInfo"]["resourcesCount"] > 0) == ("Successful", True)
    assert {item["name"] for item in ask("/notifications/triggers")["items"]} >= {"on-deployed", "on-sync-failed"}
    template = {"metadata": {"name": "gen-{{n}}"}, "spec": {"project": "default", "source": source, "destination": {"name": "in-cluster"}}}
    wanted = {"metadata": {"name": "x"}, "spec": {"generators": [{"list": {"elements": [{"n": "a"}, {"n": "b"}]}}], "template": template}}
    made = ask("/applicationsets/generate", "POST", {"applicationSet": wanted})["applications"]
    assert [item["metadata"]["name"] for item in made] == ["gen-a", "gen-b"]
    assert browser.call("GET", "/api/v1/applications/gen-a", token)[0] == 404
    status, answer = browser.call("GET", "/api/v1/applications/argocd?project=other", token)
    assert (status, answer["code"]) == (403, 7)


def test_a_repository_whose_url_ends_like_a_question_is_still_one_and_its_password_is_told_to_nobody(browser: Browser) -> None:
    token, url = token_of(browser), "https://nowhere.invalid/team/apps"
    path = f"/api/v1/repositories/{urllib.parse.quote(url, safe='')}"
    assert browser.call("POST", "/api/v1/repositories", token, {"repo": url, "username": "u", "password": "hidden-word"})[0] == 200
    status, answer = browser.call("GET", path, token)
    assert (status, answer["repo"], answer["connectionState"]["status"]) == (200, url, "Failed")
    assert "hidden-word" not in json.dumps(browser.call("GET", "/api/v1/repositories", token))
    assert browser.call("POST", "/api/v1/repositories", token, {"repo": url})[0] == 400
    assert browser.call("DELETE", path, token)[0] == 200
    assert browser.call("GET", "/api/v1/repositories", token)[1]["items"] == []


def test_a_session_that_was_logged_out_is_over_for_every_copy_of_its_token(browser: Browser) -> None:
    token = token_of(browser)
    assert browser.call("DELETE", "/api/v1/session", token)[0] == 200
    assert browser.call("GET", "/api/v1/applications", token)[0] == 401


def test_what_another_site_sends_is_refused(browser: Browser) -> None:
    log_in(browser)
    form = {"username": "admin", "password": "x"}
    status, page = browser.open("/login", form, {"Origin": "http://localhost:3000"})
    assert (status, "another site" in page) == (403, True)
