"""What projects have from global ones."""

from typing import Any

import pytest

from stackwright.api.meta import ObjectKey
from stackwright.gitops.permissions import permits_kind
from stackwright.gitops.project.inheritance import global_projects, with_inherited


def project(name: str, labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels or {}}, "spec": spec}


PARENTS = {name: project(name, sourceRepos=[f"https://{name}"]) for name in ("base", "team")}


def rule(name: str, **selector: Any) -> dict[str, Any]:
    return {"projectName": name, "labelSelector": selector}


@pytest.mark.parametrize(
    ("rules", "want", "reason"),
    [
        ([rule("base", matchLabels={"kind": "app"})], ["base"], "by label"),
        ([rule("base", matchExpressions=[{"key": "kind", "operator": "In", "values": ["app"]}])], ["base"], "by expression"),
        ([rule("base", matchLabels={"kind": "other"}), rule("team", matchLabels={"kind": "app"})], ["team"], "a miss does not end it"),
        ([rule("base"), rule("team")], ["base", "team"], "no selector is for all; in order"),
        ([rule("self")], [], "nobody is its own parent"),
        ([rule("gone"), rule("base")], [], "one that is not there ends the search"),
    ],
)
def test_rules_name_the_parents(rules: list[dict[str, Any]], want: list[str], reason: str) -> None:
    known = {**PARENTS, "self": project("self")}
    found = global_projects(project("self", {"kind": "app"}), rules, known.get)
    assert [item["metadata"]["name"] for item in found] == want, reason


def test_lists_are_joined_and_the_rest_stays_the_projects_own() -> None:
    own = project("own", sourceRepos=["https://own"], roles=[{"name": "r"}])
    parent = project(
        "base",
        sourceRepos=["https://base"],
        destinations=[{"server": "*", "namespace": "*"}],
        syncWindows=[{"kind": "deny"}],
        roles=[{"name": "x"}],
        sourceNamespaces=["*"],
        orphanedResources={},
    )
    assert with_inherited(own, [parent])["spec"] == {
        "sourceRepos": ["https://own", "https://base"],
        "destinations": [{"server": "*", "namespace": "*"}],
        "syncWindows": [{"kind": "deny"}],
        "roles": [{"name": "r"}],
    }
    assert own["spec"]["sourceRepos"] == ["https://own"]


def test_a_list_that_nobody_has_stays_absent() -> None:
    config_map = ObjectKey("", "ConfigMap", "ns", "a")
    assert permits_kind(with_inherited(project("own"), [project("base")]), config_map, namespaced=True)
    narrowed = with_inherited(project("own"), [project("base", namespaceResourceWhitelist=[{"group": "apps", "kind": "*"}])])
    assert not permits_kind(narrowed, config_map, namespaced=True)
