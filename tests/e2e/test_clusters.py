"""Deploying to a second cluster."""

import json
from pathlib import Path

import pytest

from .conftest import Platform, free_port

pytestmark = pytest.mark.platform

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: far}\ndata: {place: second}\n---\n"
MANIFEST += "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n"
MANIFEST += "  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: nginx}]}\n"
APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: far, namespace: argocd}
spec:
  project: default
  source: {repoURL: %s, path: ., targetRevision: main}
  destination: {name: second, namespace: shop}
  syncPolicy: {automated: {}, syncOptions: [CreateNamespace=true]}
"""


def test_an_application_is_deployed_to_a_registered_cluster_which_then_cannot_be_removed_by_mistake(
    platform: Platform, tmp_path: Path
) -> None:
    command = platform.shell.stackwright
    kubeconfig = command("cluster", "create", "far-away", "--port", str(free_port())).stdout.strip()
    try:
        added = command("cluster", "add", "far-away", "--name", "second", "--label", "region=north", "--platform", platform.name)
        assert "added as 'second'" in added.stdout
        again = command("cluster", "add", "far-away", "--name", "second", "--platform", platform.name, check=False)
        assert (again.returncode, "--upsert" in again.stderr) == (2, True)
        listed = json.loads(command("cluster", "list", "-o", "json").stdout)
        assert [(item["name"], item["registered"]) for item in listed] == [("far-away", f"{platform.name}: second")]
        platform.publish("far", {"all.yaml": MANIFEST}, tmp_path)
        (tmp_path / "app.yaml").write_text(APPLICATION % f"https://localhost:{platform.port}/gitea/giteaAdmin/far.git")
        platform.kubectl("apply", "-f", str(tmp_path / "app.yaml"))
        for state in ("{.status.sync.status}=Synced", "{.status.health.status}=Healthy"):
            platform.kubectl("wait", "-n", "argocd", "application/far", f"--for=jsonpath={state}", "--timeout=40s")
        there = platform.shell.run("kubectl", "--kubeconfig", kubeconfig, "get", "configmap", "far", "-n", "shop", "-o", "json").stdout
        assert json.loads(there)["data"] == {"place": "second"}
        assert platform.kubectl("get", "namespace", "shop", check=False) == ""
        refused = command("cluster", "rm", "second", "--platform", platform.name, check=False)
        assert (refused.returncode, "far" in refused.stderr) == (2, True)
        platform.kubectl("delete", "application", "far", "-n", "argocd", "--timeout=30s")
        command("cluster", "rm", "second", "--platform", platform.name)
        accounts = platform.shell.run("kubectl", "--kubeconfig", kubeconfig, "get", "sa", "-n", "kube-system", "-o", "name").stdout
        assert f"stackwright-{platform.name}" not in accounts
    finally:
        command("cluster", "delete", "far-away")


def test_an_account_that_may_read_one_namespace_only_is_enough_for_that_namespace(platform: Platform, tmp_path: Path) -> None:
    command = platform.shell.stackwright
    kubeconfig = Path(command("cluster", "create", "narrow", "--port", str(free_port())).stdout.strip())

    def there(*arguments: str) -> str:
        return platform.shell.run("kubectl", "--kubeconfig", str(kubeconfig), *arguments).stdout

    try:
        there("create", "namespace", "shop")
        there("create", "serviceaccount", "deployer", "-n", "shop")
        there("create", "role", "all", "--verb=*", "--resource=*.*", "-n", "shop")
        there("create", "rolebinding", "all", "--role=all", "--serviceaccount=shop:deployer", "-n", "shop")
        token = there("create", "token", "deployer", "-n", "shop").strip()
        config = json.loads(kubeconfig.read_text())
        config["users"][0]["user"] = {"token": token}
        own = tmp_path / "own.json"
        own.write_text(json.dumps(config))
        add = ("cluster", "add", "--kubeconfig", str(own), "--name", "narrow", "--namespace", "shop", "--platform", platform.name)
        refused = command(*add, check=False)
        assert (refused.returncode, "--own-credentials" in refused.stderr) == (2, True)
        command(*add, "--own-credentials")
        platform.publish("narrow", {"all.yaml": MANIFEST}, tmp_path)
        app = APPLICATION.replace("name: far", "name: narrow").replace("name: second", "name: narrow").replace("CreateNamespace=true", "")
        (tmp_path / "app.yaml").write_text(app % f"https://localhost:{platform.port}/gitea/giteaAdmin/narrow.git")
        platform.kubectl("apply", "-f", str(tmp_path / "app.yaml"))
        for state in ("{.status.sync.status}=Synced", "{.status.health.status}=Healthy"):
            platform.kubectl("wait", "-n", "argocd", "application/narrow", f"--for=jsonpath={state}", "--timeout=40s")
        assert json.loads(there("get", "configmap", "far", "-n", "shop", "-o", "json"))["data"] == {"place": "second"}
        platform.kubectl("delete", "application", "narrow", "-n", "argocd", "--timeout=30s")
        command("cluster", "rm", "narrow", "--platform", platform.name)
        command("cluster", "add", "narrow", "--namespace", "shop", "--platform", platform.name)
        bound = there("get", "rolebindings", "-n", "shop", "-o", "name") + there("get", "clusterrolebindings", "-o", "name")
        mine = [line for line in bound.splitlines() if f"stackwright-{platform.name}" in line]
        assert mine == [f"rolebinding.rbac.authorization.k8s.io/stackwright-{platform.name}"]
        command("cluster", "rm", "narrow", "--platform", platform.name)
    finally:
        command("cluster", "delete", "narrow")
