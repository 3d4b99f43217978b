"""What an SDK sees of the forge."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from .conftest import Rig

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


async def call(
    rig: Rig, method: str, path: str, body: Mapping[str, Any] | None = None, auth: tuple[str, str] | None = ("dev", "secret")
) -> Any:
    async with httpx.AsyncClient() as client:
        return await client.request(method, f"{rig.url}/api/v1{path}", json=body, auth=auth)


async def test_the_version_is_told_to_anybody(rig: Rig) -> None:
    answer = await call(rig, "GET", "/version", auth=None)
    assert answer.json()["version"].partition("+")[0].count(".") == 2


async def test_a_repository_is_made_found_and_deleted(rig: Rig) -> None:
    made = await call(rig, "POST", "/user/repos", {"name": "app", "auto_init": True, "default_branch": "main"})
    assert (made.status_code, made.json()["clone_url"]) == (201, f"{rig.url}/dev/app.git")
    again = await call(rig, "POST", "/user/repos", {"name": "APP"})
    assert again.status_code == 409
    found = await call(rig, "GET", "/repos/search?q=ap", auth=None)
    assert [item["full_name"] for item in found.json()["data"]] == ["dev/app"]
    assert (await call(rig, "DELETE", "/repos/dev/app")).status_code == 204
    assert (await call(rig, "GET", "/repos/dev/app")).status_code == 404


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, "name"),
        ({"name": "../x"}, "../x"),
        ({"name": 3}, "name"),
        ({"name": "a", "private": "yes"}, "private"),
        ({"name": "x.git"}, "x.git"),
    ],
)
async def test_a_bad_repository_is_refused_naming_the_field(rig: Rig, body: Mapping[str, Any], names: str) -> None:
    answer = await call(rig, "POST", "/user/repos", body)
    assert answer.status_code == 422
    assert names in answer.json()["message"]


async def test_files_are_written_read_and_removed_each_with_a_push_event(rig: Rig) -> None:
    rig.forge.create_repository("dev", "app", auto_init=True)
    content = base64.b64encode(b"hello").decode()
    made = await call(rig, "POST", "/repos/dev/app/contents/dir/a.txt", {"content": content, "message": "Add a"})
    assert made.status_code == 201
    read = (await call(rig, "GET", "/repos/dev/app/contents/dir/a.txt?ref=main", auth=None)).json()
    assert base64.b64decode(read["content"]) == b"hello"
    stale = await call(rig, "PUT", "/repos/dev/app/contents/dir/a.txt", {"content": content, "sha": "0" * 40})
    assert stale.status_code == 422
    gone = await call(rig, "DELETE", "/repos/dev/app/contents/dir/a.txt", {"sha": read["sha"]})
    assert gone.status_code == 200
    assert (await call(rig, "GET", "/repos/dev/app/contents/dir/a.txt")).status_code == 404
    assert len(rig.pushes) == 2


@pytest.mark.parametrize("path", ["..%2f..%2fetc", "a/.git/config", "a//b"])
async def test_a_path_that_leaves_the_tree_is_refused(rig: Rig, path: str) -> None:
    rig.forge.create_repository("dev", "app", auto_init=True)
    answer = await call(rig, "POST", f"/repos/dev/app/contents/{path}", {"content": "aGk="})
    assert answer.status_code == 422


async def test_tokens_are_made_with_a_password_and_shown_once(rig: Rig) -> None:
    made = await call(rig, "POST", "/users/dev/tokens", {"name": "ci", "scopes": ["all"]})
    secret = made.json()["sha1"]
    async with httpx.AsyncClient() as client:
        me = await client.get(f"{rig.url}/api/v1/user", headers={"authorization": f"token {secret}"})
    assert me.json()["login"] == "dev"
    listed = (await call(rig, "GET", "/users/dev/tokens")).json()
    assert [(token["name"], token["sha1"]) for token in listed] == [("ci", "")]
    assert secret not in json.dumps(listed)


async def test_users_are_managed_by_administrators_only(rig: Rig) -> None:
    body = {"username": "new", "password": "pass", "email": "new@example.org"}
    assert (await call(rig, "POST", "/admin/users", body)).status_code == 403
    assert (await call(rig, "POST", "/admin/users", body, auth=("admin", "right"))).status_code == 201
    assert (await call(rig, "GET", "/user", auth=("new", "pass"))).json()["email"] == "new@example.org"


async def test_wrong_credentials_are_refused_everywhere(rig: Rig) -> None:
    assert (await call(rig, "GET", "/version", auth=("dev", "wrong"))).status_code == 401
    assert (await call(rig, "GET", "/user", auth=None)).status_code == 401


async def test_commits_are_marked_and_the_worst_of_the_newest_marks_counts(rig: Rig) -> None:
    await call(rig, "POST", "/user/repos", {"name": "app", "auto_init": True, "default_branch": "main"})
    sha = (await call(rig, "GET", "/repos/dev/app/commits")).json()[0]["sha"]
    assert (await call(rig, "GET", "/repos/dev/app/commits/main/status")).json()["state"] == "pending"
    for context, state in (("build", "failure"), ("build", "success"), ("deploy", "pending")):
        made = await call(rig, "POST", f"/repos/dev/app/statuses/{sha}", {"context": context, "state": state, "description": "told"})
        assert (made.status_code, made.json()["status"], made.json()["context"]) == (201, state, context)
    listed = (await call(rig, "GET", f"/repos/dev/app/statuses/{sha}")).json()
    assert [(item["context"], item["status"]) for item in listed] == [("deploy", "pending"), ("build", "success"), ("build", "failure")]
    combined = (await call(rig, "GET", "/repos/dev/app/commits/main/status")).json()
    assert (combined["sha"], combined["state"], combined["total_count"]) == (sha, "pending", 2)


@pytest.mark.parametrize(
    ("sha", "body", "auth", "status"),
    [
        ("main", {"state": "splendid"}, ("dev", "secret"), 422),
        ("main", {"state": "success", "target_url": "javascript:alert(1)"}, ("dev", "secret"), 422),
        ("main", {"state": "success", "context": "x" * 300}, ("dev", "secret"), 422),
        ("f" * 40, {"state": "success"}, ("dev", "secret"), 404),
        ("main", {"state": "success"}, None, 401),
    ],
)
async def test_marks_that_are_refused(rig: Rig, sha: str, body: Mapping[str, Any], auth: tuple[str, str] | None, status: int) -> None:
    await call(rig, "POST", "/user/repos", {"name": "app", "auto_init": True, "default_branch": "main"})
    assert (await call(rig, "POST", f"/repos/dev/app/statuses/{sha}", body, auth)).status_code == status
