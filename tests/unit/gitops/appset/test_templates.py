"""Functions and languages of ApplicationSet templates."""

from typing import Any

import pytest

from stackwright.gitops.appset.applications import application
from stackwright.gitops.appset.errors import RenderError
from stackwright.gitops.appset.names import normalised, slug
from stackwright.gitops.appset.templates import Templating, templating_of

GO = Templating(go=True)


def test_yaml_is_written_as_go_writes_it() -> None:
    value = {"number": 3, "text": "3", "truth": True, "word": "yes", "list": [{"a": None}]}
    assert GO.render("{{ toYaml .v }}", {"v": value}) == 'list:\n- a: null\nnumber: 3\ntext: "3"\ntruth: true\nword: "yes"'


@pytest.mark.parametrize(
    ("source", "want"),
    [
        ('{{ get (fromYaml "a: b") "a" }}', "b"),
        ('{{ fromYamlArray "- a\n- b" | last }}', "b"),
        ('{{ slugify "Feat/Hello World_1" }}', "feat-hello-world-1"),
        ('{{ "feat/hello" | slugify 6 false }}', "feat-h"),
        ('{{ "feat/hello" | slugify 6 true }}', "feat"),
        ('{{ normalize "A_b/C." }}', "a-b-c"),
    ],
)
def test_functions_of_our_own(source: str, want: str) -> None:
    assert GO.render(source.replace("\n", "\\n"), {}) == want


@pytest.mark.parametrize("source", ['{{ fromYaml "- a" }}', '{{ fromYamlArray "a" }}', "{{ slugify 1 2 3 4 }}", '{{ env "HOME" }}'])
def test_what_cannot_be_rendered_is_told(source: str) -> None:
    with pytest.raises(RenderError, match="failed to execute go template"):
        GO.render(source, {})


def test_names_are_replaced_only_where_they_are_known_texts() -> None:
    params = {"a": "1", "n": 2}
    assert Templating().render("{{a}} {{ a }} {{b}} {{n}} {{}}", params) == "1 1 {{b}} {{n}} {{}}"


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(RenderError, match="unrecognized option: missing=yes"):
        templating_of({"goTemplate": True, "goTemplateOptions": ["missing=yes"]})


def test_a_patch_changes_all_but_the_project() -> None:
    patch = "{{ if .auto }}spec: {project: theirs, syncPolicy: {automated: {prune: {{ .auto }}}}, source: {path: null}}{{ end }}"
    appset: dict[str, Any] = {"metadata": {"namespace": "argocd"}, "spec": {"templatePatch": patch}}
    template = {"metadata": {"name": "{{ .name }}"}, "spec": {"project": "ours", "source": {"path": "x", "repoURL": "r"}}}
    spec = {"project": "ours", "source": {"repoURL": "r"}, "syncPolicy": {"automated": {"prune": True}}}
    assert application(appset, template, {"name": "a", "auto": True}, GO)["spec"] == spec
    assert application(appset, template, {"name": "a", "auto": False}, GO)["spec"] == template["spec"]


def test_preserved_resources_need_no_finalizer() -> None:
    template = {"metadata": {"name": "a"}, "spec": {}}
    appset: dict[str, Any] = {"metadata": {"namespace": "argocd"}, "spec": {}}
    assert application(appset, template, {}, GO)["metadata"]["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]
    appset["spec"]["syncPolicy"] = {"preserveResourcesOnDeletion": True}
    assert "finalizers" not in application(appset, template, {}, GO)["metadata"]


def test_names_fit_where_they_go() -> None:
    assert normalised("-." + "A" * 300) == "a" * 251
    assert slug("x" * 60) == "x" * 50
    assert slug("Ünïcode & more") == "unicode-and-more"
