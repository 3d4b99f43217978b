"""What a session may do with what."""

from typing import Any

import pytest

from stackwright.gitops.rbac import parse_policy
from stackwright.portal.access import Access, Forbidden
from stackwright.portal.sessions import Session

POLICY = parse_policy({"policy.csv": "p, ann, applications, get, shop/*, allow\np, ann, applications, sync, shop/web, allow"})
PROJECT = {
    "metadata": {"name": "shop"},
    "spec": {"roles": [{"name": "ci", "policies": ["p, proj:shop:ci, applications, get, shop/web, allow"]}]},
}
ANN, CI = Session("ann", ""), Session("proj:shop:ci", "")


def access() -> Access:
    return Access(lambda: POLICY, {"shop": PROJECT}.get, "argocd")


def app(name: str, project: str = "shop", namespace: str = "argocd") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"project": project}}


def test_only_what_may_be_seen_is_shown() -> None:
    apps = [app("web"), app("api"), app("web", "other")]
    assert access().visible(ANN, apps) == apps[:2]
    assert access().visible(CI, apps) == apps[:1]
    assert access().visible(Session("nobody", ""), apps) == []


def test_applications_elsewhere_are_named_with_their_namespace() -> None:
    assert (access().app_object(app("web")), access().app_object(app("web", namespace="team"))) == ("shop/web", "shop/team/web")


def test_a_refusal_says_what_was_not_allowed_to_whom() -> None:
    access().require_app(ANN, "sync", app("web"))
    with pytest.raises(Forbidden, match=r"^permission denied: applications, sync, shop/api, sub: ann, iat: 1970-01-01T00:00:00Z$"):
        access().require_app(ANN, "sync", app("api"))
    with pytest.raises(Forbidden):
        access().require_app(None, "get", app("web"))
