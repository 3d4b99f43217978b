"""Roles: what argocd-rbac-cm and projects let whom do."""

from typing import Any

import pytest

from stackwright.gitops.rbac import Policy, parse_policy, parse_scopes

POLICY = """
# deployers sync what belongs to one project, but never its database
p, role:deployer, applications, get, shop/*, allow
p, role:deployer, applications, sync, shop/*, allow
p, role:deployer, applications, sync, shop/database, deny
g, ann, role:deployer
g, "team leads", role:deployer
"""


def policy(**more: str) -> Policy:
    return parse_policy({"policy.csv": POLICY} | {key.replace("_", "."): value for key, value in more.items()})


@pytest.mark.parametrize(
    ("subjects", "asked", "may", "reason"),
    [
        (["admin"], ("applications", "sync", "any/thing"), True, "the administrator has role:admin without a word"),
        (["admin"], ("clusters", "get", "https://x"), True, "role:admin has role:readonly"),
        (["admin"], ("extensions", "invoke", "x"), False, "no built-in role speaks of extensions"),
        (["ann"], ("applications", "sync", "shop/web"), True, "through her role"),
        (["ann"], ("applications", "sync", "shop/database"), False, "a denial wins"),
        (["ann"], ("applications", "sync", "shop/ns/web"), True, "a star crosses slashes"),
        (["ann"], ("applications", "delete", "shop/web"), False, "nobody said so"),
        (["ben", "team leads"], ("applications", "get", "shop/web"), True, "through a group"),
        (["ben"], ("applications", "get", "shop/web"), False, "nobody knows him"),
        ([""], ("applications", "get", "shop/web"), False, "an empty subject is nobody"),
    ],
)
def test_a_subject_may_what_its_roles_allow(subjects: list[str], asked: tuple[str, str, str], may: bool, reason: str) -> None:
    assert policy().allows(subjects, *asked) is may, reason


def test_everybody_has_the_default_role() -> None:
    assert policy(policy_default="role:readonly").allows(["ben"], "applications", "get", "shop/web")


def test_further_files_are_joined() -> None:
    raw = {"policy.csv": "g, ben, role:x", "policy.more.csv": "p, role:x, projects, get, *, allow"}
    assert parse_policy(raw).allows(["ben"], "projects", "get", "shop")


def test_a_policy_that_cannot_be_read_leaves_the_built_in_roles_alone() -> None:
    found = parse_policy(
        {"policy.csv": "p, ann, applications, sync, */*, allow\np, ann, applications, sync, */*", "policy.default": "role:admin"}
    )
    assert "line 2" in found.problems[0]
    assert (found.allows(["ann"], "applications", "sync", "a/b"), found.allows(["admin"], "applications", "sync", "a/b")) == (False, True)


def test_roles_that_have_each_other_end() -> None:
    found = parse_policy({"policy.csv": "g, a, b\ng, b, a\np, a, projects, get, *, allow"})
    assert found.allows(["b"], "projects", "get", "x")


def test_patterns_are_regular_expressions_where_that_is_asked_for() -> None:
    raw = {"policy.csv": "p, ann, applications, (get|sync), ^shop/[a-z]+$, allow", "policy.matchMode": "regex"}
    found = parse_policy(raw)
    assert (found.allows(["ann"], "applications", "sync", "shop/web"), found.allows(["ann"], "applications", "sync", "shop/9")) == (
        True,
        False,
    )


def project(policies: list[str], groups: list[str] | None = None) -> dict[str, Any]:
    return {"metadata": {"name": "shop"}, "spec": {"roles": [{"name": "ci", "policies": policies, "groups": groups or []}]}}


def test_a_role_of_a_project_speaks_of_its_project_only() -> None:
    lines = ["p, proj:shop:ci, applications, sync, shop/*, allow", "p, proj:shop:ci, applications, sync, */*, allow"]
    found = parse_policy({}).with_project(project(lines, ["builders"]))
    assert found.allows(["proj:shop:ci"], "applications", "sync", "shop/web")
    assert found.allows(["cid", "builders"], "applications", "sync", "shop/web")
    assert found.allows(["proj:shop:ci"], "projects", "get", "shop")
    assert not found.allows(["proj:shop:ci"], "applications", "sync", "other/web")


@pytest.mark.parametrize(("text", "found"), [("", ("groups",)), ("[groups, email]", ("groups", "email")), ("'[email]'", ("email",))])
def test_scopes_are_listed(text: str, found: tuple[str, ...]) -> None:
    assert parse_scopes({"scopes": text.strip("'")}) == found
