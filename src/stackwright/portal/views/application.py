"""The pages of one Application that only tell."""

from datetime import UTC, datetime
from html import escape
from typing import Any

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.client.kinds import EVENTS
from stackwright.gitops.application import project_of
from stackwright.gitops.compare import AppState
from stackwright.gitops.explain import explain
from stackwright.gitops.ports import SourceError
from stackwright.kernel import yaml
from stackwright.kernel.http import Response
from stackwright.portal import graph, html, shapes
from stackwright.portal.pages import application as one
from stackwright.portal.pages import history as histories
from stackwright.portal.pages import objects as object_pages
from stackwright.portal.pages import tree
from stackwright.portal.pages.applications import word_of
from stackwright.portal.pages.diff import differences
from stackwright.portal.pages.operation import is_of_interest, operation
from stackwright.portal.site import Missing, Site, Visit, app_path, view


def heading(site: Site, visit: Visit, app: Object, tab: str) -> str:
    """Name, what can be done, and the tabs; they stay while the rest changes."""
    shown = [each for each in one.buttons(app) if site.access.may_app(visit.session, each.needs, app)]
    hidden = [path for path, action in (("edit", "update"), ("sync", "sync")) if not site.access.may_app(visit.session, action, app)]
    hidden += [] if site.access.may(visit.session, "logs", "get", site.access.app_object(app)) else ["logs"]
    bar = one.actions(shown, site.base(app), visit.session)
    return f'<div class="head"><h1>{escape(name_of(app))}</h1>{bar}</div>{one.tabs(site.base(app), tab, hidden)}'


async def tab(site: Site, visit: Visit, app: Object, path: str, title: str, body: str) -> Response:
    """A page of an Application, live."""
    commit = await site.commits.compared_with(app)
    part = one.state(app, commit, site.prefix) + body
    named = f"{title} of {name_of(app)}" if title else name_of(app)
    return site.live(visit, named, heading(site, visit, app, path), part, f"/live{app_path(app)}")


@view("GET", "/applications/{namespace}/{name}")
async def application(site: Site, visit: Visit) -> Response:
    app = site.app(visit)
    state = await site.ports.state_of(app)
    findings = explain(app, site.ports.projects.get(project_of(app), site.ports.namespace), datetime.now(UTC))
    told = one.why(findings) + one.conditions(app)
    runs = html.section("Operation", await _operation(site, visit, app)) if is_of_interest(app) else ""
    shown = [each for each in one.buttons(app) if site.access.may_app(visit.session, each.needs, app)]
    origin = one.where_from(app, site.ports.links("application", app))
    body = f"{told}{runs}{_tree(site, visit, app, state)}{origin}{one.commands(shown, site.ports.platform)}"
    return await tab(site, visit, app, "", "", body)


def _tree(site: Site, visit: Visit, app: Object, state: AppState | None) -> str:
    if state is None:
        return ""
    nodes = shapes.tree(state, site.ports.children_of)
    expanded = frozenset(value for key, value in visit.request.query if key == "expand")
    choice = graph.Choice(visit.param("search"), visit.param("kind"), visit.param("trouble") == "true", expanded)
    states = {tuple(resource.pair.key): resource.status for resource in state.resources}
    as_list = visit.param("view") == "list"
    if as_list:
        choice = graph.Choice(choice.search, choice.kind, choice.trouble, frozenset(node["kind"] for node in nodes))
    root = graph.tree_of(name_of(app), word_of(app, "health"), word_of(app, "sync"), nodes, states, choice)
    shown = tree.listed(root, site.base(app)) if as_list else tree.drawn(root, site.base(app), choice)
    return html.section("What it consists of", tree.tools(choice, "list" if as_list else "graph", nodes) + shown, len(nodes))


@view("GET", "/applications/{namespace}/{name}/diff")
async def diff(site: Site, visit: Visit) -> Response:
    app = site.app(visit)
    return await tab(site, visit, app, "diff", "Differences", differences(await site.ports.state_of(app)))


@view("GET", "/applications/{namespace}/{name}/operation")
async def last_operation(site: Site, visit: Visit) -> Response:
    app = site.app(visit)
    return await tab(site, visit, app, "operation", "Operation", await _operation(site, visit, app))


async def _operation(site: Site, visit: Visit, app: Object) -> str:
    may = site.access.may_app(visit.session, "sync", app)
    end = html.button(f"{site.base(app)}/terminate", "Terminate", visit.session, (), "danger", "End the operation?") if may else ""
    return operation(app, await site.ports.plan_of(app), end)


@view("GET", "/applications/{namespace}/{name}/history")
async def history(site: Site, visit: Visit) -> Response:
    app = site.app(visit)
    may = site.access.may_app(visit.session, "rollback", app)
    shown = histories.history(app, await site.commits.of_history(app), site.base(app), may_roll_back=may)
    return await tab(site, visit, app, "history", "History", shown)


@view("GET", "/applications/{namespace}/{name}/history/{id}")
async def deployment(site: Site, visit: Visit) -> Response:
    """What one deployment changed against the one before it."""
    app = site.app(visit)
    entry, before = _entry(app, visit.parts["id"])
    commits = await site.commits.of_history(app)
    told = "".join(
        f"<p>{html.short(each)} “{escape(commits[each].title)}” by {escape(commits[each].author)}, {html.moment(commits[each].date)}</p>"
        for each in histories.revisions_of(entry)
        if each in commits
    )
    title = f"<h2>Entry {escape(str(entry['id']))}, deployed {html.moment(str(entry.get('deployedAt') or ''))}</h2>"
    if before is None:
        shown = html.hollow("It is the first that is remembered: there is nothing to compare it with.")
    else:
        shown = await changes_between(site, app, before, entry)
    return await tab(site, visit, app, "history", f"Deployment {entry['id']}", title + told + shown)


async def changes_between(site: Site, app: Object, before: Any, after: Any) -> str:
    """The objects that two entries of the history (or what is deployed now) differ in."""
    sources = after.get("sources") or (after.get("source") or {},)
    try:
        found = await site.ports.repositories.changes(app, sources, histories.revisions_of(before), histories.revisions_of(after))
    except SourceError as error:
        return histories.changes(None, error.message)
    return histories.changes(found, "")


def _entry(app: Object, id: str) -> tuple[Any, Any]:
    found = histories.find(app, id)
    if found is None:
        raise Missing(f"The history of {name_of(app)} has no entry {id}.")
    return found


@view("GET", "/applications/{namespace}/{name}/rollback")
async def rollback(site: Site, visit: Visit) -> Response:
    app = site.app(visit, "rollback")
    entry, _ = _entry(app, visit.param("id"))
    entries = app["status"]["history"]
    shown = histories.rollback(
        app, entry, await changes_between(site, app, entries[-1], entry), site.base(app), visit.session, site.ports.platform
    )
    head = heading(site, visit, app, "history") + f"<h2>Roll back to entry {escape(str(entry['id']))}</h2>"
    return site.answer(visit, f"Roll back {name_of(app)}", head + shown)


@view("GET", "/applications/{namespace}/{name}/delete")
async def ask_deletion(site: Site, visit: Visit) -> Response:
    app = site.app(visit, "delete")
    head = f'<div class="head"><h1>Delete {escape(name_of(app))}?</h1></div>'
    return site.answer(visit, f"Delete {name_of(app)}", head + one.deletion(app, site.base(app), visit.session, site.ports.platform))


@view("GET", "/applications/{namespace}/{name}/events")
async def events(site: Site, visit: Visit) -> Response:
    """Of the Application and of everything in its tree."""
    app = site.app(visit)
    state = await site.ports.state_of(app)
    nodes = [] if state is None else shapes.tree(state, site.ports.children_of)
    concerned = {(node["kind"], node["namespace"], node["name"]) for node in nodes} | {("Application", namespace_of(app), name_of(app))}
    found = [
        event
        for namespace in {place[1] or "default" for place in concerned}
        for event in await site.ports.client.list(EVENTS, namespace)
        if _about(event) in concerned
    ]
    return await tab(site, visit, app, "events", "Events", object_pages.events(found))


def _about(event: Object) -> tuple[str, str, str]:
    about = event.get("involvedObject") or {}
    return str(about.get("kind") or ""), str(about.get("namespace") or ""), str(about.get("name") or "")


@view("GET", "/applications/{namespace}/{name}/manifests")
async def manifests(site: Site, visit: Visit) -> Response:
    """As the sources want them, or as they live."""
    app = site.app(visit)
    state = await site.ports.state_of(app)
    lives = visit.param("of") == "live"
    objects = [resource.pair.live if lives else resource.pair.target for resource in (state.resources if state is not None else ())]
    shown = "".join(_manifest(site.ports.masked(obj)) for obj in objects if obj is not None)
    links = "".join(
        f'<a href="?of={word}"{" aria-current=page" if (word == "live") == lives else ""}>{label}</a>'
        for word, label in (("desired", "As the sources want them"), ("live", "As they live"))
    )
    body = shown or html.hollow("There are no manifests, or they could not be made: the summary says why.")
    return await tab(site, visit, app, "manifests", "Manifests", f'<nav class="tabs" aria-label="Which manifests">{links}</nav>{body}')


def _manifest(obj: Object) -> str:
    place = f"{namespace_of(obj)}/{name_of(obj)}".lstrip("/")
    shown = {**obj, "metadata": {key: value for key, value in (obj.get("metadata") or {}).items() if key != "managedFields"}}
    return f'<details class="card"><summary>{escape(obj["kind"])} {escape(place)}</summary>{html.code(yaml.dump(shown))}</details>'
