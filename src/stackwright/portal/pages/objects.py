"""Any kind of object, with the columns that kubectl shows."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from stackwright.api.meta import Object, Resource, name_of, namespace_of
from stackwright.gitops.actions.types import Action
from stackwright.kernel import yaml
from stackwright.portal import html
from stackwright.portal.sessions import Session


def kind_path(resource: Resource) -> str:
    return f"{quote(resource.group or 'core')}/{quote(resource.version)}/{quote(resource.plural)}"


def kinds(found: Sequence[Resource], prefix: str) -> str:
    rows = [
        (
            f'<a href="{prefix}/objects/{kind_path(each)}">{escape(each.kind)}</a>',
            escape(each.group or "core"),
            escape(each.version),
            "in a namespace" if each.namespaced else "of the cluster",
        )
        for each in sorted(found, key=lambda each: (each.kind, each.group, each.version))
    ]
    return "<h1>Objects</h1>" + html.table(("Kind", "Group", "Version", "Where"), rows, "Nothing is served.", "Kinds")


def filter_form(resource: Resource, namespace: str, labels: str) -> str:
    field = f'<label for="namespace">Namespace<br><input id="namespace" name="namespace" type="search" value="{escape(namespace)}"></label>'
    selector = f'<label for="labels">Labels<br><input id="labels" name="labels" type="search" value="{escape(labels)}"></label>'
    return f'<form class="bar" method="get" role="search">{field if resource.namespaced else ""}{selector}<button>Filter</button></form>'


def table(resource: Resource, found: Mapping[str, Any], query: Mapping[str, str], prefix: str) -> str:
    """Shape: `found` is a Table of meta.k8s.io."""
    columns = [(index, column) for index, column in enumerate(found.get("columnDefinitions") or ()) if not column.get("priority")]
    headings = [*(["Namespace"] if resource.namespaced else []), *(str(column["name"]) for _, column in columns)]
    rows = [_row(row, [index for index, _ in columns], resource, prefix) for row in found.get("rows") or ()]
    token = (found.get("metadata") or {}).get("continue")
    more = f'<p><a href="?{escape(urlencode({**query, "continue": token}))}">More</a></p>' if token else ""
    return html.table(headings, rows, f"There is no {resource.kind} here.", resource.kind) + more


def _row(row: Mapping[str, Any], shown: Sequence[int], resource: Resource, prefix: str) -> list[str]:
    obj, cells = row.get("object") or {}, row.get("cells") or ()
    texts = [escape("" if cells[index] is None else str(cells[index])) for index in shown]
    if texts and name_of(obj):
        place = f"{quote(namespace_of(obj) or '-')}/{quote(name_of(obj), safe='')}"
        texts[0] = f'<a href="{prefix}/objects/{kind_path(resource)}/{place}">{texts[0]}</a>'
    return [*([escape(namespace_of(obj))] if resource.namespaced else []), *texts]


def one(obj: Object, told: Sequence[Object], logs: str = "") -> str:
    """Shape: `obj` with secret values masked; `told` are its Events; `logs` a link."""
    shown = {**obj, "metadata": {key: value for key, value in (obj.get("metadata") or {}).items() if key != "managedFields"}}
    link = f'<p><a href="{escape(logs)}">Logs</a></p>' if logs else ""
    return f"{link}<h2>Events</h2>{events(told)}<h2>Manifest</h2>{html.code(yaml.dump(shown))}"


def actions(found: Sequence[Action], base: str, session: Session) -> str:
    """What can be done with an object."""
    buttons = "".join(
        html.button(f"{base}/action", action.display_name or action.name, session, [("name", action.name)], "plain")
        for action in found
        if not action.disabled and not action.parameters
    )
    return f'<div class="bar">{buttons}</div>' if buttons else ""


def events(found: Sequence[Object]) -> str:
    rows = [
        (
            html.moment(_time(event)),
            f'<span class="word {escape(str(event.get("type")))}">{escape(str(event.get("type") or ""))}</span>',
            escape(str(event.get("reason") or "")),
            escape(f"{(event.get('involvedObject') or {}).get('kind')} {(event.get('involvedObject') or {}).get('name')}"),
            escape(str(event.get("message") or "")),
        )
        for event in sorted(found, key=_time, reverse=True)
    ]
    return html.table(("Last", "Type", "Reason", "Object", "Message"), rows, "No events: they are kept for an hour.", "Events")


def _time(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or event.get("firstTimestamp") or "")
