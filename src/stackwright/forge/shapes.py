"""The forge's values as Forgejo's REST API shows them. Pure."""

import base64
from dataclasses import dataclass
from typing import Any

from stackwright.forge.ports import CommitInfo, Entry
from stackwright.forge.types import Account, Repository, Token

VERSION = "12.0.0+gitea-1.22.0"
_EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Urls:
    """Shape: `base` is the forge's own URL, without a slash at its end."""

    base: str

    def clone(self, repository: Repository) -> str:
        return f"{self.base}/{repository.full_name}.git"


def account(found: Account, urls: Urls) -> dict[str, Any]:
    return {
        "id": found.id, "login": found.name, "login_name": "", "source_id": 0, "full_name": found.full_name, "email": found.email,
        "avatar_url": "", "html_url": f"{urls.base}/{found.name}", "language": "", "is_admin": found.is_admin,
        "last_login": _EPOCH, "created": found.created, "restricted": False, "active": True, "prohibit_login": False,
        "location": "", "pronouns": "", "website": "", "description": "", "visibility": "public", "followers_count": 0,
        "following_count": 0, "starred_repos_count": 0, "username": found.name,
    }  # fmt: skip


def organization(found: Account, urls: Urls) -> dict[str, Any]:
    return {
        "id": found.id, "name": found.name, "username": found.name, "full_name": found.full_name, "email": found.email,
        "avatar_url": "", "description": "", "website": "", "location": "", "visibility": "public", "repo_admin_change_team_access": False,
    }  # fmt: skip


def token(found: Token, secret: str = "") -> dict[str, Any]:
    return {"id": found.id, "name": found.name, "sha1": secret, "token_last_eight": found.last_eight, "scopes": list(found.scopes)}


def repository(found: Repository, owner: Account, urls: Urls, *, empty: bool, admin: bool, push: bool) -> dict[str, Any]:
    page = f"{urls.base}/{found.full_name}"
    return {
        "id": found.id, "owner": account(owner, urls), "name": found.name, "full_name": found.full_name, "description": found.description,
        "empty": empty, "private": found.private, "fork": False, "template": False, "parent": None, "mirror": False, "size": 0,
        "language": "", "languages_url": f"{urls.base}/api/v1/repos/{found.full_name}/languages", "html_url": page,
        "url": f"{urls.base}/api/v1/repos/{found.full_name}", "link": "", "ssh_url": "", "clone_url": urls.clone(found),
        "original_url": "", "website": "", "stars_count": 0, "forks_count": 0, "watchers_count": 0, "open_issues_count": 0,
        "open_pr_counter": 0, "release_counter": 0, "default_branch": found.default_branch, "archived": found.archived,
        "created_at": found.created, "updated_at": found.updated, "archived_at": _EPOCH,
        "permissions": {"admin": admin, "push": push, "pull": True}, "has_issues": False, "has_wiki": False,
        "has_pull_requests": False, "has_projects": False, "has_releases": False, "has_packages": False, "has_actions": False,
        "internal": False, "mirror_interval": "", "object_format_name": "sha1", "topics": [], "avatar_url": "", "repo_transfer": None,
    }  # fmt: skip


def commit_meta(found: CommitInfo, urls: Urls, repository: Repository) -> dict[str, Any]:
    person = {"name": found.author, "email": found.email, "username": ""}
    return {
        "id": found.sha, "message": found.message, "url": f"{urls.base}/{repository.full_name}/commit/{found.sha}", "author": person,
        "committer": person, "verification": None, "timestamp": found.date, "added": None, "removed": None, "modified": None,
    }  # fmt: skip


def branch(name: str, found: CommitInfo, urls: Urls, repository: Repository) -> dict[str, Any]:
    return {
        "name": name, "commit": commit_meta(found, urls, repository), "protected": False, "required_approvals": 0,
        "enable_status_check": False, "status_check_contexts": [], "user_can_push": True, "user_can_merge": True,
        "effective_branch_protection_name": "",
    }  # fmt: skip


def commit(found: CommitInfo, urls: Urls, repository: Repository) -> dict[str, Any]:
    api = f"{urls.base}/api/v1/repos/{repository.full_name}/git"
    person = {"name": found.author, "email": found.email, "date": found.date}
    tree = {"url": f"{api}/trees/{found.tree}", "sha": found.tree, "created": found.date}
    return {
        "url": f"{api}/commits/{found.sha}", "sha": found.sha, "created": found.date,
        "html_url": f"{urls.base}/{repository.full_name}/commit/{found.sha}",
        "commit": {"url": f"{api}/commits/{found.sha}", "author": person, "committer": person, "message": found.message, "tree": tree,
                   "verification": None},
        "author": None, "committer": None, "files": [], "stats": None,
        "parents": [{"url": f"{api}/commits/{sha}", "sha": sha, "created": _EPOCH} for sha in found.parents],
    }  # fmt: skip


def content(found: Entry, ref: str, urls: Urls, repository: Repository) -> dict[str, Any]:
    api = f"{urls.base}/api/v1/repos/{repository.full_name}"
    url = f"{api}/contents/{found.path}?ref={ref}"
    page = f"{urls.base}/{repository.full_name}/src/branch/{ref}/{found.path}"
    encoded = None if found.content is None else base64.b64encode(found.content).decode()
    return {
        "name": found.path.rpartition("/")[2], "path": found.path, "sha": found.sha, "last_commit_sha": "", "type": found.kind,
        "size": found.size, "encoding": None if encoded is None else "base64", "content": encoded, "target": None, "url": url,
        "html_url": page, "git_url": f"{api}/git/blobs/{found.sha}",
        "download_url": f"{urls.base}/{repository.full_name}/raw/branch/{ref}/{found.path}" if found.kind == "file" else None,
        "submodule_git_url": None, "_links": {"self": url, "git": f"{api}/git/blobs/{found.sha}", "html": page},
    }  # fmt: skip


def tree_entry(found: Entry, api: str) -> dict[str, Any]:
    kind = {"dir": "tree", "submodule": "commit"}.get(found.kind, "blob")
    mode = {"dir": "040000", "submodule": "160000", "symlink": "120000"}.get(found.kind, "100644")
    url = f"{api}/git/{kind}s/{found.sha}"
    return {"path": found.path, "mode": mode, "type": kind, "size": found.size, "sha": found.sha, "url": url}
