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
        body: '{"app": "{{.app.metadata.name}}", "sha": "{{.app.status.sync.revision}}", "url": "{{.context.argocdUrl}}"}'
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
