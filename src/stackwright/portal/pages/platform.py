"""ApplicationSets, packages, projects, clusters, repositories, accounts."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.gitops.application import status_of
from stackwright.portal import html
from stackwright.portal.accounts import MAX_PASSWORD, MIN_PASSWORD, Account
from stackwright.portal.sessions import Session


def sets(found: Sequence[Object], prefix: str) -> str:
    rows = [
        (
            f'<a href="{prefix}/objects/argoproj.io/v1alpha1/applicationsets/{quote(namespace_of(each))}/{quote(name_of(each))}">'
            f"{escape(name_of(each))}</a>",
            html.word(str((status_of(each).get("health") or {}).get("status") or _health_of(each))),
            escape(", ".join(_generators(each))),
            str(len(status_of(each).get("resources") or ())),
            escape("; ".join(_errors(each)) or "–"),
        )
        for each in sorted(found, key=name_of)
    ]
    empty = "No ApplicationSets: kubectl apply -f one, or commit it to a repository that an Application follows."
    return html.table(("ApplicationSet", "Health", "Generators", "Applications", "Problems"), rows, empty, "ApplicationSets")


def _generators(found: Object) -> list[str]:
    return [kind for generator in (found.get("spec") or {}).get("generators") or () for kind in generator if kind != "selector"]


def _conditions(found: Object, wanted: str) -> list[Mapping[str, Any]]:
    return [item for item in status_of(found).get("conditions") or () if item.get("type") == wanted and item.get("status") == "True"]


def _errors(found: Object) -> list[str]:
    return [str(item.get("message")) for item in _conditions(found, "ErrorOccurred")]


def _health_of(found: Object) -> str:
    return "Degraded" if _errors(found) else "Healthy" if _conditions(found, "ResourcesUpToDate") else "Progressing"


def packages(found: Sequence[Object], repositories: Sequence[Object], prefix: str) -> str:
    rows = [
        (
            f'<a href="{prefix}/objects/idpbuilder.cnoe.io/v1alpha1/custompackages/{quote(namespace_of(each))}/{quote(name_of(each))}">'
            f"{escape(name_of(each))}</a>",
            "synced" if status_of(each).get("synced") else "not yet",
            escape(_application_of(each)),
            escape("; ".join(str(problem) for problem in status_of(each).get("problems") or ()) or "–"),
        )
        for each in sorted(found, key=name_of)
    ]
    repos = [
        (
            escape(name_of(each)),
            "synced" if status_of(each).get("synced") else "not yet",
            escape(str((status_of(each).get("commit") or {}).get("hash") or status_of(each).get("latestCommit") or "")[:12]),
            escape(str(status_of(each).get("externalGitRepositoryUrl") or "")),
        )
        for each in sorted(repositories, key=name_of)
    ]
    empty = "No packages yet: stackwright create --package FOLDER"
    return (
        html.table(("Package", "State", "Application", "Problems"), rows, empty, "Packages")
        + "<h2>Their repositories</h2>"
        + html.table(("Repository", "State", "Commit", "URL"), repos, "None.", "Repositories of packages")
    )


def _application_of(package: Object) -> str:
    argo = (package.get("spec") or {}).get("argoCD") or {}
    return str(argo.get("name") or "")


def projects(found: Sequence[Object], counts: Mapping[str, int]) -> str:
    rows = [
        (
            escape(name_of(each)),
            escape(str((each.get("spec") or {}).get("description") or "")),
            escape(", ".join((each.get("spec") or {}).get("sourceRepos") or ())),
            escape(", ".join(_destination(item) for item in (each.get("spec") or {}).get("destinations") or ())),
            escape(", ".join(str(role.get("name")) for role in (each.get("spec") or {}).get("roles") or ()) or "–"),
            str(counts.get(name_of(each), 0)),
        )
        for each in sorted(found, key=name_of)
    ]
    return html.table(("Project", "Description", "Sources", "Destinations", "Roles", "Applications"), rows, "No projects.", "Projects")


def _destination(item: Mapping[str, Any]) -> str:
    return f"{item.get('server') or item.get('name')}/{item.get('namespace')}"


def clusters(found: Sequence[Mapping[str, Any]], counts: Mapping[str, int]) -> str:
    rows = [(escape(str(each["name"])), escape(str(each["server"])), str(counts.get(str(each["server"]), 0))) for each in found]
    return html.table(("Cluster", "Server", "Applications"), rows, "No clusters.", "Clusters")


def repositories(counts: Mapping[str, int], registered: Mapping[str, str]) -> str:
    """Shape: by URL, how many Applications use it, and the kind of those that are registered."""
    rows = [(escape(url), escape(registered.get(url, "not registered")), str(counts.get(url, 0))) for url in sorted({*counts, *registered})]
    return html.table(("Repository", "Registered as", "Applications"), rows, "None.", "Repositories")


def account(own: Account | None, username: str, told: Sequence[str], done: str, session: Session, action: str) -> str:
    """One's own account, and the form that changes its password."""
    if own is None:
        return f"<h1>Account</h1><p>{escape(username)} has no password here.</p>"
    good = f'<p class="good" role="status">{escape(done)}</p>' if done else ""
    about = html.fields(
        [("User", escape(own.name)), ("May", escape(", ".join(own.capabilities) or "nothing")), ("Tokens", str(len(own.tokens)))]
    )
    rule = f"{MIN_PASSWORD} to {MAX_PASSWORD} characters"
    return (
        f"<h1>Account</h1>{about}<h2>New password</h2>{html.problems(told)}{good}"
        f'<form method="post" action="{escape(action)}" class="form">{html.csrf(session)}'
        f"{html.field('currentPassword', 'Current password', kind='password')}"
        f"{html.field('newPassword', 'New password', kind='password', hint=rule)}<button>Change</button></form>"
    )
