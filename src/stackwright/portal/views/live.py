"""A word for each change; the page then fetches what it shows."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.informer import Change
from stackwright.kernel.http import Response
from stackwright.portal.rest.api import KEEPALIVE_SECONDS
from stackwright.portal.site import EVENT_STREAM, Site, Visit, view
from stackwright.portal.views.objects import require_browsing, resource_at

PAUSE_SECONDS = 0.1
"""What changes within it is told in one word."""
_QUIET = ("Application", "Event", "Lease")


@view("GET", "/live")
async def all_applications(site: Site, visit: Visit) -> Response:
    return Response(200, headers=EVENT_STREAM, stream=_changes(site, visit, lambda app: site.access.may_app(visit.session, "get", app)))


@view("GET", "/live/applications/{namespace}/{name}")
async def one_application(site: Site, visit: Visit) -> Response:
    site.app(visit)
    wanted = visit.parts["namespace"], visit.parts["name"]
    return Response(200, headers=EVENT_STREAM, stream=_application_and_below(site, visit, wanted))


async def _application_and_below(site: Site, visit: Visit, wanted: tuple[str, str]) -> AsyncIterator[bytes]:
    """Also of what lives where the Application's objects do: a pod that becomes ready does not change the Application."""
    changed = asyncio.Event()

    def concerns(app: Object) -> bool:
        return (namespace_of(app), name_of(app)) == wanted

    def places() -> frozenset[str]:
        app = site.ports.applications.get(wanted[1], wanted[0])
        resources = ((app or {}).get("status") or {}).get("resources") or ()
        return frozenset(str(item.get("namespace") or "") for item in resources) - {""}

    def lives(_server: str, obj: Object, _previous: Object | None) -> None:
        if not changed.is_set() and obj.get("kind") not in _QUIET and namespace_of(obj) in places():
            changed.set()

    unfollow = site.ports.follow(lives)
    try:
        async with aclosing(_changes(site, visit, concerns, changed)) as words:
            async for word in words:
                yield word
    finally:
        unfollow()


@view("GET", "/live/objects/{group}/{version}/{plural}")
async def objects_of_a_kind(site: Site, visit: Visit) -> Response:
    require_browsing(site, visit)
    resource = await resource_at(site, visit)
    events = site.ports.client.watch(
        resource, visit.param("namespace") or None, resource_version=visit.param("since"), labels=visit.param("labels")
    )
    changed = asyncio.Event()

    async def follow() -> None:
        async with aclosing(events) as found:
            async for event in found:
                if event.type != "BOOKMARK":
                    changed.set()

    return Response(200, headers=EVENT_STREAM, stream=_while(follow, changed))


async def _while(follow: Callable[[], object], changed: asyncio.Event) -> AsyncIterator[bytes]:
    task = asyncio.create_task(_ended(follow, changed))
    try:
        async for word in _words(changed):
            yield word
            if task.done():
                return
    finally:
        task.cancel()


async def _ended(follow: Callable[[], object], changed: asyncio.Event) -> None:
    """When the watch ends, the page looks once more; its browser then asks again."""
    try:
        await follow()  # type: ignore[misc]
    except (StatusError, ClusterUnreachable):
        pass
    finally:
        changed.set()


async def _changes(
    site: Site, visit: Visit, concerns: Callable[[Object], bool], changed: asyncio.Event | None = None
) -> AsyncGenerator[bytes, None]:
    """What happened between the page and this stream counts, too. Shape: `changed` may be set by others as well."""
    changed = changed or asyncio.Event()

    def tell(change: Change, app: Object, previous: Object | None) -> None:
        if not changed.is_set() and concerns(app):
            changed.set()

    site.ports.applications.listen(tell)
    if visit.param("since") == site.ports.applications.resource_version:
        changed.clear()
    try:
        async for word in _words(changed):
            yield word
    finally:
        site.ports.applications.unlisten(tell)


async def _words(changed: asyncio.Event) -> AsyncIterator[bytes]:
    yield b":\n\n"
    while True:
        try:
            await asyncio.wait_for(changed.wait(), KEEPALIVE_SECONDS)
        except TimeoutError:
            yield b":\n\n"
            continue
        changed.clear()
        yield b"data: changed\n\n"
        await asyncio.sleep(PAUSE_SECONDS)
