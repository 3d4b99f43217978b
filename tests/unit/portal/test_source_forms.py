"""Sources of Applications as fields of a form, and back."""

from typing import Any

import pytest

from stackwright.portal import source_forms

HELM = {
    "repoURL": "https://h/r",
    "path": "chart",
    "targetRevision": "main",
    "helm": {
        "valueFiles": ["a.yaml", "b.yaml"],
        "parameters": [{"name": "image.tag", "value": "5"}, {"name": "port", "value": "80", "forceString": True}],
        "valuesObject": {"replicas": 2},
        "fileParameters": [{"name": "x", "path": "y"}],
    },
}
KUSTOMIZE = {
    "repoURL": "https://h/r",
    "path": "k",
    "kustomize": {"images": ["web:2"], "namePrefix": "a-", "replicas": [{"name": "web", "count": 3}], "patches": [{"path": "p.yaml"}]},
}
PLUGIN = {"repoURL": "https://h/r", "path": "p", "plugin": {"name": "own", "env": [{"name": "A", "value": "b=c"}]}}
DIRECTORY = {"repoURL": "https://h/r", "path": "d", "directory": {"recurse": True, "jsonnet": {"libs": ["x"]}}}


def posted(source: dict[str, Any], tool: str, **changed: str) -> dict[str, str]:
    fields = source_forms.fields_of(source, tool) | {name.replace("__", "."): value for name, value in changed.items()}
    return {f"0.{name}": value for name, value in fields.items()}


@pytest.mark.parametrize(("source", "tool"), [(HELM, "helm"), (KUSTOMIZE, "kustomize"), (PLUGIN, "plugin"), (DIRECTORY, "directory")])
def test_a_form_that_nobody_changed_changes_nothing(source: dict[str, Any], tool: str) -> None:
    assert source_forms.sources_from(posted(source, tool), [source], [tool]) == ([source], {})


def test_parameters_are_changed_and_what_the_form_does_not_show_stays() -> None:
    form = posted(HELM, "helm", helm__parameters="image.tag=6")
    [made], problems = source_forms.sources_from(form, [HELM], ["helm"])
    assert (made["helm"]["parameters"], made["helm"]["fileParameters"], problems) == (
        [{"name": "image.tag", "value": "6"}],
        [{"name": "x", "path": "y"}],
        {},
    )


def test_what_is_wrong_is_told_at_its_field() -> None:
    form = posted(HELM, "helm", helm__values="a: [", helm__parameters="nothing", repoURL="")
    assert set(source_forms.sources_from(form, [HELM], ["helm"])[1]) == {"0.helm.values", "0.helm.parameters", "0.repoURL"}
    form = posted(KUSTOMIZE, "kustomize", kustomize__images="a b", kustomize__replicas="web=many")
    assert set(source_forms.sources_from(form, [KUSTOMIZE], ["kustomize"])[1]) == {"0.kustomize.images", "0.kustomize.replicas"}


def test_each_of_several_sources_has_its_own_fields() -> None:
    sources = [HELM, KUSTOMIZE]
    form = posted(HELM, "helm") | {f"1.{name[2:]}": value for name, value in posted(KUSTOMIZE, "kustomize", path="other").items()}
    made, _ = source_forms.sources_from(form, sources, ["helm", "kustomize"])
    assert (made[0], made[1]["path"]) == (HELM, "other")


def test_automation_is_switched_and_other_policy_stays() -> None:
    policy = {"automated": {"prune": True, "allowEmpty": True}, "retry": {"limit": 3}}
    assert source_forms.options_from({"automated": "true", "selfHeal": "true"}, policy) == {
        "automated": {"allowEmpty": True, "prune": False, "selfHeal": True},
        "retry": {"limit": 3},
    }
    assert source_forms.options_from({"syncOptions": "Replace=true"}, policy) == {"retry": {"limit": 3}, "syncOptions": ["Replace=true"]}
