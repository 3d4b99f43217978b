"""Being told what becomes of an Application."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from .conftest import Platform

pytestmark = pytest.mark.platform

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-notifications-cm, namespace: argocd}
data:
  service.webhook.hook: |
    url: %s
    headers: [{name: X-Key, value: $hook-key}]
  template.told: |
    webhook:
      hook:
        method: POST
        body: '{"app": "{{.app.metadata.name}}", "sha": "{{.app.status.sync.revision}}",
          "commit": "{{(call .repo.GetCommitMetadata .app.status.sync.revision).Message}}", "url": "{{.context.argocdUrl}}"}'
  trigger.on-live: |
    - when: app.status.operationState?.phase == 'Succeeded' and app.status.health.status == 'Healthy'
      oncePer: app.status.sync.revision
      send: [told]
---
apiVersion: v1
kind: Secret
metadata: {name: argocd-notifications-secret, namespace: argocd}
stringData: {hook-key: word}
"""
APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: told
  namespace: argocd
  annotations:
    notifications.argoproj.io/subscribe.on-live.hook: ""
    notifications.argoproj.io/subscribe.on-sync-succeeded.forge: ""
spec:
  project: default
  source: {repoURL: %s, path: ., targetRevision: main}
  destination: {server: https://kubernetes.default.svc, namespace: default}
  syncPolicy: {automated: {}}
"""
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: told}\ndata: {version: '%s'}\n"


class Hook:
    """Refuses the first request, and takes the others."""

    def __init__(self) -> None:
        hook, self.asked, self.taken = self, 0, list[tuple[str, Any]]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                hook.asked += 1
                if hook.asked > 1:
                    hook.taken.append((str(self.headers["x-key"]), body))
                self.send_response(503 if hook.asked == 1 else 204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def wait(self, count: int) -> list[str]:
        deadline = time.monotonic() + 20
        while len(self.taken) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        return [body["sha"] for _, body in self.taken]


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_each_revision_is_told_once_whatever_is_refused_and_marked_on_the_commit(platform: Platform, hook: Hook, tmp_path: Path) -> None:
    url = platform.publish("told", {"all.yaml": MANIFEST % "1"}, tmp_path)
    (tmp_path / "all.yaml").write_text(f"{CONFIG % hook.url}---{APPLICATION % url}")
    platform.kubectl("apply", "-f", str(tmp_path / "all.yaml"))
    work = tmp_path / "told"
    first = platform.git("rev-parse", "HEAD", cwd=work).strip()
    assert hook.wait(1) == [first]
    key, body = hook.taken[0]
    assert (key, body["app"], body["url"].endswith("/argocd")) == ("word", "told", True)
    message = platform.git("log", "-1", "--format=%s", cwd=work).strip()
    assert body["commit"] == message
    platform.kubectl("annotate", "application", "told", "-n", "argocd", "argocd.argoproj.io/refresh=hard")
    (work / "all.yaml").write_text(MANIFEST % "2")
    platform.git("commit", "-qam", "two", cwd=work)
    platform.git("push", "-q", platform.clone_url("told"), "main", cwd=work)
    second = platform.git("rev-parse", "HEAD", cwd=work).strip()
    assert hook.wait(2) == [first, second]
    told = json.loads(platform.kubectl("get", "application", "told", "-n", "argocd", "-o", "json"))
    assert second in told["metadata"]["annotations"]["notified.notifications.argoproj.io"]
    for sha in (first, second):
        marks = platform.api("GET", f"/gitea/api/v1/repos/giteaAdmin/told/commits/{sha}/statuses")
        assert [(mark["context"], mark["status"]) for mark in marks] == [("continuous-delivery/told", "success")]


OWN = """
apiVersion: v1
kind: Namespace
metadata: {name: tellers}
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: tellers, namespace: argocd}
spec: {sourceRepos: ['*'], sourceNamespaces: [tellers], destinations: [{server: '*', namespace: '*'}]}
---
apiVersion: v1
kind: Secret
metadata: {name: argocd-notifications-secret, namespace: tellers}
stringData: {own-key: theirs}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-notifications-cm, namespace: tellers}
data:
  service.webhook.mine: |
    url: %s
    headers: [{name: X-Key, value: $own-key}]
  template.mine: |
    webhook: {mine: {method: POST, body: '{"sha": "{{.app.status.sync.revision}}"}'}}
  trigger.on-mine: |
    - {when: app.status.operationState?.phase == 'Succeeded', oncePer: app.status.sync.revision, send: [mine]}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: mine
  namespace: tellers
  annotations: {notifications.argoproj.io/subscribe.on-mine.mine: ""}
spec:
  project: tellers
  source: {repoURL: %s, path: ., targetRevision: main}
  destination: {server: https://kubernetes.default.svc, namespace: tellers}
  syncPolicy: {automated: {}}
"""


def test_a_namespace_tells_of_its_own_applications_with_its_own_settings_where_that_is_allowed(
    platform: Platform, hook: Hook, tmp_path: Path
) -> None:
    hook.asked = 1
    url = platform.publish("mine", {"all.yaml": MANIFEST % "1"}, tmp_path)
    (tmp_path / "own.yaml").write_text(OWN % (hook.url, url))
    platform.kubectl("apply", "-f", str(tmp_path / "own.yaml"))
    platform.kubectl("wait", "application/mine", "-n", "tellers", "--for=jsonpath={.status.sync.status}=Synced", "--timeout=30s")
    time.sleep(1)
    assert hook.taken == []
    switch = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cmd-params-cm, namespace: argocd}\n"
    (tmp_path / "switch.yaml").write_text(switch + "data: {notificationscontroller.selfservice.enabled: 'true'}\n")
    platform.kubectl("apply", "-f", str(tmp_path / "switch.yaml"))
    hook.wait(1)
    assert [key for key, _ in hook.taken] == ["theirs"]
    told = json.loads(platform.kubectl("get", "application", "mine", "-n", "tellers", "-o", "json"))
    assert told["metadata"]["annotations"]["notified.notifications.argoproj.io"].startswith('{"tellers:')


TRIED = """
kind: ConfigMap
data:
  service.webhook.hook: "{url: '%s', headers: [{name: X-Key, value: $key}]}"
  template.tried: |
    message: '{{(call .repo.GetCommitMetadata .app.status.sync.revision).Message}}'
    webhook: {hook: {method: POST, body: '{"sha": "{{.app.status.sync.revision}}"}'}}
  trigger.on-tried: |
    - {when: len(repo.GetCommitMetadata(app.status.sync.revision).Message) > 0, send: [tried]}
    - {when: app.status.nowhere.deep, send: [tried]}
"""


def test_triggers_and_templates_are_tried_from_the_command_line(platform: Platform, hook: Hook, tmp_path: Path) -> None:
    hook.asked = 1
    files = {"cm.yaml": TRIED % hook.url, "secret.yaml": "kind: Secret\nstringData: {key: word}\n"}
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    chosen = ["--config-map", str(tmp_path / "cm.yaml"), "--secret", str(tmp_path / "secret.yaml"), "--name", platform.name]

    def command(*arguments: str, check: bool = True) -> Any:
        return platform.shell.stackwright("notifications", *arguments, *chosen, check=check)

    assert {"app-deployed", "tried"} <= set(command("template", "get", "-o", "name").stdout.split())
    assert json.loads(command("trigger", "get", "on-tried", "-o", "json").stdout)["on-tried"][1]["when"] == "app.status.nowhere.deep"
    run = command("trigger", "run", "on-tried", "argocd")
    assert [line.split()[-1] for line in run.stdout.splitlines()] == ["RESULT", "true", "false"]
    assert "cannot fetch deep" in run.stderr
    assert "message: " in command("template", "notify", "tried", "argocd").stdout
    command("template", "notify", "tried", "argocd/argocd", "--recipient", "hook:")
    told = json.loads(platform.kubectl("get", "application", "argocd", "-n", "argocd", "-o", "json"))
    assert hook.taken == [("word", {"sha": told["status"]["sync"]["revision"]})]
    missing = command("trigger", "run", "on-nothing", "argocd", check=False)
    assert (missing.returncode, "on-tried" in missing.stderr) == (2, True)
