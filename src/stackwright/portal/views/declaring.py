"""What forms and YAML of any kind have in common: judged by the server without writing, deleted after a question."""

from collections.abc import Sequence
from html import escape

from stackwright.api.meta import Object, Resource
from stackwright.api.status import StatusError
from stackwright.kernel.http import Response
from stackwright.portal.site import Site, Visit


async def refusals(site: Site, obj: Object, resource: Resource, *, new: bool) -> list[str]:
    """What the API server has against it, each with its field; nothing is written."""
    write = site.ports.client.create if new else site.ports.client.update
    try:
        await write(obj, resource=resource, dry_run=True, validation="Strict")
    except StatusError as error:
        causes = [
            f"{cause.get('field')}: {cause.get('message')}" for cause in (error.details or {}).get("causes") or () if cause.get("field")
        ]
        return causes or [error.message]
    return []


async def write(site: Site, obj: Object, resource: Resource, *, new: bool) -> Object:
    """Raises StatusError."""
    client = site.ports.client
    return await (client.create(obj, resource=resource) if new else client.update(obj, resource=resource))


def heading(title: str, about: str = "", bar: str = "") -> str:
    """Shape: `about` and `bar` are HTML."""
    actions = f'<div class="bar">{bar}</div>' if bar else ""
    sub = f'<p class="sub">{about}</p>' if about else ""
    return f'<div class="head"><h1>{escape(title)}</h1>{actions}{sub}</div>'


def link(path: str, label: str, style: str = "plain") -> str:
    return f'<a class="button {style}" href="{escape(path)}">{escape(label)}</a>'


def asked(site: Site, visit: Visit, title: str, body: str, problems: Sequence[str]) -> Response:
    """A form again, with what was wrong about it."""
    return site.answer(visit, title, body, 422 if problems else 200)
