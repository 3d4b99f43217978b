"""What counts as a difference, and what does not."""

import json
import time
from typing import Any

import pytest

from stackwright.apiserver.builtin.schemas import schema_of
from stackwright.gitops.diff import DiffOptions, compare, compare_applied, compare_dry_run
from stackwright.gitops.diff.expressions import deleted, is_plain
from stackwright.gitops.diff.ignore import problems_of
from stackwright.gitops.diff.masks import hidden
from stackwright.gitops.diff.respect import with_ignored_fields_of
from stackwright.kernel.errors import BadInput

LAST = "kubectl.kubernetes.io/last-applied-configuration"
DEPLOYMENT = schema_of("apps", "v1", "Deployment")


def config_map(data: dict[str, str] | None = None, applied: Any = None, **fields: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "settings", "namespace": "team"}
    if applied is not None:
        metadata["annotations"] = {LAST: json.dumps(applied)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **({"data": data} if data is not None else {}), **fields}


def deployment(containers: list[dict[str, Any]], **spec: Any) -> dict[str, Any]:
    template = {"spec": {"containers": containers}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": template, **spec}}


def test_fields_that_only_live_are_no_difference() -> None:
    assert not compare(config_map({"a": "1"}), config_map({"a": "1", "b": "2"})).modified


def test_a_field_that_was_applied_and_is_wanted_no_more_is_a_difference() -> None:
    before = config_map({"a": "1", "b": "2"})
    assert compare(config_map({"a": "1"}), config_map({"a": "1", "b": "2"}, applied=before)).predicted["data"] == {"a": "1"}


def test_a_field_taken_out_that_the_server_fills_in_again_is_no_difference() -> None:
    live = {**deployment([], replicas=1), "metadata": {"name": "web", "annotations": {LAST: json.dumps(deployment([], replicas=1))}}}
    options = DiffOptions(defaulted=lambda obj: {**obj, "spec": {"replicas": 1, **obj["spec"]}})
    assert compare(deployment([]), live, DiffOptions(), DEPLOYMENT).modified
    assert not compare(deployment([]), live, options, DEPLOYMENT).modified


@pytest.mark.parametrize(
    "container",
    [
        {"resources": {"requests": {"cpu": "1000m"}}},
        {"resources": {"requests": {"cpu": 1}}},
        {"env": [{"name": "EMPTY", "value": ""}]},
        {"stdin": False},
        {"args": []},
    ],
    ids=["another-spelling", "a-number", "an-empty-text", "a-false-that-is-left-out", "an-empty-list"],
)
def test_values_that_the_server_writes_otherwise_are_no_difference(container: dict[str, Any]) -> None:
    stored = {"name": "web", "resources": {"requests": {"cpu": "1"}}, "env": [{"name": "EMPTY"}]}
    assert not compare(deployment([{"name": "web", **container}]), deployment([stored]), None, DEPLOYMENT).modified


def test_a_false_that_means_something_is_a_difference() -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}
    wanted = {**account, "automountServiceAccountToken": False}
    assert compare(wanted, account, None, schema_of("", "v1", "ServiceAccount")).modified


def test_empty_values_of_custom_kinds_are_kept_as_they_are() -> None:
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    assert compare({**thing, "spec": {"list": []}}, {**thing, "spec": {}}).modified


def test_status_does_not_count_unless_asked_for() -> None:
    wanted, live = config_map(status={"a": 1}), config_map(status={"a": 2})
    assert not compare(wanted, live).modified
    assert compare(wanted, live, DiffOptions(ignored_status="none")).modified
    assert compare(wanted, live, DiffOptions(ignored_status="crd")).modified


def test_no_argument_is_changed() -> None:
    wanted, live = config_map({"a": "1"}), config_map({"a": "2", "b": "3"}, applied=config_map({"b": "3"}))
    texts = json.dumps([wanted, live])
    compare(wanted, live, DiffOptions(rules=[{"group": "", "kind": "ConfigMap", "jsonPointers": ["/data/a"]}]))
    assert json.dumps([wanted, live]) == texts


def test_an_expression_that_cannot_be_read_is_told() -> None:
    rules = [{"group": "*", "kind": "*", "jqPathExpressions": [".data["]}]
    with pytest.raises(BadInput, match="cannot be read"):
        compare(config_map(), config_map(), DiffOptions(rules))


def test_every_expression_that_cannot_be_read_is_named_by_its_field() -> None:
    rules = [{"jqPathExpressions": [".data", ".data["]}, {"jsonPointers": ["/a"]}, {"jqPathExpressions": ["nope("]}]
    fields = ["spec.ignoreDifferences[0].jqPathExpressions[1]", "spec.ignoreDifferences[2].jqPathExpressions[0]"]
    assert [problem.partition(":")[0] for problem in problems_of(rules)] == fields


def test_an_expression_that_never_ends_is_ended() -> None:
    start = time.monotonic()
    assert deleted(".a | until(false; .)", {"a": 1}) is None
    assert time.monotonic() - start < 3


def test_an_expression_that_is_not_plain_still_counts() -> None:
    expression = '.data | to_entries[] | select(.key | test("^(a|b)$")) | .key as $k | $k'
    assert not is_plain(expression)
    assert deleted('.data[("a","b") as $k | $k]', {"data": {"a": 1, "c": 2, "b": 3}}) == {"data": {"c": 2}}


@pytest.mark.parametrize(
    ("expression", "plain"),
    [
        (".spec.replicas", True),
        ('.spec.template.spec.containers[] | select(.name == "web") | .image', True),
        ('.metadata.annotations["a.b/c"]?', True),
        (".spec.range.while", True),
        (".. | .caBundle?", True),
        (".. | ..", False),
        ("range(1e9)", False),
        ("def f: f; f", False),
        ('.a | test("(a+)+$")', False),
        ('"a" * 1000000000', False),
        ("recurse", False),
        ('"\\(repeat(1))"', False),
    ],
)
def test_only_expressions_that_surely_end_run_in_this_process(expression: str, plain: bool) -> None:
    assert is_plain(expression) is plain


def test_a_server_side_apply_takes_away_what_it_applied_before() -> None:
    live = config_map({"a": "1", "b": "2"})
    fields = {"f:data": {"f:a": {}, "f:b": {}}}
    live["metadata"]["managedFields"] = [
        {"manager": "argocd-controller", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields}
    ]
    schema = schema_of("", "v1", "ConfigMap")
    assert compare_applied(config_map({"a": "1"}), live, DiffOptions(), schema).predicted["data"] == {"a": "1"}


def test_what_webhooks_add_counts_only_when_asked_for() -> None:
    fields = {"f:data": {"f:a": {}}}
    after = config_map({"a": "1", "injected": "x"})
    after["metadata"]["managedFields"] = [
        {"manager": "argocd-controller", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields}
    ]
    assert not compare_dry_run(after, config_map({"a": "1"}), DiffOptions()).modified
    assert compare_dry_run(after, config_map({"a": "1"}), DiffOptions(include_webhooks=True)).modified


def test_equal_secret_values_have_equal_masks_and_none_is_shown() -> None:
    secret: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    shown = hidden({**secret, "stringData": {"a": "x", "b": "new"}}, {**secret, "data": {"a": "eA==", "b": "b2xk"}})
    assert [obj and obj["data"] for obj in shown] == [{"a": "+" * 8, "b": "+" * 8}, {"a": "+" * 8, "b": "+" * 12}]


def test_respected_ignored_fields_are_applied_as_they_live_item_by_item() -> None:
    wanted = deployment([{"name": "web", "image": "a:2"}, {"name": "side", "image": "b:2"}])
    live = deployment([{"name": "side", "image": "b:1"}, {"name": "web", "image": "a:1"}])
    rule = {"group": "apps", "kind": "Deployment", "jqPathExpressions": ['.spec.template.spec.containers[] | select(.name == "web").image']}
    kept = with_ignored_fields_of(wanted, live, DiffOptions([rule]), DEPLOYMENT)
    assert kept["spec"]["template"]["spec"]["containers"] == [{"name": "web", "image": "a:1"}, {"name": "side", "image": "b:2"}]


RULE = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}


def cluster_role(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "r"}, **fields}


def test_rules_of_an_aggregated_role_count_unless_they_are_ignored() -> None:
    schema = schema_of("rbac.authorization.k8s.io", "v1", "ClusterRole")
    selector = {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}
    wanted, live = cluster_role(aggregationRule=selector, rules=[]), cluster_role(aggregationRule=selector, rules=[RULE])
    assert compare(wanted, live, None, schema).modified
    assert not compare(wanted, live, DiffOptions(ignore_aggregated_roles=True), schema).modified


@pytest.mark.parametrize("rules", [{}, {"rules": []}, {"rules": None}], ids=["absent", "empty", "null"])
def test_a_role_without_rules_is_the_same_however_it_says_so(rules: dict[str, Any]) -> None:
    schema = schema_of("rbac.authorization.k8s.io", "v1", "ClusterRole")
    assert not compare(cluster_role(**rules), cluster_role(rules=None), None, schema).modified


def test_a_null_is_no_value() -> None:
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    assert not compare({**thing, "spec": {"a": None}}, {**thing, "spec": {"a": None}}).modified
    assert compare({**thing, "spec": {"a": None}}, {**thing, "spec": {"a": 1}}).predicted["spec"] == {}
