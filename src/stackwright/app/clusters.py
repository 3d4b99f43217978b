"""Embedded clusters besides the platform's own: make, list, remove."""

from dataclasses import dataclass
from pathlib import Path

from stackwright.app import process
from stackwright.app.places import Places, cluster_places
from stackwright.app.settings import ClusterSettings, load, save

FIRST_PORT = 16443


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
    with process.one_at_a_time(base):
        if not places.exists:
            save(places.settings, ClusterSettings(name, port or _free_port(base), controllers, node, gitops))
        settings = load(places.settings, ClusterSettings)
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
    with process.one_at_a_time(base):
        return process.remove(cluster_places(base, name))


def _state(places: Places) -> ClusterState:
    settings = load(places.settings, ClusterSettings)
    return ClusterState(settings.name, f"https://127.0.0.1:{settings.port}", process.running(places), places.kubeconfig)


def _free_port(base: Path) -> int:
    """One that nobody listens on, and that no cluster of this home will want again."""
    taken = {load(Places(item).settings, ClusterSettings).port for item in (base / "clusters").glob("*") if Places(item).exists}
    return process.free_port(FIRST_PORT, taken)
