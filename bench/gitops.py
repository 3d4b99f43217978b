"""Many Applications in one repository: made, all changed by one commit, one changed by each of many commits; and what it costs."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from platform_rig import Rig, percentile, report, rig

APPLICATIONS = 1000
COMMITS = 20
NAMESPACE = "bench"
LIMIT_SECONDS = 300.0
MANIFESTS = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: config-{number}}}
data: {{value: "{value}"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-{number}}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: web-{number}}}}}
  template:
    metadata: {{labels: {{app: web-{number}}}}}
    spec: {{containers: [{{name: main, image: "registry.invalid/web:{value}"}}]}}
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: bench-{number}, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: "{url}", path: bench/{number}, targetRevision: HEAD}}
  destination: {{server: "https://kubernetes.default.svc", namespace: {namespace}}}
  syncPolicy: {{automated: {{prune: true, selfHeal: true}}}}
---
"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else APPLICATIONS
    with rig() as platform, TemporaryDirectory() as folder:
        platform.create()
        work = Path(folder) / "config"
        platform.git("clone", "-q", platform.repository_url("platform-config"), str(work), cwd=Path(folder))
        for number in range(count):
            write(work, number, "first")
        push(platform, work)
        figures = {"all_synced_seconds": timed(lambda: make(platform, count), lambda: synced(platform, count))}
        for number in range(count):
            write(work, number, "second")
        figures["all_changed_seconds"] = timed(lambda: push(platform, work), lambda: changed(platform, count))
        time.sleep(15)
        seconds = [one(platform, work, number % count, f"value-{number}") for number in range(0, COMMITS * 37, 37)]
        figures |= {"one_changed_p50_seconds": percentile(seconds, 0.5), "one_changed_max_seconds": max(seconds)}
        figures["memory_megabytes"] = memory(platform.pid)
        report(f"gitops with {count} Applications", figures)


def write(work: Path, number: int, value: str) -> None:
    file = work / "bench" / str(number) / "all.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(MANIFESTS.format(number=number, value=value))


def push(platform: Rig, work: Path) -> None:
    platform.git("add", ".", cwd=work)
    platform.git("commit", "-qm", "Change", cwd=work)
    platform.git("push", "-q", cwd=work)


def make(platform: Rig, count: int) -> None:
    url = platform.repository_url("platform-config").replace(f"giteaAdmin:{platform.password()}@", "")
    namespace = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {NAMESPACE}}}\n---\n"
    text = namespace + "".join(APPLICATION.format(number=number, url=url, namespace=NAMESPACE) for number in range(count))
    command = ["kubectl", "--kubeconfig", str(platform.folder / "kubeconfig"), "create", "-f", "-"]
    subprocess.run(command, input=text, text=True, env=platform.environment, check=True, capture_output=True)


def timed(begin: Callable[[], None], done: Callable[[], bool]) -> float:
    started = time.monotonic()
    begin()
    while not done():
        if time.monotonic() - started > LIMIT_SECONDS:
            raise SystemExit("it takes too long")
        time.sleep(0.25)
    return time.monotonic() - started


def synced(platform: Rig, count: int) -> bool:
    apps = platform.get("/apis/argoproj.io/v1alpha1/namespaces/argocd/applications")["items"]
    mine = [app for app in apps if app["metadata"]["name"].startswith("bench-")]
    return sum(((app.get("status") or {}).get("sync") or {}).get("status") == "Synced" for app in mine) == count


def changed(platform: Rig, count: int) -> bool:
    items: list[Any] = platform.get(f"/api/v1/namespaces/{NAMESPACE}/configmaps")["items"]
    return bool(sum((item.get("data") or {}).get("value") == "second" for item in items) == count)


def one(platform: Rig, work: Path, number: int, value: str) -> float:
    write(work, number, value)
    platform.git("add", ".", cwd=work)
    platform.git("commit", "-qm", f"Change {number}", cwd=work)
    started = time.monotonic()
    platform.git("push", "-q", cwd=work)
    path = f"/api/v1/namespaces/{NAMESPACE}/configmaps/config-{number}"
    while platform.get(path)["data"]["value"] != value:
        time.sleep(0.005)
    seconds = time.monotonic() - started
    time.sleep(0.5)
    return seconds


def memory(pid: int) -> float:
    """Resident, in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
