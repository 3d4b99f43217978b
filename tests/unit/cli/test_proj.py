"""What the commands of projects make of a spec."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.cli import proj_spec
from stackwright.cli.proj_roles import policy_line, with_role
from stackwright.cli.proj_windows import row, window_of, with_window
from stackwright.gitops.project import validation
from stackwright.kernel.errors import BadInput

ALLOWED, DENIED = proj_spec.CLUSTER_ALLOWED, proj_spec.CLUSTER_DENIED
ROLE = {"group": "rbac.authorization.k8s.io", "kind": "ClusterRole"}


@pytest.mark.parametrize(
    ("spec", "given", "want"),
    [
        ({}, {"src": ("a,b", "c")}, {"sourceRepos": ["a", "b", "c"]}),
        ({}, {"dest": ("https://k,n",)}, {"destinations": [{"server": "https://k", "namespace": "n"}]}),
        ({}, {"dest": ("*,*", "prod,n")}, {"destinations": [{"server": "*", "namespace": "*"}, {"name": "prod", "namespace": "n"}]}),
        (
            {},
            {"allow_cluster_resource": ("*/Namespace", "Node")},
            {ALLOWED: [{"group": "*", "kind": "Namespace"}, {"group": "", "kind": "Node"}]},
        ),
        ({}, {"orphaned_resources": True}, {"orphanedResources": {}}),
        ({"orphanedResources": {"ignore": []}}, {"orphaned_resources_warn": False}, {"orphanedResources": {"ignore": [], "warn": False}}),
        ({"orphanedResources": {}}, {"orphaned_resources": False}, {}),
        (
            {},
            {"dest_service_accounts": ("https://k,n,bot",)},
            {"destinationServiceAccounts": [{"server": "https://k", "namespace": "n", "defaultServiceAccount": "bot"}]},
        ),
    ],
    ids=["repositories", "server", "any and a name", "kinds", "orphans", "no warning", "no orphans", "account"],
)
def test_flags_change_a_project(spec: Any, given: Any, want: Any) -> None:
    assert proj_spec.with_flags(spec, given) == want


@pytest.mark.parametrize(
    ("given", "message"),
    [({"dest": ("x",)}, "--dest x: expected SERVER,NAMESPACE"), ({"deny_cluster_resource": ("a/b/c",)}, "expected GROUP/KIND")],
)
def test_a_flag_of_the_wrong_form_is_named(given: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        proj_spec.with_flags({}, given)


def test_entries_come_once_and_go() -> None:
    spec = proj_spec.with_entry({}, "sourceRepos", "a", "a")
    assert spec == {"sourceRepos": ["a"]}
    with pytest.raises(BadInput, match="already defined"):
        proj_spec.with_entry(spec, "sourceRepos", "a", "a")
    assert proj_spec.without_entry(spec, "sourceRepos", "a", "a") == {"sourceRepos": []}
    with pytest.raises(BadInput, match=r"b does not exist in the project \(there are: a\)"):
        proj_spec.without_entry(spec, "sourceRepos", "b", "b")


def test_a_kind_is_in_one_list_only() -> None:
    spec = proj_spec.with_kind({DENIED: [ROLE]}, ROLE, into=ALLOWED, out_of=DENIED)
    assert spec == {ALLOWED: [ROLE], DENIED: []}
    with pytest.raises(BadInput, match="already in"):
        proj_spec.with_kind(spec, ROLE, into=ALLOWED, out_of=DENIED)
    assert proj_spec.without_kind(spec, ROLE, ALLOWED) == {ALLOWED: [], DENIED: []}


def test_ignored_orphans_are_told_apart_by_their_name() -> None:
    spec = proj_spec.with_orphan_ignored({}, {"group": "", "kind": "ConfigMap"})
    spec = proj_spec.with_orphan_ignored(spec, {"group": "", "kind": "ConfigMap", "name": "a*"})
    left = proj_spec.without_orphan_ignored(spec, {"group": "", "kind": "ConfigMap", "name": ""})
    assert left["orphanedResources"]["ignore"] == [{"group": "", "kind": "ConfigMap", "name": "a*"}]


@pytest.mark.parametrize("target", ["*", "team/*"])
def test_a_policy_is_about_the_project(target: str) -> None:
    line = policy_line("team", "dev", resource="applications", action="sync", target=target, effect="allow")
    assert line == "p, proj:team:dev, applications, sync, team/*, allow"
    assert validation.policy_problems("team", "dev", line) == []


def test_one_role_is_changed() -> None:
    spec = {"roles": [{"name": "a"}, {"name": "b"}]}
    assert with_role(spec, "b", lambda role: {**role, "groups": ["g"]})["roles"] == [{"name": "a"}, {"name": "b", "groups": ["g"]}]
    with pytest.raises(BadInput, match=r"role 'c' does not exist in the project \(there are: a, b\)"):
        with_role(spec, "c", dict)


def test_windows_are_changed_by_number() -> None:
    made = window_of({}, {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ("a,b", "c"), "time_zone": "UTC"})
    assert made["applications"] == ["a", "b", "c"]
    spec = {"syncWindows": [made, {"kind": "allow"}]}
    assert with_window(spec, 0, lambda _: None) == {"syncWindows": [{"kind": "allow"}]}
    assert with_window(spec, 1, lambda window: window_of(window, {"manual_sync": True}))["syncWindows"][1] == {
        "kind": "allow",
        "manualSync": True,
    }
    with pytest.raises(BadInput, match="there is no window 2"):
        with_window(spec, 2, lambda window: window)


def test_a_window_is_told_in_a_line() -> None:
    window = {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["a"], "manualSync": True}
    told = row(0, window, datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC))
    assert told == ("0", "Active", "deny", "* * * * *", "1h", "a", "-", "-", "Enabled", "Disabled", "UTC", "Disabled")
