"""Packages, and the own account."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.gitops.application import status_of
from stackwright.portal import html
from stackwright.portal.accounts import MAX_PASSWORD, MIN_PASSWORD, Account
from stackwright.portal.sessions import Session


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
