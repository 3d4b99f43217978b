"""Any kind of object, with the columns that kubectl shows."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from stackwright.api.meta import Object, Resource, name_of, namespace_of
from stackwright.portal import html


def kind_path(resource: Resource) -> str:
    return f"{quote(resource.group or 'core')}/{quote(resource.version)}/{quote(resource.plural)}"


def kinds(found: Sequence[Resource], search: str, prefix: str) -> str:
    """Every kind that can be listed, those of Kubernetes itself first."""
    wanted = [each for each in found if search.lower() in f"{each.kind} {each.group} {each.plural}".lower()]
    rows = [
        (
            f'<a href="{prefix}/objects/{kind_path(each)}">{escape(each.kind)}</a>',
            escape(each.group or "core"),
            escape(each.version),
            "in a namespace" if each.namespaced else "of the cluster",
        )
        for each in sorted(
            wanted, key=lambda each: ("." in each.group and not each.group.endswith(".k8s.io"), each.kind, each.group, each.version)
        )
    ]
    form = (
        '<form class="bar" method="get" role="search"><label for="search">Search<br>'
        f'<input id="search" name="search" type="search" value="{escape(search)}"></label><button class="plain">Search</button></form>'
    )
    title = '<div class="head"><h1>Objects</h1><p class="sub">Any kind of object, with the columns that kubectl shows</p></div>'
    return title + form + html.table(("Kind", "Group", "Version", "Where"), rows, "No such kind is served.", "Kinds")


def filter_form(resource: Resource, namespace: str, labels: str) -> str:
    field = f'<label for="namespace">Namespace<br><input id="namespace" name="namespace" type="search" value="{escape(namespace)}"></label>'
    selector = (
        '<label for="labels">Labels<br><input id="labels" name="labels" type="search" placeholder="app=web" '
        f'value="{escape(labels)}"></label>'
    )
    return (
        f'<form class="bar" method="get" role="search">{field if resource.namespaced else ""}{selector}'
        '<button class="plain">Filter</button></form>'
    )


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
