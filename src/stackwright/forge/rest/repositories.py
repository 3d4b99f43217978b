"""Repositories: made, found, changed, deleted."""

from dataclasses import replace

from stackwright.forge.access import may_administer
from stackwright.forge.errors import NotAllowed
from stackwright.forge.rest.frame import Call, RestApi, answer, nothing, route
from stackwright.forge.types import Repository
from stackwright.kernel.http import Response


def _visible(api: RestApi, call: Call, owner: str = "") -> list[Repository]:
    found = api.forge.records.repositories()
    return [
        repository
        for repository in found
        if (not owner or repository.owner.lower() == owner.lower()) and (not repository.private or may_administer(call.account, repository))
    ]


def _created(api: RestApi, call: Call, owner: str) -> Response:
    made = api.forge.create_repository(
        owner,
        call.text("name", required=True),
        description=call.text("description"),
        private=call.flag("private"),
        default_branch=call.text("default_branch"),
        auto_init=call.flag("auto_init"),
    )
    return answer(api.shown(made, call.account), 201)


@route("GET", "/repos/search")
def search(api: RestApi, call: Call) -> Response:
    wanted = (call.request.param("q") or "").lower()
    found = [repository for repository in _visible(api, call) if wanted in repository.name.lower()]
    return api.page(call, found, lambda repository: api.shown(repository, call.account), lambda items: {"ok": True, "data": items})


@route("GET", "/user/repos")
def own_repositories(api: RestApi, call: Call) -> Response:
    return api.page(call, _visible(api, call, call.user().name), lambda repository: api.shown(repository, call.account))


@route("POST", "/user/repos")
def create_own_repository(api: RestApi, call: Call) -> Response:
    return _created(api, call, call.user().name)


@route("GET", "/(?:users|orgs)/{name}/repos")
def repositories_of(api: RestApi, call: Call) -> Response:
    owner = api.account_named(call.parts["name"])
    return api.page(call, _visible(api, call, owner.name), lambda repository: api.shown(repository, call.account))


@route("POST", "/(?:orgs?|admin/users)/{name}/repos")
def create_repository_for(api: RestApi, call: Call) -> Response:
    owner = api.account_named(call.parts["name"])
    if not (call.user().is_admin or call.user().id == owner.id):
        raise NotAllowed("you may not create repositories for this owner")
    return _created(api, call, owner.name)


@route("GET", "/repos/{owner}/{repo}")
def repository(api: RestApi, call: Call) -> Response:
    return answer(api.shown(api.repository(call), call.account))


@route("PATCH", "/repos/{owner}/{repo}")
def edit_repository(api: RestApi, call: Call) -> Response:
    found = api.administered(call)
    changed = replace(
        found,
        description=call.text("description") if "description" in call.body else found.description,
        private=call.flag("private") if "private" in call.body else found.private,
        archived=call.flag("archived") if "archived" in call.body else found.archived,
        default_branch=call.text("default_branch") or found.default_branch,
    )
    return answer(api.shown(api.forge.records.put_repository(changed), call.account))


@route("DELETE", "/repos/{owner}/{repo}")
def delete_repository(api: RestApi, call: Call) -> Response:
    api.forge.delete_repository(api.administered(call))
    return nothing()
