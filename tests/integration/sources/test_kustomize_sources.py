"""Kustomizations, built by the real kustomize from what the repository holds."""

from typing import Any

import pytest

from stackwright.api.meta import name_of
from stackwright.gitops.ports import SourceError

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "registry.example.com/web:1"}]}
"""
CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {a: "1", b: "2"}\n'


async def build(repository: Any, sources: Any, request_for: Any, path: str = "app", **options: Any) -> Any:
    return await sources.render(request_for({"repoURL": repository.url, "path": path, "kustomize": options}))


async def test_old_forms_are_read_with_a_warning(repository, sources, request_for):
    repository.commit(
        {
            "base/kustomization.yaml": "resources: [deployment.yaml]\ncommonLabels: {team: blue}\n",
            "base/deployment.yaml": DEPLOYMENT,
            "overlays/prod/kustomization.yaml": "bases: [../../base]\nnamespace: production\nreplicas: [{name: web, count: 5}]\n"
            "images: [{name: registry.example.com/web, newTag: v2}]\npatches: [patches.yaml]\n",
            "overlays/prod/patches.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, annotations: {patched: 'yes'}}\n",
        }
    )
    rendered = await build(repository, sources, request_for, "overlays/prod")
    (deployment,) = rendered.objects
    assert rendered.source_types == ("Kustomize",)
    assert deployment["metadata"]["namespace"] == "production"
    assert deployment["metadata"]["annotations"] == {"patched": "yes"}
    assert deployment["spec"]["replicas"] == 5
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example.com/web:v2"
    assert deployment["spec"]["selector"]["matchLabels"] == {"app": "web", "team": "blue"}
    assert any("overlays/prod/kustomization.yaml" in warning for warning in rendered.warnings)


async def test_an_inline_patch_reaches_every_object_of_a_kind(repository, sources, request_for):
    application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: %s}\nspec: {project: default}\n"
    patch = "- op: add\n        path: /spec/syncPolicy\n        value: {automated: {prune: true}}"
    repository.commit(
        {
            "app/kustomization.yaml": "namespace: platform\nresources: [a.yaml, b.yaml]\n"
            f"patches:\n- target: {{kind: Application}}\n  patch: |-\n      {patch}\n",
            "app/a.yaml": application % "a",
            "app/b.yaml": application % "b",
        }
    )
    rendered = await build(repository, sources, request_for)
    assert [obj["spec"]["syncPolicy"] for obj in rendered.objects] == [{"automated": {"prune": True}}] * 2


async def test_the_options_of_the_application_are_edited_in(repository, sources, request_for):
    repository.commit(
        {
            "app/kustomization.yaml": "resources: [deployment.yaml, config.yaml]\n"
            "images: [{name: registry.example.com/web, newTag: '9'}]\n",
            "app/deployment.yaml": DEPLOYMENT,
            "app/config.yaml": CONFIG,
            "parts/extra/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [x.yaml]\n",
            "parts/extra/x.yaml": CONFIG.replace("conf", "extra"),
        }
    )
    rendered = await build(
        repository, sources, request_for, namePrefix="p-", nameSuffix="-s", namespace="ns",
        images=["registry.example.com/web=mirror.example.com/web:$ARGOCD_APP_NAME"], replicas=[{"name": "web", "count": "3"}],
        commonLabels={"app.kubernetes.io/part-of": "$ARGOCD_APP_NAME"}, labelWithoutSelector=True,
        commonAnnotations={"kept": "$ARGOCD_APP_NAME"}, components=["../parts/extra", "../parts/none"], ignoreMissingComponents=True,
        patches=[{"target": {"kind": "ConfigMap", "name": "conf"}, "patch": "- op: remove\n  path: /data/b"}],
    )  # fmt: skip
    by_name = {name_of(obj): obj for obj in rendered.objects}
    assert set(by_name) == {"p-web-s", "p-conf-s", "p-extra-s"}
    deployment, config = by_name["p-web-s"], by_name["p-conf-s"]
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "mirror.example.com/web:web"
    assert deployment["spec"]["replicas"] == 3
    assert deployment["spec"]["selector"]["matchLabels"] == {"app": "web"}
    assert config["metadata"]["labels"] == {"app.kubernetes.io/part-of": "web"}
    assert config["metadata"]["annotations"] == {"kept": "$ARGOCD_APP_NAME"}
    assert config["data"] == {"a": "1"}


async def test_generators_read_files_and_an_unregistered_version_is_served_with_a_warning(repository, sources, request_for):
    repository.commit(
        {
            "app/kustomization.yaml": "configMapGenerator:\n- name: files\n  files: [key=conf/app.ini, conf/other.ini]\n  envs: [x.env]\n"
            "generatorOptions: {disableNameSuffixHash: true}\n",
            "app/conf/app.ini": "[a]\n",
            "app/conf/other.ini": "[b]\n",
            "app/x.env": "K=V\n",
        }
    )
    rendered = await build(repository, sources, request_for, version="v5.0.0")
    assert rendered.objects[0]["data"] == {"key": "[a]\n", "other.ini": "[b]\n", "K": "V"}
    assert rendered.warnings == ("kustomize v5.0.0 is not registered; the built-in version was used",)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"kustomization.yaml": "resources: [https://example.com/x.yaml]"}, "remote base 'https://example.com/x.yaml' is refused"),
        ({"kustomization.yaml": "resources: ['github.com/org/repo?ref=v1']"}, "is refused"),
        ({"kustomization.yaml": "resources: [github.com/org/repo]"}, "no such file or directory"),
        ({"kustomization.yaml": "resources: [../../outside.yaml]"}, "path leads outside of the repository"),
        ({"kustomization.yaml": "resources: [/etc/passwd]"}, "absolute paths are not allowed"),
        ({"kustomization.yaml": "resources: [none.yaml]"}, "none.yaml: no such file or directory"),
        ({"kustomization.yaml": "resources: [x.yaml]", "Kustomization": "{}", "x.yaml": CONFIG}, "Found multiple kustomization files"),
        ({"kustomization.yaml": "nonsense: true"}, "kustomize build"),
        ({"kustomization.yaml": "configMapGenerator: [{name: x, files: [/etc/hostname]}]"}, "kustomize build"),
        ({"kustomization.yaml": "resources: [."}, "invalid Kustomization"),
        ({"kustomization.yaml": "resources: [x.yaml]", "x.yaml": "kind: [}"}, "kustomize build"),
    ],
)
async def test_what_cannot_be_built_says_why(repository, sources, request_for, files, expected):
    repository.commit({f"app/{name}": text for name, text in files.items()})
    with pytest.raises(SourceError) as caught:
        await sources.render(request_for({"repoURL": repository.url, "path": "app"}))
    assert expected in caught.value.message
    assert "/tmp" not in caught.value.message


async def test_a_link_out_of_the_repository_is_refused(repository, sources, request_for):
    repository.commit({"app/kustomization.yaml": "resources: [x.yaml]"}, links={"app/x.yaml": "../../../etc/passwd"})
    with pytest.raises(SourceError, match="out-of-bounds symlinks"):
        await build(repository, sources, request_for)
