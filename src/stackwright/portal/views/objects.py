"""A browser for objects of any kind."""

from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from stackwright.api.meta import Object, Resource, gvk_of, name_of, namespace_of
from stackwright.client.kinds import EVENTS
from stackwright.gitops.actions.discovery import actions_of, run_action
from stackwright.gitops.actions.perform import perform
from stackwright.gitops.clusters import IN_CLUSTER_SERVER
from stackwright.gitops.settings import parse_settings
from stackwright.kernel import json
from stackwright.kernel.http import Request, Response
from stackwright.portal.pages import objects as pages
from stackwright.portal.pages import resources
from stackwright.portal.site import Missing, Site, Visit, view

PAGE_SIZE = 200
_AS_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def require_browsing(site: Site, visit: Visit) -> None:
    """Who may see the whole cluster may see what is in it. Raises Forbidden."""
    site.access.require(visit.session, "clusters", "get", IN_CLUSTER_SERVER)


async def resource_at(site: Site, visit: Visit) -> Resource:
    """The kind that a path names. Raises Missing."""
    parts = visit.parts
    group = "" if parts["group"] == "core" else parts["group"]
    for found in (await site.ports.client.discover()).all():
        if (found.group, found.version, found.plural) == (group, parts["version"], parts["plural"]):
            return found
    raise Missing(f"This cluster does not serve {parts['plural']} of {group or 'core'}/{parts['version']}.")


@view("GET", "/objects")
async def kinds(site: Site, visit: Visit) -> Response:
    require_browsing(site, visit)
    found = [each for each in (await site.ports.client.discover()).all() if "list" in each.verbs]
    return site.answer(visit, "Objects", pages.kinds(found, visit.param("search"), site.prefix))


@view("GET", "/objects/{group}/{version}/{plural}")
async def listed(site: Site, visit: Visit) -> Response:
    require_browsing(site, visit)
    resource = await resource_at(site, visit)
    namespace, labels = visit.param("namespace"), visit.param("labels")
    query = [("limit", str(PAGE_SIZE)), ("labelSelector", labels), ("continue", visit.param("continue"))]
    path = resource.path(namespace or None) if resource.namespaced else resource.path(None)
    answer = await site.ports.client.send(Request("GET", path, tuple(pair for pair in query if pair[1]), {"accept": _AS_TABLE}))
    found: dict[str, Any] = json.loads(answer.body)
    kept = {key: value for key, value in (("namespace", namespace), ("labels", labels)) if value}
    about = f'<a href="{site.prefix}/objects">All kinds</a> · {escape(resource.api_version)}'
    head = (
        f'<div class="head"><h1>{escape(resource.kind)}</h1><p class="sub">{about}</p>'
        f"</div>{pages.filter_form(resource, namespace, labels)}"
    )
    since = {"since": str((found.get("metadata") or {}).get("resourceVersion") or "")}
    live = f"/live/objects/{pages.kind_path(resource)}?{urlencode({**kept, **since})}"
    return site.live(visit, resource.kind, head, pages.table(resource, found, kept, site.prefix), live)


@view("GET", "/objects/{group}/{version}/{plural}/{namespace}/{name}")
async def one(site: Site, visit: Visit) -> Response:
    require_browsing(site, visit)
    resource = await resource_at(site, visit)
    found = await _found(site, visit, resource)
    namespace = visit.parts["namespace"]
    events = await site.ports.client.list(
        EVENTS, "default" if namespace == "-" else namespace, fields=f"involvedObject.name={name_of(found)}"
    )
    customizations = parse_settings(site.ports.settings()).customizations
    base = f"{site.prefix}/objects/{pages.kind_path(resource)}/{quote(namespace)}/{quote(name_of(found))}"
    buttons = resources.action_forms(actions_of(found, customizations), base, visit.session) if _may_act(site, visit, found) else ""
    logs = f"{site.prefix}/logs/{quote(namespace)}/{quote(name_of(found))}" if resource.kind == "Pod" and not resource.group else ""
    place = f"{site.prefix}/objects/{pages.kind_path(resource)}"
    head = (
        f'<div class="head"><h1>{escape(name_of(found))}</h1>'
        f'<p class="sub"><span><a href="{place}">{escape(resource.kind)}</a></span></p></div>{buttons}'
    )
    removal = resources.deletion(found, base, visit.session, site.ports.platform) if _may_delete(site, visit, found) else ""
    return site.answer(visit, name_of(found), head + resources.one(site.ports.masked(found), events, logs) + removal)


@view("POST", "/objects/{group}/{version}/{plural}/{namespace}/{name}/action")
async def act(site: Site, visit: Visit) -> Response:
    require_browsing(site, visit)
    resource = await resource_at(site, visit)
    found, name = await _found(site, visit, resource), visit.form.get("name", "")
    site.access.require(visit.session, "applications", f"action/{resource.group}/{resource.kind}/{name}", "*/*")
    customizations = parse_settings(site.ports.settings()).customizations
    given = {key.removeprefix("parameter:"): value for key, value in visit.form.items() if key.startswith("parameter:")}
    effects = run_action(name, found, parameters=given, now=datetime.now(UTC), customizations=customizations)
    await perform(site.ports.client, found, effects)
    return site.redirect(f"/objects/{pages.kind_path(resource)}/{quote(visit.parts['namespace'])}/{quote(name_of(found))}")


@view("POST", "/objects/{group}/{version}/{plural}/{namespace}/{name}/delete")
async def delete(site: Site, visit: Visit) -> Response:
    require_browsing(site, visit)
    resource = await resource_at(site, visit)
    found = await _found(site, visit, resource)
    gvk = gvk_of(found)
    site.access.require(visit.session, "applications", f"delete/{gvk.group}/{gvk.kind}/{namespace_of(found)}/{name_of(found)}", "*/*")
    await site.ports.client.delete(resource, name_of(found), namespace_of(found) or None)
    return site.redirect(f"/objects/{pages.kind_path(resource)}")


async def _found(site: Site, visit: Visit, resource: Resource) -> Object:
    namespace = visit.parts["namespace"]
    return await site.ports.client.get(resource, visit.parts["name"], None if namespace == "-" else namespace)


def _may_delete(site: Site, visit: Visit, obj: Object) -> bool:
    gvk = gvk_of(obj)
    return site.access.may(visit.session, "applications", f"delete/{gvk.group}/{gvk.kind}/{namespace_of(obj)}/{name_of(obj)}", "*/*")


def _may_act(site: Site, visit: Visit, obj: Object) -> bool:
    gvk = gvk_of(obj)
    return site.access.may(visit.session, "applications", f"action/{gvk.group}/{gvk.kind}/*", "*/*")
