"""What others say of commits: checks, deployments."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from stackwright.forge.access import may_write
from stackwright.forge.errors import NotAllowed
from stackwright.forge.rest.frame import Call, RestApi, answer, route
from stackwright.forge.types import CommitStatus
from stackwright.kernel.http import Response

_WORST = ("error", "failure", "warning", "pending", "success")


@route("POST", "/repos/{owner}/{repo}/statuses/{sha}")
def create_status(api: RestApi, call: Call) -> Response:
    found, user = api.repository(call), call.user()
    if not may_write(user, found):
        raise NotAllowed("you may not write to this repository")
    told = CommitStatus(
        0,
        found.id,
        call.parts["sha"],
        call.text("context") or "default",
        call.text("state", required=True),
        call.text("description"),
        call.text("target_url"),
        user.name,
    )
    return answer(_shown(api, call, api.forge.mark_commit(found, told)), 201)


@route("GET", "/repos/{owner}/{repo}/statuses/{ref}")
def statuses_of_sha(api: RestApi, call: Call) -> Response:
    return statuses(api, call)


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/statuses")
def statuses(api: RestApi, call: Call) -> Response:
    """The newest first."""
    return api.page(call, _found(api, call)[1], lambda status: _shown(api, call, status))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/status")
def combined_status(api: RestApi, call: Call) -> Response:
    """The newest of each context, and the worst of them."""
    sha, listed = _found(api, call)
    newest = {status.context: status for status in reversed(listed)}.values()
    found = api.repository(call)
    url = f"{api.urls.base}/api/v1/repos/{found.full_name}/commits/{sha}"
    shown = [_shown(api, call, status) for status in newest]
    repository = api.shown(found, call.account)
    body = {"state": _worst([status.state for status in newest]), "sha": sha, "total_count": len(shown), "statuses": shown}
    return answer({**body, "repository": repository, "commit_url": url, "url": f"{url}/status"})


def _found(api: RestApi, call: Call) -> tuple[str, Sequence[CommitStatus]]:
    found = api.repository(call)
    sha = api.forge.git.commit(found.owner, found.name, call.parts["ref"]).sha
    return sha, api.forge.records.statuses_of(found.id, sha)


def _worst(states: Sequence[str]) -> str:
    return min(states, key=_WORST.index, default="pending")


def _shown(api: RestApi, call: Call, status: CommitStatus) -> dict[str, Any]:
    told = {name: value for name, value in asdict(status).items() if name in ("id", "context", "description", "target_url", "created")}
    url = f"{api.urls.base}/api/v1/repos/{call.parts['owner']}/{call.parts['repo']}/statuses/{status.sha}"
    created = told.pop("created")
    return {**told, "status": status.state, "state": status.state, "url": url, "created_at": created, "updated_at": created}
