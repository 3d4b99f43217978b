"""Kills a platform over and over in the middle of syncs, hooks and prunes, and looks whether they end as if nothing had happened.

    python -m bench.killed_syncs [--rounds 30] [--kills 3] [--every 5] [--seed N]

A round is a commit that changes, adds and removes objects in two waves, with a hook before and one after; now and then (`--every`) the
end of the Application with all that it deployed and its hook. The process is killed (SIGKILL) at random moments, started again, and must
come to the same end. Ends with an error that names the round, its seed and what is otherwise than it should be.
"""

import argparse
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bench.platform_rig import Rig, percentile, report, rig
from stackwright.app.places import platform_places
from stackwright.app.platforms import ensure_platform, find_platform
from stackwright.app.process import running

NAMESPACE, NAME = "killed", "killed"
LIMIT_SECONDS = 60.0
LONGEST_SECONDS = 2.5
"""A sync of this size takes about that long: kills fall within it."""
MAPS = 12
EVERY = 5
FINALIZER = "resources-finalizer.argocd.argoproj.io"
APPLICATION = f"/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{NAME}"
CONFIG_MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"


@dataclass(frozen=True)
class Wanted:
    """What a commit asks for. Shape: `maps` are ConfigMaps by name: their value and wave."""

    number: int
    maps: dict[str, tuple[str, int]]

    def manifests(self) -> str:
        documents = [_config_map(name, value, wave) for name, (value, wave) in self.maps.items()]
        hooks = (
            ("before", "PreSync", "BeforeHookCreation"),
            ("after", "PostSync", "BeforeHookCreation"),
            ("last", "PostDelete", "HookSucceeded"),
        )
        documents += [_hook(name, phase, policy, self.number) for name, phase, policy in hooks]
        return yaml.safe_dump_all(documents)


def wanted(number: int, chance: random.Random) -> Wanted:
    names = chance.sample(range(MAPS * 2), MAPS)
    return Wanted(number, {f"map-{name}": (f"{number}-{chance.randrange(3)}", chance.randrange(2)) for name in names})


def _config_map(name: str, value: str, wave: int) -> Any:
    annotations = {"argocd.argoproj.io/sync-wave": str(wave)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "annotations": annotations}, "data": {"value": value}}


def _hook(name: str, phase: str, policy: str, number: int) -> Any:
    annotations = {"argocd.argoproj.io/hook": phase, "argocd.argoproj.io/hook-delete-policy": policy}
    container = {"name": "main", "image": "registry.invalid/hook:1", "env": [{"name": "ROUND", "value": str(number)}]}
    spec = {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "annotations": annotations}, "spec": spec}


# -- what is done ----------------------------------------------------------------------------------------------------------------


class Trial:
    """One platform, and a repository whose commits are deployed to it."""

    def __init__(self, platform: Rig, folder: Path, chance: random.Random, kills: int) -> None:
        self._platform = platform
        self._work = folder / "config"
        self._chance = chance
        self._kills = kills
        self.killed = 0
        self.starts: list[float] = []
        platform.git("clone", "-q", platform.repository_url("platform-config"), str(self._work), cwd=folder)

    def deploy(self, want: Wanted) -> str:
        """The commit that asks for it."""
        file = self._work / NAME / "all.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(want.manifests())
        self._platform.git("add", ".", cwd=self._work)
        self._platform.git("commit", "-qm", f"Round {want.number}", cwd=self._work)
        self._platform.git("push", "-q", cwd=self._work)
        command = ["git", "rev-parse", "HEAD"]
        return subprocess.run(command, cwd=self._work, check=True, capture_output=True, text=True).stdout.strip()

    def make(self) -> None:
        url = self._platform.repository_url("platform-config").replace(f"giteaAdmin:{self._platform.password()}@", "")
        spec = {
            "project": "default",
            "source": {"repoURL": url, "path": NAME, "targetRevision": "HEAD"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": NAMESPACE},
            "syncPolicy": {"automated": {"prune": True, "allowEmpty": True}, "syncOptions": ["CreateNamespace=true"]},
        }
        metadata = {"name": NAME, "namespace": "argocd", "finalizers": [FINALIZER], "annotations": {"stackwright.dev/prune-guard": "off"}}
        app = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
        self._apply(app)

    def _apply(self, obj: Any) -> None:
        file = self._work.parent / "object.yaml"
        file.write_text(yaml.safe_dump(obj))
        self._kubectl("apply", "-f", str(file))

    def remove(self) -> None:
        self._kubectl("delete", "application", NAME, "-n", "argocd", "--wait=false")

    def _kubectl(self, *arguments: str) -> None:
        self._platform.stackwright("kubectl", "--name", self._platform.name, "--", *arguments)

    def kill(self) -> None:
        """At random moments, several times; each time it is started again."""
        places = platform_places(self._platform.home, self._platform.name)
        for _ in range(self._chance.randint(1, self._kills)):
            time.sleep(self._chance.uniform(0.0, LONGEST_SECONDS))
            pid = self._platform.pid
            os.kill(pid, signal.SIGKILL)
            while running(places) is not None:
                time.sleep(0.01)
            self.killed += 1
            began = time.monotonic()
            settings = find_platform(self._platform.home, self._platform.name).settings
            ensure_platform(self._platform.home, settings, lambda: None)
            self.starts.append(time.monotonic() - began)


# -- what must be so in the end ----------------------------------------------------------------------------------------------------


def faults_of_sync(platform: Rig, want: Wanted, revision: str) -> list[str]:
    app = platform.get(APPLICATION) or {}
    status = app.get("status") or {}
    state = status.get("operationState") or {}
    history = [entry.get("revision") for entry in status.get("history") or ()]
    maps = {item["metadata"]["name"]: item.get("data") for item in _items(platform, CONFIG_MAPS) if "kube-" not in item["metadata"]["name"]}
    jobs = {item["metadata"]["name"]: (_round(item), _ended(item)) for item in _items(platform, JOBS)}
    questions = (
        ("operation", app.get("operation"), None),
        ("sync", (status.get("sync") or {}).get("status"), "Synced"),
        ("revision", (status.get("sync") or {}).get("revision"), revision),
        ("health", (status.get("health") or {}).get("status"), "Healthy"),
        ("phase", state.get("phase"), "Succeeded"),
        ("conditions", status.get("conditions"), None),
        ("deployments of the revision", history.count(revision), 1),
        ("failed objects", [item for item in _results(state) if item.get("status") not in ("Synced", "Pruned", None)], []),
        ("ConfigMaps", maps, {name: {"value": value} for name, (value, _) in want.maps.items()}),
        ("hooks", jobs, {name: (str(want.number), True) for name in ("before", "after")}),
    )
    return [f"{name}: found {found!r}, expected {right!r}" for name, found, right in questions if found != right]


def faults_of_removal(platform: Rig) -> list[str]:
    left = [item["metadata"]["name"] for path in (CONFIG_MAPS, JOBS) for item in _items(platform, path)]
    left = [name for name in left if "kube-" not in name]
    told = ["the Application is still there"] if platform.get(APPLICATION) is not None else []
    return told + ([f"left behind: {left}"] if left else [])


def _items(platform: Rig, path: str) -> list[Any]:
    return list((platform.get(path) or {}).get("items") or ())


def _results(state: Any) -> list[Any]:
    return list((state.get("syncResult") or {}).get("resources") or ())


def _round(job: Any) -> str:
    return str(job["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"])


def _ended(job: Any) -> bool:
    return any(item["type"] == "Complete" and item["status"] == "True" for item in (job.get("status") or {}).get("conditions") or ())


def settled(faults: Callable[[], list[str]]) -> list[str]:
    """What is still wrong when nothing more is to be hoped for."""
    deadline = time.monotonic() + LIMIT_SECONDS
    found = faults()
    while found and time.monotonic() < deadline:
        time.sleep(0.1)
        found = faults()
    return found


# -- the rounds ------------------------------------------------------------------------------------------------------------------


def run(rounds: int, kills: int, seed: int, every: int = EVERY) -> dict[str, float]:
    """The Application is removed and made anew `every` so many rounds. Raises SystemExit naming the round that did not end as it should."""
    chance = random.Random(seed)
    with rig() as platform, TemporaryDirectory() as folder:
        platform.create()
        trial = Trial(platform, Path(folder), chance, kills)
        for number in range(rounds):
            want = wanted(number, chance)
            revision = trial.deploy(want)
            if number % every == 0:
                trial.make()
            trial.kill()
            _check(settled(lambda: faults_of_sync(platform, want, revision)), f"round {number} of seed {seed}, the sync of {revision}")  # noqa: B023
            if number % every == every - 1:
                trial.remove()
                trial.kill()
                _check(settled(lambda: faults_of_removal(platform)), f"round {number} of seed {seed}, the removal")
        return {"rounds": rounds, "kills": trial.killed, "restart_p50_seconds": percentile(trial.starts, 0.5), "seed": seed}


def _check(faults: list[str], title: str) -> None:
    if faults:
        raise SystemExit("\n  ".join([f"{title} did not end as it should:", *faults]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--every", type=int, default=EVERY)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    report("killed in the middle of syncs, hooks and prunes", run(given.rounds, given.kills, given.seed, given.every))


if __name__ == "__main__":
    main()
