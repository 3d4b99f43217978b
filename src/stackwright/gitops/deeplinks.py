"""Links to other systems that argocd-cm puts beside Applications, their objects and projects: `application.links` and its like. Pure.

Source: Argo CD's docs/operator-manual/deep_links.md and server/deeplinks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stackwright.api.meta import Object, annotations_of
from stackwright.gitops.setting_values import Values
from stackwright.kernel import expr, gotemplate

Place = Literal["application", "resource", "project"]
MANAGED_BY_URL = "argocd.argoproj.io/managed-by-url"
_SCHEMES = ("http://", "https://", "/", "mailto:")


@dataclass(frozen=True, slots=True)
class Link:
    title: str
    url: str
    description: str = ""
    icon: str = ""


def links_of(place: Place, settings: Mapping[str, str], facts: Mapping[str, Any]) -> tuple[list[Link], list[str]]:
    """The links whose conditions hold, and what is wrong with others. Shape: `facts` as of `facts_of`."""
    values = Values(settings)
    found: list[Link] = []
    problems: list[str] = []
    for entry in values.mappings(f"{place}.links"):
        link = _link(entry, facts)
        if isinstance(link, Link):
            found.append(link)
        elif link:
            problems.append(f"{place}.links: {entry.get('title') or '?'}: {link}")
    return found, [*values.problems, *problems]


def _link(entry: Mapping[str, Any], facts: Mapping[str, Any]) -> Link | str:
    """A link; or why there is none, empty when its condition does not hold."""
    title, template, condition = (str(entry.get(name) or "") for name in ("title", "url", "if"))
    if not title or not template:
        return "expected a title and a url"
    try:
        holds = expr.compile(condition).value(facts) if condition else True
        if not isinstance(holds, bool):
            return f"the condition {condition!r} is neither true nor false"
        if not holds:
            return ""
        url = gotemplate.parse(template, name="deep-link").render(gotemplate.as_go(facts)).strip()
    except (expr.ExprError, gotemplate.TemplateError) as error:
        return str(error)
    if not url.startswith(_SCHEMES):
        return f"{url[:80]!r} leads nowhere that a browser should go"
    return Link(title, url, str(entry.get("description") or ""), str(entry.get("icon.class") or ""))


def facts_of(
    *,
    app: Object | None = None,
    resource: Object | None = None,
    project: Object | None = None,
    cluster: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What templates and conditions may ask. Shape: Secrets are masked already; `cluster` is its server and name."""
    found: dict[str, Any] = {}
    found |= {"resource": resource} if resource is not None else {}
    found |= {"application": app, "app": app} if app is not None else {}
    found |= {"project": project} if project is not None else {}
    found |= {"cluster": cluster} if cluster is not None else {}
    managed_by = annotations_of(app).get(MANAGED_BY_URL) if app is not None else None
    return found | ({"managedByURL": managed_by} if managed_by else {})


def shown(links: Sequence[Link]) -> list[dict[str, str]]:
    """As Argo CD's API has them."""
    return [
        {"title": link.title, "url": link.url}
        | ({"description": link.description} if link.description else {})
        | ({"iconClass": link.icon} if link.icon else {})
        for link in links
    ]
