"""The suites recorded from the real systems, run against a platform of the moment; their scores are printed.

They are skipped where the suites are not at hand. A floor keeps what was reached.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[4] / "shared"
TOOLS = SHARED / "tools"

pytestmark = [pytest.mark.platform, pytest.mark.skipif(not TOOLS.is_dir(), reason="the recorded suites are not at hand")]


def stackwright(home: Path, *arguments: str) -> str:
    environment = {**os.environ, "STACKWRIGHT_HOME": str(home)}
    command = [sys.executable, "-m", "stackwright", *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=120).stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("suites")
    yield folder
    for name in ("bare", "whole"):
        stackwright(folder, "cluster", "delete", name)


def score(title: str, command: list[str], seconds: float) -> float:
    """The share that passed, printed as the suite's own summary has it."""
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=seconds, check=False)
    found = re.search(r"^(\d+) passed, (\d+) failed$", done.stdout, re.MULTILINE)
    assert found is not None, f"{title} did not end with a score:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    passed, failed = int(found[1]), int(found[2])
    return 100 * passed / (passed + failed)


def tell(capsys: pytest.CaptureFixture[str], title: str, share: float) -> None:
    with capsys.disabled():
        print(f"\n{title}: {share:.1f}%")


def test_the_kubernetes_api_answers_as_the_real_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replay = str(TOOLS / "kube-parity" / "replay.py")
    for name, flags in (("bare", ["--controllers=off"]), ("whole", [])):
        kubeconfig = stackwright(home, "cluster", "create", name, *flags).strip()
        share = score(name, [replay, "--kubeconfig", kubeconfig, "--jobs", "2", "--patience", "0.2", "--quiet"], 400)
        tell(capsys, f"kube-parity, cluster {name}", share)
        assert share > 92


def test_the_gitops_engine_behaves_as_argo_cd(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kubeconfig = stackwright(home, "cluster", "create", "gitops", "--gitops=on").strip()
    try:
        share = score("gitops-e2e", [str(TOOLS / "gitops-e2e" / "run.py"), "--kubeconfig", kubeconfig, "--jobs", "6"], 500)
        tell(capsys, "gitops-e2e", share)
        assert share > 95
    finally:
        stackwright(home, "cluster", "delete", "gitops")
