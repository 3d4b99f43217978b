"""ApplicationSets: their state, what they made, and what they would make."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.gitops.application import destination_of, project_of, sources_of, status_of
from stackwright.portal import html
from stackwright.portal.pages.applications import link_to, reason_of, word_of
from stackwright.portal.sessions import Session

FIRST = """apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: teams
  namespace: argocd
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators:
    - list:
        elements:
          - team: red
          - team: green
  template:
    metadata:
      name: "{{.team}}-app"
    spec:
      project: default
      source:
        repoURL: https://example.org/repository.git
        targetRevision: HEAD
        path: "teams/{{.team}}"
      destination:
        server: https://kubernetes.default.svc
        namespace: "team-{{.team}}"
      syncPolicy:
        automated: {prune: true, selfHeal: true}
        syncOptions: [CreateNamespace=true]
"""


def set_link(found: Object, prefix: str) -> str:
    return f'<a href="{prefix}/applicationsets/{quote(namespace_of(found))}/{quote(name_of(found))}">{escape(name_of(found))}</a>'


def listed(found: Sequence[Object], prefix: str) -> str:
    rows = [
        (
            set_link(each, prefix),
            html.word(health_of(each)),
            escape(", ".join(generators_of(each))),
            str(len(status_of(each).get("resources") or ())),
            f'<span class="error">{escape("; ".join(errors_of(each)))}</span>' if errors_of(each) else "",
        )
        for each in sorted(found, key=name_of)
    ]
    empty = "No ApplicationSets that you may see. Make one here, or commit it to a repository that an Application follows."
    return html.table(("ApplicationSet", "Health", "Generators", "Applications", "Problem"), rows, empty, "ApplicationSets")


def generators_of(found: Object) -> list[str]:
    return [kind for generator in (found.get("spec") or {}).get("generators") or () for kind in generator if kind != "selector"]


def _conditions(found: Object, wanted: str) -> list[Mapping[str, Any]]:
    return [item for item in status_of(found).get("conditions") or () if item.get("type") == wanted and item.get("status") == "True"]


def errors_of(found: Object) -> list[str]:
    return [str(item.get("message")) for item in _conditions(found, "ErrorOccurred")]


def health_of(found: Object) -> str:
    known = str((status_of(found).get("health") or {}).get("status") or "")
    return known or ("Degraded" if errors_of(found) else "Healthy" if _conditions(found, "ResourcesUpToDate") else "Progressing")


def one(found: Object, made: Sequence[Object], prefix: str) -> str:
    """Shape: `made` are its Applications."""
    rows = [
        (link_to(app, prefix), html.word(word_of(app, "sync")), html.word(word_of(app, "health")), escape(reason_of(app)))
        for app in sorted(made, key=name_of)
    ]
    errors = "".join(f'<li class="problem">{escape(error)}</li>' for error in errors_of(found))
    why = html.section("Why", f'<ul class="findings">{errors}</ul>' if errors else "")
    conditions = [
        (
            escape(str(item.get("type"))),
            escape(str(item.get("status"))),
            escape(str(item.get("message") or "")),
            html.moment(str(item.get("lastTransitionTime") or "")),
        )
        for item in status_of(found).get("conditions") or ()
    ]
    state = f'<p class="sub state"><span>{html.word(health_of(found))}</span><span>{escape(", ".join(generators_of(found)))}</span></p>'
    apps = html.table(("Application", "Sync", "Health", "Why"), rows, "It has made no Applications.", "Applications")
    told = html.table(("Type", "Holds", "Message", "When"), conditions, "Nothing is told yet.", "Conditions")
    return state + why + html.section("Its Applications", apps, len(made)) + html.section("Conditions", told) + _steps(found)


def _steps(found: Object) -> str:
    """How far a rolling sync has come."""
    rows = [
        (
            escape(str(item.get("application"))),
            escape(str(item.get("step") or "")),
            html.word(str(item.get("status") or "")),
            escape(str(item.get("message") or "")),
        )
        for item in status_of(found).get("applicationStatus") or ()
    ]
    return html.section("Rolling sync", html.table(("Application", "Step", "State", "Message"), rows, "", "Rolling sync"))


def generated(wanted: Sequence[Object], known: Mapping[str, Object], prefix: str) -> str:
    """What a set would make. Shape: `known` are Applications by name."""
    rows = [
        (
            f'<span class="word '
            f'{"change" if name_of(app) in known else "create"}">{"is there" if name_of(app) in known else "is made"}</span>',
            escape(name_of(app)),
            escape(project_of(app)),
            escape(_source(app)),
            escape(str(destination_of(app).get("namespace") or "")),
        )
        for app in wanted
    ]
    table = html.table(
        ("What", "Application", "Project", "Source", "Namespace"), rows, "It would make no Application.", "What it would make"
    )
    return html.section("What it would make", table, len(wanted))


def _source(app: Object) -> str:
    return ", ".join(f"{source.get('repoURL')} {source.get('path') or source.get('chart') or ''}".strip() for source in sources_of(app))


def form(text: str, problems: Sequence[str], session: Session, action: str, shown: str) -> str:
    """Shape: `shown` is HTML below the form."""
    return (
        f'{html.problems(problems)}<form method="post" action="{escape(action)}" class="form">{html.csrf(session)}'
        f'<label for="yaml">YAML</label><textarea id="yaml" data-yaml name="yaml" rows="28" spellcheck="false">{escape(text)}</textarea>'
        '<p class="hint">Tab moves two spaces; Escape and then Tab leaves the field.</p>'
        '<div class="bar"><button name="do" value="save">Save</button>'
        f'<button class="plain" name="do" value="check">Show what it would make</button></div></form>{shown}'
    )


def deletion(name: str, made: int, action: str, session: Session, platform: str) -> str:
    return (
        f"<p>{made} Applications go with it, and what they deployed, unless its policy keeps them.</p>"
        f"{html.button(action, f'Delete {name}', session, (), 'danger')}"
        f'<code class="command">stackwright appset delete {escape(name)} --name {escape(platform)}</code>'
    )
