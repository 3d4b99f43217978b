"""What a platform engineer gets."""

import json
import os
import signal
from pathlib import Path

import pytest

from .conftest import Platform, Shell, until

pytestmark = pytest.mark.platform

APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: cnoe://manifests, targetRevision: HEAD, path: "."}}
  destination: {{server: "https://kubernetes.default.svc", namespace: {name}}}
  syncPolicy: {{automated: {{prune: true, selfHeal: true}}, syncOptions: [CreateNamespace=true]}}
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata: {{text: {text}}}\n"


def package(folder: Path, name: str) -> Path:
    (folder / "manifests").mkdir(parents=True)
    (folder / "app.yaml").write_text(APPLICATION.format(name=name))
    (folder / "manifests" / "settings.yaml").write_text(CONFIG.format(text="first"))
    return folder


def text_of(platform: Platform, namespace: str) -> str:
    found = platform.get(f"/api/v1/namespaces/{namespace}/configmaps/settings")
    return str((found.get("data") or {}).get("text", ""))


def test_all_applications_are_well_and_every_url_answers(platform: Platform) -> None:
    listed = json.loads(platform.shell.stackwright("get", "apps", "--name", "shared", "-o", "json").stdout)
    states = {app["name"]: (app["sync"], app["health"]) for app in listed}
    assert {states[name] for name in ("argocd", "gitea", "nginx", "platform")} == {("Synced", "Healthy")}
    certificate = str(platform.folder / "tls" / "ca.crt")
    for path in ("/", "/gitea/", "/gitea/api/v1/version", "/readyz"):
        answer = platform.shell.run("curl", "-sf", "--cacert", certificate, f"https://localhost:{platform.port}{path}")
        assert answer.stdout


def test_create_is_safe_to_run_again(platform: Platform) -> None:
    before = platform.get("/api/v1/namespaces/argocd")["metadata"]["uid"]
    assert "Finished Creating IDP Successfully" in platform.create().stdout
    assert platform.get("/api/v1/namespaces/argocd")["metadata"]["uid"] == before


def test_our_own_services_run_on_a_node_that_says_so(platform: Platform) -> None:
    pods = json.loads(platform.kubectl("get", "pods", "-n", "gitea", "-o", "json"))["items"]
    assert {pod["spec"]["nodeName"] for pod in pods} == {"stackwright"}


def test_a_package_is_deployed_followed_and_removed(platform: Platform, tmp_path: Path) -> None:
    folder = package(tmp_path / "followed", "followed")
    platform.create("--package", str(folder))
    assert text_of(platform, "followed") == "first"
    (folder / "manifests" / "settings.yaml").write_text(CONFIG.format(text="second"))
    until(lambda: text_of(platform, "followed") == "second")
    (folder / "manifests" / "settings.yaml").unlink()
    (folder / "manifests" / "other.yaml").write_text(CONFIG.format(text="third").replace("settings", "other"))
    until(lambda: platform.get("/api/v1/namespaces/followed/configmaps/settings").get("code") == 404)
    platform.create()
    until(lambda: platform.get("/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/followed").get("code") == 404)
    until(lambda: platform.get("/api/v1/namespaces/followed/configmaps/other").get("code") == 404)


def test_a_push_is_live_and_a_manual_change_is_healed(platform: Platform, tmp_path: Path) -> None:
    platform.create("--package", str(package(tmp_path / "pushed", "pushed")))
    work = tmp_path / "clone"
    platform.git("clone", "-q", platform.clone_url("idpbuilder-shared-pushed-manifests"), str(work))
    (work / "settings.yaml").write_text(CONFIG.format(text="pushed"))
    platform.git("commit", "-qam", "Change", cwd=work)
    platform.git("push", "-q", cwd=work)
    until(lambda: text_of(platform, "pushed") == "pushed", 5)
    platform.kubectl("patch", "configmap", "settings", "-n", "pushed", "--type", "merge", "-p", '{"data":{"text":"by hand"}}')
    until(lambda: text_of(platform, "pushed") == "pushed", 5)
    platform.kubectl("delete", "configmap", "settings", "-n", "pushed")
    until(lambda: text_of(platform, "pushed") == "pushed", 10)


def test_changing_the_settings_in_git_changes_the_running_engine(platform: Platform, tmp_path: Path) -> None:
    work = tmp_path / "config"
    platform.git("clone", "-q", platform.clone_url("platform-config"), str(work))
    file = work / "argocd" / "config.yaml"
    file.write_text(file.read_text().replace("timeout.reconciliation: 60s", "timeout.reconciliation: 77s"))
    platform.git("commit", "-qam", "Look less often", cwd=work)
    platform.git("push", "-q", cwd=work)

    def interval() -> str:
        return str(platform.get("/api/v1/namespaces/argocd/configmaps/argocd-cm")["data"]["timeout.reconciliation"])

    until(lambda: interval() == "77s")


def test_a_custom_file_replaces_an_object_of_a_core_package(own_platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "nginx.yaml"
    custom = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ingress-nginx-controller}\ndata: {host: '{{ .Host }}'}\n"
    file.write_text(custom + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: added}\n")
    own_platform.create("--package-custom-file", f"nginx:{file}")

    def data() -> object:
        return own_platform.get("/api/v1/namespaces/ingress-nginx/configmaps/ingress-nginx-controller").get("data")

    until(lambda: data() == {"host": "localhost"})
    until(lambda: own_platform.get("/api/v1/namespaces/ingress-nginx/configmaps/added").get("kind") == "ConfigMap")


def test_what_cannot_be_rendered_is_told_and_stops_nobody(platform: Platform, tmp_path: Path) -> None:
    folder = package(tmp_path / "mixed", "good")
    broken = APPLICATION.format(name="broken").replace("cnoe://manifests", "https://127.0.0.1:1/nowhere.git")
    (folder / "broken.yaml").write_text(broken)
    done = platform.create("--package", str(folder), check=False)
    assert done.returncode == 4, done.stderr
    assert "broken" in done.stderr
    assert "stackwright app get broken" in done.stderr
    assert "Finished" not in done.stdout
    assert text_of(platform, "good") == "first"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--package", "/nowhere/at/all"], "/nowhere/at/all"),
        (["--timeout", "soon"], "soon"),
        (["--name", "Not A Name"], "Not A Name"),
        (["--package-custom-file", "argocd"], "<package-name>:<path-to-file>"),
        (["--package-custom-file", "nobody:/x.yaml"], "nobody"),
        (["--package-custom-file", "argocd:/nowhere.yaml"], "/nowhere.yaml"),
    ],
)
def test_bad_input_is_refused_naming_it(shell: Shell, arguments: list[str], named: str) -> None:
    done = shell.stackwright("create", *arguments, check=False)
    assert done.returncode == 2
    assert named in done.stderr


def test_a_dry_run_prints_the_plan_and_does_nothing(shell: Shell, tmp_path: Path) -> None:
    done = shell.stackwright("create", "--name", "planned", "--dry-run", "--package", str(tmp_path))
    assert str(tmp_path) in done.stdout
    assert not (shell.home / "platforms" / "planned").exists()


def test_a_killed_platform_resumes_with_every_object_as_it_was(own_platform: Platform) -> None:
    own_platform.create()
    own_platform.kubectl("create", "configmap", "kept", "--from-literal=a=1")
    before = own_platform.get("/api/v1/namespaces/default/configmaps/kept")
    os.kill(own_platform.pid(), signal.SIGKILL)
    own_platform.create()
    assert own_platform.get("/api/v1/namespaces/default/configmaps/kept") == before


def test_two_platforms_run_side_by_side(platform: Platform, own_platform: Platform) -> None:
    own_platform.create()
    own_platform.kubectl("create", "namespace", "only-here")
    assert platform.get("/api/v1/namespaces/only-here")["code"] == 404
    listed = json.loads(platform.shell.stackwright("get", "clusters", "-o", "json").stdout)
    assert {item["Name"]: item["Status"] for item in listed} == {"shared": "Running", "own": "Running"}


def test_nobody_gets_in_without_a_token(platform: Platform) -> None:
    certificate = str(platform.folder / "tls" / "ca.crt")
    for path in ("/api/v1/secrets", "/apis/argoproj.io/v1alpha1/applications", "/argocd/api/v1/applications", "/gitea/api/v1/user"):
        answer = platform.shell.run(
            "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", certificate, f"https://localhost:{platform.port}{path}"
        )
        assert answer.stdout in ("401", "403"), path


def test_a_taken_port_is_told_and_leaves_nothing_behind(platform: Platform, own_platform: Platform) -> None:
    done = platform.shell.stackwright("create", "--name", "own", "--port", str(platform.port), check=False)
    assert (done.returncode, str(platform.port) in done.stderr) == (2, True)
    own_platform.create()
    assert own_platform.get("/version")["gitVersion"]


@pytest.mark.parametrize("flags", [["--use-subdomains"], ["--protocol", "http"], ["--host", "platform.example.org"]], ids=" ".join)
def test_other_addresses_work_for_kubectl_and_git(own_platform: Platform, flags: list[str]) -> None:
    own_platform.create(*flags)
    assert "argocd" in own_platform.kubectl("get", "namespaces", "-o", "name")
    scheme = "http" if "http" in flags else "https"
    place = f"gitea.localhost:{own_platform.port}" if "--use-subdomains" in flags else f"localhost:{own_platform.port}/gitea"
    refs = own_platform.git("ls-remote", f"{scheme}://giteaAdmin:{own_platform.password()}@{place}/giteaAdmin/platform-config.git")
    assert "refs/heads/main" in refs


def test_an_interrupted_create_says_so_and_never_success(own_platform: Platform) -> None:
    arguments = ("stackwright", "create", "--name", "own", "--port", str(own_platform.port))
    done = own_platform.shell.run("timeout", "--preserve-status", "--signal", "INT", "0.7", *arguments, check=False)
    assert (done.returncode, "Finished" in done.stdout, "interrupted" in done.stderr) == (130, False, True)


def test_usage_is_shown_by_kubectl_top(platform: Platform) -> None:
    assert "stackwright" in platform.kubectl("top", "nodes")
    assert "my-gitea" in platform.kubectl("top", "pods", "-n", "gitea")
