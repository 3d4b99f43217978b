"""The list of Applications: searched, filtered, paged; what is not well comes first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode

from stackwright.api.meta import Object, labels_of, name_of, namespace_of
from stackwright.gitops.application import destination_of, project_of, sources_of, status_of
from stackwright.portal import html

PAGE_SIZE = 50
SYNC_WORDS = ("Synced", "OutOfSync", "Unknown")
HEALTH_WORDS = ("Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown")
SORTS = ("trouble", "name", "deployed")
HEADINGS = ("Application", "Sync", "Health", "Why", "Project", "Namespace", "Revision", "Deployed")


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; kept in the URL. Shape: empty fields look for anything; pages count from 1."""

    search: str = ""
    sync: str = ""
    health: str = ""
    project: str = ""
    cluster: str = ""
    sort: str = ""
    page: int = 1

    def matches(self, app: Object) -> bool:
        if (self.sync and word_of(app, "sync") != self.sync) or (self.health and word_of(app, "health") != self.health):
            return False
        if (self.project and project_of(app) != self.project) or (self.cluster and self.cluster not in cluster_of(app)):
            return False
        return not self.search or all(_has(app, word) for word in self.search.lower().split())

    def chosen(self, apps: Sequence[Object]) -> list[Object]:
        """In the order that is asked for; what is not well comes first unless another one is."""
        found = [app for app in apps if self.matches(app)]
        match self.sort:
            case "name":
                return sorted(found, key=name_of)
            case "deployed":
                return sorted(found, key=lambda app: (_deployed(app), name_of(app)), reverse=True)
            case _:
                return sorted(found, key=lambda app: (is_well(app), name_of(app)))

    def link(self, page: int, **other: str) -> str:
        named = {"search": self.search, "sync": self.sync, "health": self.health, "project": self.project, "cluster": self.cluster}
        fields = {**named, "sort": self.sort, "page": str(page) if page > 1 else "", **other}
        return "?" + urlencode({name: value for name, value in fields.items() if value})


def _words_of(app: Object) -> str:
    """A whole URL is found, too; of a URL that nobody typed only the repository's own name counts, its host is everybody's."""
    urls = [str(source.get("repoURL") or "") for source in sources_of(app)]
    places = [str(source.get("path") or source.get("chart") or "") for source in sources_of(app)]
    names = [url.removesuffix(".git").rpartition("/")[2] for url in urls]
    labels = [f"{key}={value}" for key, value in labels_of(app).items()]
    return " ".join([name_of(app), project_of(app), str(destination_of(app).get("namespace") or ""), *names, *places, *labels]).lower()


def _has(app: Object, word: str) -> bool:
    if "://" in word:
        return any(str(source.get("repoURL") or "").lower().startswith(word) for source in sources_of(app))
    return word in _words_of(app)


def cluster_of(app: Object) -> tuple[str, str]:
    destination = destination_of(app)
    return str(destination.get("server") or ""), str(destination.get("name") or "")


def _deployed(app: Object) -> str:
    history = status_of(app).get("history") or ()
    return str(history[-1].get("deployedAt") or "") if history else ""


def word_of(app: Object, part: str) -> str:
    return str((status_of(app).get(part) or {}).get("status") or "Unknown")


def is_well(app: Object) -> bool:
    return word_of(app, "sync") == "Synced" and word_of(app, "health") == "Healthy"


def applications(apps: Sequence[Object], wanted: Filter, prefix: str, events: str) -> str:
    """Rows and pages. Shape: `events` is the path that tells of changes; the page's script then asks for rows alone."""
    found = wanted.chosen(apps)
    body = rows(found, wanted, prefix)
    if not body:
        told = 'No Application matches. <a href="?">Show all</a>'
        first = (
            f'There are no Applications yet. <a href="{prefix}/new">Make one</a>, or run <code>stackwright create --package FOLDER</code>.'
        )
        return html.hollow(told if apps else first)
    head = "".join(f'<th scope="col" role="columnheader">{heading}</th>' for heading in HEADINGS)
    inner = f'<table role="table" aria-label="Applications" aria-rowcount="{len(found) + 1}"><thead role="rowgroup"><tr role="row">{head}'
    inner += f'</tr></thead><tbody role="rowgroup">{body}</tbody></table>'
    marks = f'data-rows="{escape(events)}" data-size="{PAGE_SIZE}" data-page="{wanted.page}" data-total="{len(found)}"'
    return (
        f'<p class="hint"><span id="total">{len(found)}</span> of {len(apps)} Applications</p>'
        f'<div class="scroll rows" tabindex="0" role="region" aria-label="Applications" {marks}>{inner}</div>{_pages(len(found), wanted)}'
    )


def rows(found: Sequence[Object], wanted: Filter, prefix: str) -> str:
    """The rows of one page. Shape: `found` are all that match, in order."""
    first = (wanted.page - 1) * PAGE_SIZE
    return "".join(
        html.row(HEADINGS, _cells(app, prefix), f' data-key="{escape(namespace_of(app))}/{escape(name_of(app))}" aria-rowindex="{number}"')
        for number, app in enumerate(found[first : first + PAGE_SIZE], first + 2)
    )


def counts(apps: Sequence[Object], prefix: str, wanted: Filter | None = None) -> str:
    """Numbers that lead to what they count."""
    sync, health = Counter(word_of(app, "sync") for app in apps), Counter(word_of(app, "health") for app in apps)
    told = (
        ("Applications", len(apps), Filter()),
        ("Healthy", health["Healthy"], Filter(health="Healthy")),
        ("Progressing", health["Progressing"], Filter(health="Progressing")),
        ("Degraded", health["Degraded"], Filter(health="Degraded")),
        ("Missing", health["Missing"], Filter(health="Missing")),
        ("OutOfSync", sync["OutOfSync"], Filter(sync="OutOfSync")),
        ("Sync unknown", sync["Unknown"], Filter(sync="Unknown")),
    )
    cards = "".join(
        f'<a class="card" href="{prefix}/applications{escape(where.link(1))}"{" aria-current=true" if where == wanted else ""}>'
        f"<b>{count}</b>{name}</a>"
        for name, count, where in told
        if count or name in ("Applications", "Degraded", "OutOfSync")
    )
    return f'<div class="cards">{cards}</div>'


def meter(apps: Sequence[Object]) -> str:
    """How much is healthy, as a bar."""
    if not apps:
        return ""
    health = Counter(word_of(app, "health") for app in apps)
    shapes, at = "", 0.0
    for name in HEALTH_WORDS:
        width = 100 * health[name] / len(apps)
        shapes += f'<rect class="{name}" x="{at:.2f}" width="{width:.2f}" height="6"/>' if width else ""
        at += width
    told = ", ".join(f"{health[name]} {name}" for name in HEALTH_WORDS if health[name])
    return f'<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="Health: {told}">{shapes}</svg>'


def _cells(app: Object, prefix: str) -> tuple[str, ...]:
    sync = status_of(app).get("sync") or {}
    revision = str(sync.get("revision") or ",".join(str(each)[:7] for each in sync.get("revisions") or ()))
    namespace, reason = str(destination_of(app).get("namespace") or ""), escape(reason_of(app))
    words = html.word(word_of(app, "sync")), html.word(word_of(app, "health")), f'<span title="{reason}">{reason}</span>' if reason else ""
    return link_to(app, prefix), *words, escape(project_of(app)), escape(namespace), html.short(revision), html.moment(_deployed(app))


def link_to(app: Object, prefix: str) -> str:
    return f'<a href="{prefix}/applications/{quote(namespace_of(app))}/{quote(name_of(app))}">{escape(name_of(app))}</a>'


def reason_of(app: Object) -> str:
    """In words, why it is not well; empty when it is."""
    status = status_of(app)
    errors = [item["message"] for item in status.get("conditions") or () if str(item.get("type", "")).endswith("Error")]
    operation = status.get("operationState") or {}
    if errors:
        return str(errors[0])[:300]
    if operation.get("phase") in ("Failed", "Error", "Running"):
        return str(operation.get("message") or "")[:300]
    for resource in status.get("resources") or ():
        health = resource.get("health") or {}
        if health.get("status") not in (None, "Healthy", "Suspended"):
            return f"{resource.get('kind')} {resource.get('name')}: {health.get('message') or health.get('status')}"[:300]
    return ""


def _pages(count: int, wanted: Filter) -> str:
    last = max(1, -(-count // PAGE_SIZE))
    if last == 1:
        return ""
    links = [(wanted.page - 1, "Previous")] if wanted.page > 1 else []
    links += [(wanted.page + 1, "Next")] if wanted.page < last else []
    shown = " ".join(f'<a class="button plain small" href="{escape(wanted.link(page))}">{label}</a>' for page, label in links)
    return f'<nav aria-label="Pages" data-pages><p>Page {wanted.page} of {last} ({count} Applications) {shown}</p></nav>'


def filter_form(wanted: Filter, projects: Sequence[str], clusters: Sequence[str]) -> str:
    """The part of the list that stays while rows change."""
    selects = (
        _select("sync", "Sync", SYNC_WORDS, wanted.sync)
        + _select("health", "Health", HEALTH_WORDS, wanted.health)
        + _select("project", "Project", projects, wanted.project)
        + (_select("cluster", "Cluster", clusters, wanted.cluster) if len(clusters) > 1 else "")
        + _select("sort", "First", SORTS, wanted.sort, "")
    )
    hint = "name, project, namespace, repository, label"
    search = (
        f'<label for="search">Search<br><input id="search" name="search" type="search" placeholder="{hint}" '
        f'value="{escape(wanted.search)}"></label>'
    )
    return f'<form class="bar" method="get" role="search">{search}{selects}<button class="plain">Filter</button></form>'


def _select(name: str, label: str, words: Sequence[str], chosen: str, any: str = "Any") -> str:
    options = "".join(f"<option{' selected' if word == chosen else ''}>{escape(word)}</option>" for word in words)
    options = f'<option value="">{any}</option>{options}' if any else options
    return f'<label for="{name}">{label}<br><select id="{name}" name="{name}" data-auto>{options}</select></label>'
