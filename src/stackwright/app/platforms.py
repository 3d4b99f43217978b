"""Platforms as the command line sees them: make or resume, find, stop, remove; and a client for each."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from stackwright.adapters.kube_config import from_kubeconfig
from stackwright.adapters.kube_http import KubeHttp
from stackwright.app import process
from stackwright.app.places import Places, platform_places
from stackwright.app.settings import PlatformSettings, load, save
from stackwright.client.kube import KubeClient
from stackwright.kernel.errors import BadInput

FIRST_KUBERNETES_PORT = 6443


@dataclass(frozen=True, slots=True)
class PlatformState:
    """Shape: `pid` is None while it is stopped."""

    settings: PlatformSettings
    places: Places
    pid: int | None


def ensure_platform(base: Path, wanted: PlatformSettings, beat: Callable[[], None]) -> PlatformState:
    """Starts or resumes the platform and returns when its API answers. Raises BadInput and NotServing."""
    places = platform_places(base, wanted.name)
    with process.one_at_a_time(base):
        settings = _compatible(load(places.settings, PlatformSettings), wanted) if places.exists else wanted
        started = None
        if process.running(places) is None:
            if not process.is_free(settings.port):
                message = f"port {settings.port} of 127.0.0.1 is taken by another program"
                raise BadInput(message, hint="choose another: --port 9443")
            if settings.protocol == "http" and not settings.kubernetes_port:
                settings = replace(settings, kubernetes_port=process.free_port(FIRST_KUBERNETES_PORT))
            save(places.settings, settings)
            started = process.start(places, ["platform", settings.name, "--data-dir", str(base)])
        process.wait_ready(started, settings.kubernetes_url, places.tls / "ca.crt", places, beat)
    return PlatformState(settings, places, process.running(places))


def _compatible(known: PlatformSettings, wanted: PlatformSettings) -> PlatformSettings:
    fields = ("host", "ingress_host", "port", "protocol", "path_routing", "static_password")
    changed = [name for name in fields if getattr(known, name) != getattr(wanted, name)]
    if changed:
        told = ", ".join(f"{name}: is {getattr(known, name)!r}, asked for {getattr(wanted, name)!r}" for name in changed)
        raise BadInput(
            f"the platform {known.name} was made with other settings ({told})", hint="use --recreate to make it anew, or another --name"
        )
    return known


def find_platform(base: Path, name: str) -> PlatformState:
    """Raises BadInput when there is none."""
    places = platform_places(base, name)
    if not places.exists:
        known = ", ".join(state.settings.name for state in list_platforms(base)) or "none"
        raise BadInput(f"there is no platform {name!r} (there are: {known})", hint=f"make it: stackwright create --name {name}")
    return PlatformState(load(places.settings, PlatformSettings), places, process.running(places))


def list_platforms(base: Path) -> list[PlatformState]:
    folder = base / "platforms"
    found = [Places(item) for item in sorted(folder.iterdir())] if folder.is_dir() else []
    return [PlatformState(load(places.settings, PlatformSettings), places, process.running(places)) for places in found if places.exists]


def delete_platform(base: Path, name: str) -> bool:
    """Ends it and removes all it knew. False when there was none."""
    with process.one_at_a_time(base):
        return process.remove(platform_places(base, name))


def running_platform(base: Path, name: str) -> PlatformState:
    """Raises BadInput when it is not there or does not run."""
    state = find_platform(base, name)
    if state.pid is None:
        raise BadInput(f"the platform {name} is stopped", hint=f"resume it: stackwright create --name {name}")
    return state


@asynccontextmanager
async def client_of(state: PlatformState, name: str = "stackwright") -> AsyncIterator[KubeClient]:
    """A client of the platform's API with its administrator's rights, writing as `name`."""
    transport = KubeHttp(from_kubeconfig(state.places.kubeconfig))
    try:
        yield KubeClient(transport, field_manager=name)
    finally:
        await transport.aclose()
