"""From `git push` to the live object, and from a manual change to its healing."""

import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from platform_rig import Rig, percentile, report, rig

COMMITS = 50
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: bench}}\ndata: {{commit: '{number}'}}\n"
PATH = "/api/v1/namespaces/ingress-nginx/configmaps/bench"


def main() -> None:
    with rig() as platform, TemporaryDirectory() as folder:
        platform.create()
        work = Path(folder) / "config"
        platform.git("clone", "-q", platform.repository_url("platform-config"), str(work), cwd=Path(folder))
        seconds = [commit(platform, work, number) for number in range(COMMITS)]
        figures = {"p50_seconds": percentile(seconds, 0.5), "p99_seconds": percentile(seconds, 0.99), "heal_seconds": heal(platform)}
        report("commit to live", figures)


def commit(platform: Rig, work: Path, number: int) -> float:
    (work / "ingress-nginx" / "bench.yaml").write_text(CONFIG.format(number=number))
    platform.git("add", ".", cwd=work)
    platform.git("commit", "-qm", f"Commit {number}", cwd=work)
    started = time.monotonic()
    platform.git("push", "-q", cwd=work)
    wait_for(platform, str(number))
    return time.monotonic() - started


def wait_for(platform: Rig, wanted: str) -> None:
    while ((platform.get(PATH) or {}).get("data") or {}).get("commit") != wanted:
        time.sleep(0.005)


def heal(platform: Rig) -> float:
    started = time.monotonic()
    kubeconfig = str(platform.folder / "kubeconfig")
    command = ["kubectl", "--kubeconfig", kubeconfig, "delete", "configmap", "bench", "-n", "ingress-nginx", "--wait=false"]
    subprocess.run(command, env=platform.environment, check=True, capture_output=True)
    wait_for(platform, str(COMMITS - 1))
    return time.monotonic() - started


if __name__ == "__main__":
    main()
