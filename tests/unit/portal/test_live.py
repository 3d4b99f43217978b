"""Live views: a word for each change, and none missed between a page and its stream."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

from stackwright.client.informer import Listener
from stackwright.kernel.http import Request
from stackwright.portal.sessions import Session
from stackwright.portal.site import Visit
from stackwright.portal.views.live import _changes

APP = {"metadata": {"name": "web", "namespace": "argocd"}}


class Applications:
    def __init__(self) -> None:
        self.resource_version = "7"
        self.listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self.listeners.append(listener)
        listener("added", APP, None)

    def unlisten(self, listener: Listener) -> None:
        self.listeners.remove(listener)

    def change(self, app: dict[str, Any]) -> None:
        for listener in self.listeners:
            listener("modified", app, app)


def stream(applications: Applications, since: str) -> AsyncGenerator[bytes, None]:
    site: Any = SimpleNamespace(ports=SimpleNamespace(applications=applications))
    visit = Visit(Request("GET", "/live", (("since", since),)), Session("ann", ""), {})
    return _changes(site, visit, lambda app: app["metadata"]["name"] == "web")


async def word(words: AsyncGenerator[bytes, None]) -> bytes | None:
    try:
        return await asyncio.wait_for(anext(words), 0.05)
    except TimeoutError:
        return None


async def test_what_changed_before_the_stream_began_is_told_at_once() -> None:
    async with aclosing(stream(Applications(), "6")) as words:
        assert [await word(words), await word(words)] == [b":\n\n", b"data: changed\n\n"]


async def test_a_page_that_is_up_to_date_is_told_nothing_until_something_changes() -> None:
    applications = Applications()
    async with aclosing(stream(applications, "7")) as words:
        assert await word(words) == b":\n\n"
        told = asyncio.create_task(anext(words))
        await asyncio.sleep(0.01)
        applications.change({"metadata": {"name": "other"}})
        await asyncio.sleep(0.01)
        assert not told.done()
        applications.change(APP)
        assert await asyncio.wait_for(told, 1) == b"data: changed\n\n"


async def test_a_view_that_is_closed_listens_no_more() -> None:
    applications = Applications()
    async with aclosing(stream(applications, "7")) as words:
        await word(words)
        assert len(applications.listeners) == 1
    assert applications.listeners == []
