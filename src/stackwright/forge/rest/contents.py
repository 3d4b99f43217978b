"""What is in repositories: branches, commits, trees, files."""

import base64
import binascii
from urllib.parse import quote

from stackwright.forge import shapes
from stackwright.forge.access import may_write
from stackwright.forge.errors import NotAllowed, NotFound, Unprocessable
from stackwright.forge.ports import FileContent
from stackwright.forge.rest.frame import Call, RestApi, answer, route
from stackwright.forge.types import Repository
from stackwright.kernel.http import Response


@route("GET", "/repos/{owner}/{repo}/branches")
def branches(api: RestApi, call: Call) -> Response:
    found, git = api.repository(call), api.forge.git
    names = sorted(ref.removeprefix("refs/heads/") for ref in git.refs(found.owner, found.name) if ref.startswith("refs/heads/"))
    return api.page(call, names, lambda name: shapes.branch(name, git.commit(found.owner, found.name, name), api.urls, found))


@route("GET", "/repos/{owner}/{repo}/branches/{branch...}")
def branch(api: RestApi, call: Call) -> Response:
    found, name = api.repository(call), call.parts["branch"]
    if f"refs/heads/{name}" not in api.forge.git.refs(found.owner, found.name):
        raise NotFound("The target couldn't be found.")
    return answer(shapes.branch(name, api.forge.git.commit(found.owner, found.name, name), api.urls, found))


@route("GET", "/repos/{owner}/{repo}/commits")
def commits(api: RestApi, call: Call) -> Response:
    found = api.repository(call)
    log = api.forge.git.log(found.owner, found.name, call.request.param("sha") or found.default_branch, 1000)
    return api.page(call, log, lambda commit: shapes.commit(commit, api.urls, found))


@route("GET", "/repos/{owner}/{repo}/git/commits/{ref}")
def commit(api: RestApi, call: Call) -> Response:
    found = api.repository(call)
    return answer(shapes.commit(api.forge.git.commit(found.owner, found.name, call.parts["ref"]), api.urls, found))


@route("GET", "/repos/{owner}/{repo}/git/trees/{ref}")
def tree(api: RestApi, call: Call) -> Response:
    found = api.repository(call)
    recursive = (call.request.param("recursive") or "") in ("1", "true")
    entries = api.forge.git.entries(found.owner, found.name, call.parts["ref"], "", recursive=recursive)
    base = f"{api.urls.base}/api/v1/repos/{found.full_name}"
    shown = [shapes.tree_entry(entry, base) for entry in entries]
    sha = api.forge.git.commit(found.owner, found.name, call.parts["ref"]).tree
    return answer({"sha": sha, "url": f"{base}/git/trees/{sha}", "tree": shown, "truncated": False, "page": 1, "total_count": len(shown)})


@route("GET", "/repos/{owner}/{repo}/contents/?{path...}")
def contents(api: RestApi, call: Call) -> Response:
    found, path = api.repository(call), call.parts["path"].strip("/")
    ref = call.request.param("ref") or found.default_branch
    entry = api.forge.git.entry(found.owner, found.name, ref, path)
    if entry.kind == "file":
        return answer(shapes.content(entry, ref, api.urls, found))
    entries = api.forge.git.entries(found.owner, found.name, ref, path)
    return answer([shapes.content(item, ref, api.urls, found) for item in entries])


@route("GET", "/repos/{owner}/{repo}/raw/{path...}")
def raw(api: RestApi, call: Call) -> Response:
    found = api.repository(call)
    entry = api.forge.git.entry(found.owner, found.name, call.request.param("ref") or found.default_branch, call.parts["path"])
    if entry.content is None:
        raise NotFound("The target couldn't be found.")
    return Response(200, entry.content, {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"})


@route("POST", "/repos/{owner}/{repo}/contents/{path...}")
def create_file(api: RestApi, call: Call) -> Response:
    return _written(api, call, _decoded(call), exists=False)


@route("PUT", "/repos/{owner}/{repo}/contents/{path...}")
def update_file(api: RestApi, call: Call) -> Response:
    return _written(api, call, _decoded(call), exists=True)


@route("DELETE", "/repos/{owner}/{repo}/contents/{path...}")
def delete_file(api: RestApi, call: Call) -> Response:
    return _written(api, call, None, exists=True)


def _decoded(call: Call) -> FileContent:
    try:
        return FileContent(base64.b64decode(call.text("content"), validate=True))
    except binascii.Error as error:
        raise Unprocessable("[content]: expected base64") from error


def _written(api: RestApi, call: Call, content: FileContent | None, *, exists: bool) -> Response:
    found, user, path = api.repository(call), call.user(), _safe_path(call.parts["path"])
    if not may_write(user, found):
        raise NotAllowed("you may not write to this repository")
    branch = call.text("branch") or found.default_branch
    _check_file(api, found, branch, path, call.text("sha"), exists)
    verb = ("Update" if exists else "Add") if content is not None else "Delete"
    message = call.text("message") or f"{verb} {path}"
    sha = api.forge.write(found, branch, {path: content}, message, (user.name, user.email))
    info = api.forge.git.commit(found.owner, found.name, sha or branch)
    shown = None if content is None else shapes.content(api.forge.git.entry(found.owner, found.name, branch, path), branch, api.urls, found)
    body = {"content": shown, "commit": shapes.commit(info, api.urls, found)["commit"] | {"sha": info.sha}, "verification": None}
    return answer(body, 201 if not exists else 200)


def _check_file(api: RestApi, found: Repository, branch: str, path: str, sha: str, exists: bool) -> None:
    """Raises Unprocessable when the file is there but should not be, or changed since the caller read it."""
    try:
        entry = api.forge.git.entry(found.owner, found.name, branch, path)
    except NotFound:
        if exists and sha:
            raise
        return
    if not exists:
        raise Unprocessable(f"repository file already exists [path: {path}]")
    if sha and sha != entry.sha:
        raise Unprocessable(f"sha does not match [given: {sha}, expected: {entry.sha}]")


def _safe_path(path: str) -> str:
    parts = path.strip("/").split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts) or "\0" in path:
        raise Unprocessable(f"[path]: {quote(path)} is no valid path")
    return "/".join(parts)
