"""A browser for objects of any kind."""

from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from stackwright.api.meta import Object, Resource, gvk_of, name_of
from stackwright.client.kinds import EVENTS
from stackwright.gitops.actions.discovery import actions_of, run_action
from stackwright.gitops.clusters import IN_CLUSTER_SERVER
from stackwright.gitops.settings import parse_settings
from stackwright.kernel import json
from stackwright.kernel.http import Request, Response
from stackwright.portal.pages import objects as pages
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
    return site.page("Objects", pages.kinds(found, site.prefix), visit.session)


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
    head = f"<h1>{escape(resource.kind)}</h1>{pages.filter_form(resource, namespace, labels)}"
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
    buttons = pages.actions(actions_of(found, customizations), base, visit.session) if _may_act(site, visit, found) else ""
    logs = f"{site.prefix}/logs/{quote(namespace)}/{quote(name_of(found))}" if resource.kind == "Pod" and not resource.group else ""
    head = f"<h1>{escape(resource.kind)} {escape(name_of(found))}</h1>{buttons}"
    return site.page(name_of(found), head + pages.one(site.ports.masked(found), events, logs), visit.session)


@view("POST", "/objects/{group}/{version}/{plural}/{namespace}/{name}/action")
async def act(site: Site, visit: Visit) -> Response:
    require_browsing(site, visit)
    resource = await resource_at(site, visit)
    found, name = await _found(site, visit, resource), visit.form.get("name", "")
    site.access.require(visit.session, "applications", f"action/{resource.group}/{resource.kind}/{name}", "*/*")
    customizations = parse_settings(site.ports.settings()).customizations
    for effect in run_action(name, found, parameters={}, now=datetime.now(UTC), customizations=customizations):
        write = site.ports.client.create if effect.operation == "create" else site.ports.client.update
        await write(effect.object)
    return site.redirect(f"/objects/{pages.kind_path(resource)}/{quote(visit.parts['namespace'])}/{quote(name_of(found))}")


async def _found(site: Site, visit: Visit, resource: Resource) -> Object:
    namespace = visit.parts["namespace"]
    return await site.ports.client.get(resource, visit.parts["name"], None if namespace == "-" else namespace)


def _may_act(site: Site, visit: Visit, obj: Object) -> bool:
    gvk = gvk_of(obj)
    return site.access.may(visit.session, "applications", f"action/{gvk.group}/{gvk.kind}/*", "*/*")
