"""Kustomizations as people have them, old spellings included, through packages of a running platform."""

import json
from pathlib import Path

import pytest

from .conftest import Platform, until

pytestmark = pytest.mark.platform

APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: cnoe://content, targetRevision: HEAD, path: {path}}}
  destination: {{server: "https://kubernetes.default.svc", namespace: {namespace}}}
  syncPolicy: {{automated: {{prune: true, selfHeal: true}}, syncOptions: [CreateNamespace=true]}}
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx:1.27}]}
"""
REPLICAS = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n"
OVERLAY = (
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nbases:\n- ../../base\nnamePrefix: prod-\npatches:\n- patches.yaml\n"
)
CHILD = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: child, namespace: argocd}
spec:
  project: default
  source: {repoURL: "https://127.0.0.1:1/none.git", targetRevision: HEAD, path: "."}
  destination: {server: "https://kubernetes.default.svc", namespace: child}
"""
ROOT = """resources:
- child-app.yaml
patches:
- target:
    kind: Application
  patch: |-
    - op: add
      path: /spec/syncPolicy
      value:
        automated:
          prune: true
          selfHeal: true
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return folder


def test_a_base_with_an_old_style_overlay_is_deployed(platform: Platform, tmp_path: Path) -> None:
    files = {
        "app.yaml": APPLICATION.format(name="overlaid", path="overlays/production", namespace="production"),
        "content/base/kustomization.yaml": "resources:\n- deployment.yaml\n",
        "content/base/deployment.yaml": DEPLOYMENT,
        "content/overlays/production/kustomization.yaml": OVERLAY,
        "content/overlays/production/patches.yaml": REPLICAS,
    }
    platform.create("--package", str(write(tmp_path / "old", files)))
    found = platform.get("/apis/apps/v1/namespaces/production/deployments/prod-web")
    assert (found["spec"]["replicas"], found["status"]["readyReplicas"]) == (2, 2)


def test_an_inline_patch_on_applications_gives_them_automation(platform: Platform, tmp_path: Path) -> None:
    files = {
        "app.yaml": APPLICATION.format(name="parent", path=".", namespace="argocd"),
        "content/kustomization.yaml": ROOT,
        "content/child-app.yaml": CHILD,
    }
    platform.create("--package", str(write(tmp_path / "patched", files)), check=False)

    def policy() -> object:
        found = platform.get("/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/child")
        return ((found.get("spec") or {}).get("syncPolicy") or {}).get("automated")

    assert until(policy) == {"prune": True, "selfHeal": True}


def test_an_application_that_kubectl_applies_says_why_its_chart_cannot_be_had(platform: Platform, tmp_path: Path) -> None:
    chart = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "charted", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://127.0.0.1:1/charts", "targetRevision": "0.9.9", "chart": "external-secrets"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "external-secrets-system"},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}, "syncOptions": ["CreateNamespace=true"]},
        },
    }
    file = tmp_path / "chart.yaml"
    file.write_text(json.dumps(chart))
    assert "created" in platform.kubectl("apply", "-f", str(file))

    def condition() -> str:
        found = platform.get("/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/charted")
        return next(
            (item["message"] for item in (found.get("status") or {}).get("conditions") or () if item["type"] == "ComparisonError"), ""
        )

    assert "127.0.0.1:1" in until(condition)
    platform.kubectl("delete", "-f", str(file))
