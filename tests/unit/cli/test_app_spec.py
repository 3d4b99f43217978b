"""What the flags of `app create`, `set`, `unset` and `add-source` make of a spec."""

from typing import Any

import pytest

from stackwright.cli import app_spec
from stackwright.cli.app_source_spec import image_name, with_source_flags, without_flags
from stackwright.kernel.errors import BadInput

ONE = {"project": "default", "source": {"repoURL": "https://git/a", "path": "x"}, "destination": {"name": "in-cluster"}}
TWO = {"project": "default", "sources": [{"repoURL": "https://git/a", "name": "first"}, {"repoURL": "https://git/b"}]}


@pytest.mark.parametrize(
    ("source", "given", "want"),
    [
        ({}, {"repo": "r", "path": "p", "revision": "v1"}, {"repoURL": "r", "path": "p", "targetRevision": "v1"}),
        ({}, {"values": ("a.yaml", "b.yaml")}, {"helm": {"valueFiles": ["a.yaml", "b.yaml"]}}),
        (
            {"helm": {"parameters": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}], "releaseName": "r"}},
            {"helm_set": ("c=x=y",), "helm_set_string": ("a=9",)},
            {
                "helm": {
                    "parameters": [
                        {"name": "a", "value": "9", "forceString": True},
                        {"name": "b", "value": "2"},
                        {"name": "c", "value": "x=y"},
                    ],
                    "releaseName": "r",
                }
            },
        ),
        (
            {"kustomize": {"images": ["nginx:1", "other=b:2"]}},
            {"kustomize_image": ("nginx=mirror:5000/nginx:2",), "nameprefix": "p-"},
            {"kustomize": {"images": ["nginx=mirror:5000/nginx:2", "other=b:2"], "namePrefix": "p-"}},
        ),
        ({}, {"kustomize_replica": ("web=3",)}, {"kustomize": {"replicas": [{"name": "web", "count": 3}]}}),
        ({}, {"kustomize_common_label": ("a=b",)}, {"kustomize": {"commonLabels": {"a": "b"}}}),
        (
            {"directory": {"recurse": True}},
            {"jsonnet_tla_code": ("n=1",)},
            {"directory": {"recurse": True, "jsonnet": {"tlas": [{"name": "n", "value": "1", "code": True}]}}},
        ),
        ({"directory": {"recurse": True}}, {"directory_recurse": False}, {"directory": {"recurse": False}}),
    ],
    ids=["fields", "files of values replace", "parameters merge by name", "images merge", "replicas", "labels", "code", "off"],
)
def test_flags_change_a_source(source: Any, given: Any, want: Any) -> None:
    assert with_source_flags(source, given) == want


@pytest.mark.parametrize("given", [{"helm_set": ("a",)}, {"kustomize_replica": ("web=many",)}])
def test_a_value_of_the_wrong_form_names_its_flag(given: Any) -> None:
    with pytest.raises(BadInput, match=r"--(helm-set a|kustomize-replica web=many): expected NAME="):
        with_source_flags({}, given)


@pytest.mark.parametrize(
    ("image", "name"),
    [("nginx:1", "nginx"), ("nginx=a/b:2", "nginx"), ("host:5000/web", "host:5000/web"), ("web@sha256:12", "web")],
)
def test_an_override_is_about_one_image(image: str, name: str) -> None:
    assert image_name(image) == name


@pytest.mark.parametrize(
    ("spec", "given", "want"),
    [
        ({}, {"sync_policy": "auto", "auto_prune": True}, {"syncPolicy": {"automated": {"prune": True}}}),
        ({"syncPolicy": {"automated": {"prune": True}}}, {"sync_policy": "none"}, {}),
        (
            {"syncPolicy": {"automated": {"prune": True}}},
            {"self_heal": True},
            {"syncPolicy": {"automated": {"prune": True, "selfHeal": True}}},
        ),
        (
            {"syncPolicy": {"syncOptions": ["A=true", "B=true"]}},
            {"sync_option": ("!A=true", "B=false", "C=true")},
            {"syncPolicy": {"syncOptions": ["B=false", "C=true"]}},
        ),
        (
            {},
            {"sync_retry_limit": 3, "sync_retry_backoff_duration": "5s"},
            {"syncPolicy": {"retry": {"limit": 3, "backoff": {"duration": "5s"}}}},
        ),
        ({"syncPolicy": {"retry": {"limit": 3}}}, {"sync_retry_limit": 0}, {}),
        ({"destination": {"name": "a"}}, {"dest_namespace": "n"}, {"destination": {"name": "a", "namespace": "n"}}),
    ],
    ids=["automatic", "manual", "healing too", "options", "tries", "no tries", "namespace"],
)
def test_flags_change_the_rest_of_the_spec(spec: Any, given: Any, want: Any) -> None:
    assert app_spec.with_flags(spec, given) == want


def test_pruning_by_itself_needs_syncing_by_itself() -> None:
    with pytest.raises(BadInput, match="--auto-prune: the Application is not synced by itself"):
        app_spec.with_flags({}, {"auto_prune": True})


def test_one_of_several_sources_must_be_named() -> None:
    with pytest.raises(BadInput, match="several sources"):
        app_spec.with_flags(TWO, {"path": "y"})
    changed = app_spec.with_flags(TWO, {"path": "y"}, app_spec.position_of(TWO, None, "first"))
    assert changed["sources"] == [{"repoURL": "https://git/a", "name": "first", "path": "y"}, {"repoURL": "https://git/b"}]
    with pytest.raises(BadInput, match="2 sources"):
        app_spec.with_flags(TWO, {"path": "y"}, 3)
    with pytest.raises(BadInput, match="no source is called so"):
        app_spec.position_of(TWO, None, "third")


def test_sources_come_and_go() -> None:
    two = app_spec.with_added_source(ONE, {"repo": "https://git/b", "ref": "v"})
    assert "source" not in two
    assert two["sources"] == [ONE["source"], {"repoURL": "https://git/b", "ref": "v"}]
    assert app_spec.without_source(two, 1)["sources"] == [{"repoURL": "https://git/b", "ref": "v"}]
    with pytest.raises(BadInput, match="only source"):
        app_spec.without_source(app_spec.without_source(two, 1), 1)


def test_what_is_unset_is_gone_with_what_it_leaves_empty() -> None:
    source = {"path": "x", "kustomize": {"images": ["a:1"], "namePrefix": "p"}, "helm": {"parameters": [{"name": "a"}, {"name": "b"}]}}
    given = {"kustomize_image": ("a",), "nameprefix": True, "parameter": ("b",)}
    assert without_flags(source, given) == {"path": "x", "helm": {"parameters": [{"name": "a"}]}}
