"""`create` as a course of events: start, hand over packages, watch until everything is well, or say why not."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from stackwright.api.meta import Object
from stackwright.api.status import StatusError
from stackwright.app.platforms import PlatformState, client_of
from stackwright.app.progress import Progress, judge
from stackwright.app.settings import PlatformSettings
from stackwright.client.errors import ClusterUnreachable
from stackwright.client.informer import Informer
from stackwright.client.kinds import APPLICATIONS, LOCALBUILDS
from stackwright.client.kube import KubeClient
from stackwright.kernel.errors import BadInput
from stackwright.stacks.core import ROOT_APPLICATION
from stackwright.stacks.customise import parse_custom, read_custom
from stackwright.stacks.localbuild import API, STARTED
from stackwright.stacks.remote import parse_remote

Ending = Literal["ready", "timed out", "unhealthy"]
SETTLE_SECONDS = 3.0
"""How long an unhappy end must last before it is believed: a retry or a late watch may still cure it."""


@dataclass(frozen=True, slots=True)
class Packages:
    """The values of --package, told apart. Shape: absolute paths; URLs as given; `custom` are core packages and their files."""

    dirs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    custom: tuple[tuple[str, str], ...] = ()


def classify(values: Sequence[str], custom: Sequence[str] = ()) -> Packages:
    """Raises BadInput naming the value that is none of the three."""
    dirs, files, urls = [], [], []
    for value in values:
        path = Path(value).expanduser()
        if path.is_dir():
            dirs.append(str(path.resolve()))
        elif path.is_file():
            if path.suffix not in (".yaml", ".yml"):
                raise BadInput(f"--package {value}: a package file ends in .yaml or .yml")
            files.append(str(path.resolve()))
        elif parse_remote(value) is not None:
            urls.append(value)
        else:
            raise BadInput(
                f"--package {value}: there is no such folder or file, and it is no git URL",
                hint="a URL names a folder after a double slash: https://host/org/repo//path?ref=main",
            )
    return Packages(tuple(dirs), tuple(files), tuple(urls), tuple(_custom(text) for text in custom))


def _custom(text: str) -> tuple[str, str]:
    """A core package and its custom file. Raises BadInput."""
    name, path = parse_custom(text)
    file = Path(path).expanduser().resolve()
    if not file.is_file():
        raise BadInput(f"--package-custom-file {text}: given path is not a file: {path}")
    read_custom(file.read_bytes(), {}, path)
    return name, str(file)


def localbuild(settings: PlatformSettings, packages: Packages, authority: str) -> dict[str, Any]:
    """What tells the platform of its packages."""
    return {
        "apiVersion": API,
        "kind": "Localbuild",
        "metadata": {"name": settings.name, "annotations": {STARTED: datetime.now(UTC).isoformat()}},
        "spec": {
            "packageConfigs": {
                "argoPackageConfigs": {"enabled": True},
                "embeddedArgoApplicationsPackageConfigs": {"enabled": True},
                "customPackageDirs": list(packages.dirs),
                "customPackageFiles": list(packages.files),
                "customPackageUrls": list(packages.urls),
                "packageCustomization": {name: {"name": name, "filePath": path} for name, path in packages.custom},
            },
            "buildCustomization": {
                "protocol": settings.protocol,
                "host": settings.host,
                "ingressHost": settings.ingress_host or settings.host,
                "port": str(settings.port),
                "usePathRouting": settings.path_routing,
                "selfSignedCert": authority,
                "staticPassword": settings.static_password,
            },
        },
    }


@dataclass(frozen=True, slots=True)
class Moment:
    """What there is to tell. Shape: `ending` None while it goes on."""

    progress: Progress
    ending: Ending | None = None


async def bring_up(state: PlatformState, packages: Packages, timeout_seconds: float) -> AsyncIterator[Moment]:
    """One Moment for each change that people care about, the last one with its ending."""
    async with client_of(state, "idpbuilder") as client:
        authority = (state.places.tls / "ca.crt").read_text()
        await _hand_over(client, localbuild(state.settings, packages, authority), timeout_seconds)
        async for moment in _watched(client, state.settings.name, timeout_seconds):
            yield moment


async def _hand_over(client: KubeClient, wanted: Object, timeout_seconds: float) -> None:
    """The API answers a moment before its custom kinds are served."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            await client.apply(wanted, resource=LOCALBUILDS)
        except (StatusError, ClusterUnreachable):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            return


async def _watched(client: KubeClient, name: str, timeout_seconds: float) -> AsyncIterator[Moment]:
    changed = asyncio.Event()
    informers = [Informer(client, APPLICATIONS), Informer(client, LOCALBUILDS)]
    for informer in informers:
        informer.listen(lambda *_: changed.set())
    running = [asyncio.create_task(informer.run()) for informer in informers]
    try:
        async for moment in _moments(informers, changed, name, timeout_seconds):
            yield moment
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _moments(informers: Sequence[Informer], changed: asyncio.Event, name: str, timeout_seconds: float) -> AsyncIterator[Moment]:
    applications, localbuilds = informers
    for informer in informers:
        await informer.wait_synced()
    deadline = time.monotonic() + timeout_seconds
    stuck_since: float | None = None
    told: Progress | None = None
    while True:
        changed.clear()
        progress = judge(applications.all(), localbuilds.get(name), ROOT_APPLICATION)
        now = time.monotonic()
        stuck_since = (stuck_since or now) if progress.stuck else None
        if progress.done:
            yield Moment(progress, "ready" if not progress.problems else "unhealthy")
            return
        if stuck_since is not None and now - stuck_since >= SETTLE_SECONDS:
            yield Moment(progress, "unhealthy")
            return
        if now >= deadline:
            yield Moment(progress, "timed out")
            return
        if progress != told:
            told = progress
            yield Moment(progress)
        try:
            await asyncio.wait_for(changed.wait(), min(deadline - now, 0.5))
        except TimeoutError:
            continue
