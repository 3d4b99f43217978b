"""What a platform holds on to: commits, objects made and deleted, watches opened and closed, for as long as is asked; and its size by time.

    python bench/soak.py [MINUTES]

Each round changes every Application by a commit, makes and deletes objects of the cluster, and lists and watches them. What grows from
the middle of the run to its end, when the remembered past has filled up, grows without bound.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from gitops import make, push, synced, write
from platform_rig import Rig, report, rig

APPLICATIONS = 30
OBJECTS = 40
SAMPLE_SECONDS = 30.0


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with rig() as platform, TemporaryDirectory() as folder:
        platform.create()
        work = Path(folder) / "config"
        platform.git("clone", "-q", platform.repository_url("platform-config"), str(work), cwd=Path(folder))
        for number in range(APPLICATIONS):
            write(work, number, "first")
        push(platform, work)
        make(platform, APPLICATIONS)
        while not synced(platform, APPLICATIONS):
            time.sleep(0.2)
        samples = churn(platform, work, time.monotonic() + minutes * 60)
        middle, last = samples[len(samples) // 2], samples[-1]
        grown = {f"{name}_grown_since_the_middle": last[name] - middle[name] for name in last if name not in ("minute", "rounds")}
        report(f"soak of {minutes:g} minutes", last | grown)


def churn(platform: Rig, work: Path, end: float) -> list[dict[str, float]]:
    started = due = time.monotonic()
    samples: list[dict[str, float]] = []
    rounds = 0
    while time.monotonic() < end:
        rounds += 1
        for number in range(APPLICATIONS):
            write(work, number, f"round-{rounds}")
        push(platform, work)
        come_and_go(platform, rounds)
        if time.monotonic() >= due:
            due += SAMPLE_SECONDS
            samples.append({"minute": (time.monotonic() - started) / 60, "rounds": float(rounds)} | sizes(platform))
            print(json.dumps(samples[-1]), file=sys.stderr, flush=True)
    return samples


def come_and_go(platform: Rig, number: int) -> None:
    """Deployments with pods and ConfigMaps, in a namespace that goes with them; somebody watches."""
    namespace = f"soak-{number}"
    kinds = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}]
    for index in range(OBJECTS):
        meta = {"name": f"o-{index}", "namespace": namespace}
        kinds.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"n": str(index)}})
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "example.com/web:1"}]}}
    spec = {"replicas": 5, "selector": {"matchLabels": labels}, "template": template}
    kinds.append({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": namespace}, "spec": spec})
    listed = {"apiVersion": "v1", "kind": "List", "items": kinds}
    kubectl(platform, "apply", "-f", "-", text=json.dumps(listed))
    kubectl(platform, "wait", "--for=condition=Available", "deployment/web", "-n", namespace, "--timeout=30s")
    kubectl(platform, "delete", "namespace", namespace, "--wait=true", "--timeout=30s")


def kubectl(platform: Rig, *arguments: str, text: str | None = None) -> None:
    command = ["kubectl", "--kubeconfig", str(platform.folder / "kubeconfig"), *arguments]
    subprocess.run(command, input=text, text=True, env=platform.environment, check=True, capture_output=True)


def sizes(platform: Rig) -> dict[str, float]:
    """Units: megabytes; numbers of open files and threads."""
    process = Path(f"/proc/{platform.pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    files = [file.stat().st_size for file in platform.folder.rglob("*") if file.is_file()]
    return {
        "memory_megabytes": int(status["VmRSS"].split()[0]) / 1024,
        "disk_megabytes": sum(files) / 1e6,
        "open_files": float(len(list((process / "fd").iterdir()))),
        "threads": float(status["Threads"]),
    }


if __name__ == "__main__":
    main()
