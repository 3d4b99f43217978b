"""Embedded clusters besides the platform's own: make, list, remove."""

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from stackwright.app import process
from stackwright.app.places import Places, cluster_places
from stackwright.app.settings import ClusterSettings, load, save
from stackwright.kernel.errors import BadInput

FIRST_PORT = 16443
_PORTS_TRIED = 500


@dataclass(frozen=True, slots=True)
class ClusterState:
    """What `cluster list` shows. Shape: `pid` is None while it is stopped."""

    name: str
    server: str
    pid: int | None
    kubeconfig: Path


def ensure_cluster(
    base: Path, name: str, *, port: int | None = None, controllers: bool = True, node: bool = True, gitops: bool = False
) -> ClusterState:
    """Makes or resumes the cluster and waits until it answers. Raises BadInput and NotServing."""
    places = cluster_places(base, name)
    if places.exists:
        settings = load(places.settings, ClusterSettings)
    else:
        settings = ClusterSettings(name, port or _free_port(), controllers, node, gitops)
        save(places.settings, settings)
    if process.running(places) is None:
        started = process.start(places, ["cluster", name, "--data-dir", str(base)])
        process.wait_ready(started, f"https://127.0.0.1:{settings.port}", places.tls / "ca.crt", places)
    return _state(places)


def list_clusters(base: Path) -> list[ClusterState]:
    folder = base / "clusters"
    names = sorted(item.name for item in folder.iterdir() if Places(item).exists) if folder.is_dir() else []
    return [_state(cluster_places(base, name)) for name in names]


def delete_cluster(base: Path, name: str) -> bool:
    """Ends it and removes all it knew. False when there was none."""
    places = cluster_places(base, name)
    if not places.root.exists():
        return False
    process.stop(places)
    shutil.rmtree(places.root)
    return True


def _state(places: Places) -> ClusterState:
    settings = load(places.settings, ClusterSettings)
    return ClusterState(settings.name, f"https://127.0.0.1:{settings.port}", process.running(places), places.kubeconfig)


def _free_port() -> int:
    for port in range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED):
        if is_free(port):
            return port
    raise BadInput(f"no free port between {FIRST_PORT} and {FIRST_PORT + _PORTS_TRIED}", hint="name one with --port")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
