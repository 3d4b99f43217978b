"""Charts in git, rendered by Helm itself."""

from typing import Any

import pytest

from stackwright.api.meta import name_of
from stackwright.gitops.ports import SourceError

CHART = "apiVersion: v2\nname: plain\nversion: 1.0.0\n"
TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-conf", namespace: "{{ .Release.Namespace }}"}
data:
  values: {{ .Values | toJson | quote }}
  kube: {{ .Capabilities.KubeVersion.Version }}
  custom: {{ .Capabilities.APIVersions.Has "example.com/v1/Thing" | quote }}
"""
CRD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n"
HOOK = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s, annotations: {helm.sh/hook: %s}}\n"


def chart(**more: str) -> dict[str, str]:
    files = {"Chart.yaml": CHART, "values.yaml": "a: chart\nb: {c: 1, d: 2}\n", "templates/conf.yaml": TEMPLATE}
    return {f"chart/{name}": text for name, text in {**files, **more}.items()}


async def render(repository: Any, sources: Any, request_for: Any, helm: Any = None, **fields: Any) -> Any:
    return await sources.render(request_for({"repoURL": repository.url, "path": "chart", "helm": helm or {}}, **fields))


def values_of(rendered: Any) -> Any:
    import json

    return json.loads(next(obj for obj in rendered.objects if obj["kind"] == "ConfigMap")["data"]["values"])


async def test_a_chart_renders_with_its_defaults(repository, sources, request_for):
    repository.commit(chart(**{"templates/NOTES.txt": "read me", "templates/_helpers.tpl": '{{ define "x" }}{{ end }}'}))
    rendered = await render(repository, sources, request_for, kube_version="1.33.1", api_versions=("example.com/v1/Thing",))
    (conf,) = rendered.objects
    assert rendered.source_types == ("Helm",)
    assert (name_of(conf), conf["metadata"]["namespace"]) == ("web-conf", "prod")
    assert (conf["data"]["kube"], conf["data"]["custom"]) == ("v1.33.1", "true")


async def test_values_go_from_files_over_inline_values_to_parameters(repository, sources, request_for):
    repository.commit(
        {
            **chart(
                **{
                    "one.yaml": "a: file\nb: {c: file}\nx: 1\nlist: [{size: 1}, {size: 2}]\n",
                    "more/two.yaml": "x: two\n",
                    "more/three.yaml": "z: 3\n",
                }
            ),
            "shared/root.yaml": "root: true\n",
        }
    )
    helm = {
        "valueFiles": ["one.yaml", "more/*.yaml", "/shared/root.yaml"],
        "values": "ignored: true",
        "valuesObject": {"b": {"d": "object"}, "a": "object"},
        "parameters": [
            {"name": "a", "value": "x,y"},
            {"name": "s", "value": "true", "forceString": True},
            {"name": "t", "value": "true"},
            {"name": "list[1].size", "value": "9"},
            {"name": "many", "value": "{p,q}"},
            {"name": "app", "value": "$ARGOCD_APP_NAME"},
        ],
        "fileParameters": [{"name": "file", "path": "more/three.yaml"}],
    }
    assert values_of(await render(repository, sources, request_for, helm)) == {
        "a": "x,y", "b": {"c": "file", "d": "object"}, "x": "two", "z": 3, "root": True, "s": "true", "t": True,
        "list": [{"size": 1}, {"size": 9}], "many": ["p", "q"], "app": "web", "file": "z: 3\n",
    }  # fmt: skip


async def test_value_files_may_lie_in_another_source(repository, new_repository, sources, request_for):
    other = new_repository("values.git")
    other.commit({"settings/values.yaml": "a: elsewhere\n"})
    repository.commit(chart())
    request = request_for(
        {"repoURL": other.url, "ref": "vals"},
        {"repoURL": repository.url, "path": "chart", "helm": {"valueFiles": ["$vals/settings/values.yaml"]}},
    )
    rendered = await sources.render(request)
    assert values_of(rendered)["a"] == "elsewhere"
    other.commit({"settings/values.yaml": "a: changed\n"})
    assert values_of(await sources.render(request))["a"] == "changed"


@pytest.mark.parametrize(
    ("helm", "kinds"),
    [
        ({}, ["ConfigMap", "CustomResourceDefinition", "Pod", "Pod"]),
        ({"skipCrds": True}, ["ConfigMap", "Pod", "Pod"]),
        ({"skipTests": True}, ["ConfigMap", "CustomResourceDefinition", "Pod"]),
    ],
)
async def test_definitions_and_hooks_belong_to_the_application(repository, sources, request_for, helm, kinds):
    hooks = {"templates/hook.yaml": HOOK % ("h", "pre-install"), "templates/tests/t.yaml": HOOK % ("t", "test")}
    repository.commit(chart(**{"crds/c.yaml": CRD, **hooks}))
    assert sorted(obj["kind"] for obj in (await render(repository, sources, request_for, helm)).objects) == kinds


async def test_dependencies_beside_the_chart_are_built_in(repository, sources, request_for):
    parent = CHART + "dependencies:\n- {name: child, version: 1.x, repository: 'file://../child', alias: kid, condition: kid.on}\n"
    repository.commit(
        {**chart(**{"Chart.yaml": parent}), "child/Chart.yaml": CHART.replace("plain", "child"), "child/templates/c.yaml": CRD}
    )
    kinds = [obj["kind"] for obj in (await render(repository, sources, request_for)).objects]
    assert sorted(kinds) == ["ConfigMap", "CustomResourceDefinition"]
    off = {"valuesObject": {"kid": {"on": False}}}
    assert [obj["kind"] for obj in (await render(repository, sources, request_for, off)).objects] == ["ConfigMap"]


@pytest.mark.parametrize(
    ("more", "helm", "expected"),
    [
        ({}, {"valueFiles": ["none.yaml"]}, "none.yaml: no such file or directory"),
        ({}, {"valueFiles": ["none/*.yaml"]}, 'values file glob "none/*.yaml" matched no files'),
        ({}, {"valueFiles": ["../../out.yaml"]}, "path leads outside of the repository"),
        ({}, {"valueFiles": ["file:///etc/passwd"]}, "the URL scheme 'file' is not allowed"),
        ({}, {"values": "[1]"}, "the values are no mapping"),
        ({"templates/bad.yaml": "{{ .Values.a.b.c }}"}, {}, "bad.yaml"),
        ({"templates/bad.yaml": '{{ fail "no luck" }}'}, {}, "no luck"),
        ({"Chart.yaml": CHART + "kubeVersion: '>=1.99'\n"}, {"kubeVersion": "1.30.0"}, "chart requires kubeVersion: >=1.99"),
        ({"Chart.yaml": CHART + "dependencies: [{name: gone, version: 1.x}]\n"}, {}, "missing in charts/ directory: gone"),
        ({"Chart.yaml": CHART + "type: library\n"}, {}, "library charts are not installable"),
        ({"values.schema.json": '{"required": ["zzz"]}'}, {}, "zzz"),
        ({}, {"releaseName": "x" * 60}, "release name"),
        ({"Chart.yaml": CHART + "dependencies: [{name: up, version: 1.x, repository: 'file://../..'}]\n"}, {}, "path leads outside"),
    ],
)
async def test_what_cannot_be_rendered_says_why(repository, sources, request_for, more, helm, expected):
    repository.commit(chart(**more))
    with pytest.raises(SourceError, match="helm template") as caught:
        await render(repository, sources, request_for, helm)
    assert expected in caught.value.message
    assert "/tmp" not in caught.value.message


async def test_missing_value_files_and_a_broken_schema_can_be_ignored(repository, sources, request_for):
    repository.commit(chart(**{"values.schema.json": '{"required": ["zzz"]}'}))
    helm = {"valueFiles": ["none.yaml", "none/*.yaml"], "ignoreMissingValueFiles": True, "skipSchemaValidation": True}
    assert values_of(await render(repository, sources, request_for, helm))["a"] == "chart"
