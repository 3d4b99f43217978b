"""Charts from repositories and registries, and OCI artefacts with plain manifests: versions resolved, archives kept by digest."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from stackwright.adapters.sources import helm_index, semver, urls
from stackwright.adapters.sources.artefacts import Artefacts
from stackwright.adapters.sources.backoff import Backoff
from stackwright.adapters.sources.credentials import Access
from stackwright.adapters.sources.git_remote import Authorities
from stackwright.adapters.sources.helm_index import ChartVersion, Index
from stackwright.adapters.sources.locks import KeyedLocks
from stackwright.adapters.sources.problems import RenderProblem, bad_manifest
from stackwright.adapters.sources.registry import CHART_LAYER, Registry
from stackwright.adapters.sources.tree import TreeAddress
from stackwright.adapters.sources.web import Web
from stackwright.kernel import digest

FRESH_SECONDS = 60.0
MAX_INDEX_BYTES = 64 * 1024 * 1024
MAX_ARCHIVE_BYTES = 64 * 1024 * 1024


class Charts:
    """Shape: charts are named by the repository's URL and their name; artefacts by an `oci://` URL alone."""

    def __init__(self, data: Path, *, authorities: Authorities, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._artefacts = Artefacts(data / "artefacts.git")
        self._authorities = authorities
        self._monotonic = monotonic
        self._indexes: dict[str, tuple[float, Index]] = {}
        self._tags: dict[str, tuple[float, list[str]]] = {}
        self._backoff = Backoff(monotonic)
        self._locks = KeyedLocks()

    async def aclose(self) -> None:
        """Forgets what was read."""
        self._indexes.clear()
        self._tags.clear()

    async def resolve(self, url: str, chart: str, revision: str, access: Access, *, fresh: bool = False) -> str:
        """The version of a chart. Raises RenderProblem."""
        if helm_index.is_exact(revision):
            return revision
        if is_registry(url):
            tags = await self._tags_of(_join(url, chart), access, fresh)
            return helm_index.choose([tag.replace("_", "+") for tag in tags], revision, f"chart {chart!r}")
        entries = (await self._index(url, access, fresh)).get(chart, ())
        return helm_index.choose([entry.version for entry in entries], revision, f"chart {chart!r} in {url}")

    async def fetch(self, url: str, chart: str, version: str, access: Access, *, everywhere: bool = False) -> TreeAddress:
        """The files of a chart's version. Raises RenderProblem."""
        key = f"charts/{digest.of([urls.normalise(url), chart, version])}"
        known = await asyncio.to_thread(self._artefacts.find, key)
        if known is not None:
            return known
        try:
            archive = await self._archive(url, chart, version, access, everywhere)
        except RenderProblem as problem:
            message = f"error fetching chart: failed to fetch chart: {problem.message}"
            raise RenderProblem(message, transient=problem.transient, hint=problem.hint) from problem
        return await asyncio.to_thread(self._artefacts.keep, key, archive, strip_first=True)

    async def resolve_artefact(self, url: str, revision: str, access: Access, *, fresh: bool = False) -> str:
        """The digest of an artefact. Raises RenderProblem."""
        if revision.startswith("sha256:"):
            return revision
        reference = revision or "latest"
        if semver.is_constraint(reference):
            reference = helm_index.choose(await self._tags_of(url, access, fresh), reference, url)
        try:
            found, _ = await Registry(url, access, self._authorities).manifest(reference)
        except RenderProblem as problem:
            raise RenderProblem(f"failed to resolve revision {reference!r}: {problem.message}", transient=problem.transient) from problem
        return found

    async def fetch_artefact(self, url: str, revision: str, access: Access) -> TreeAddress:
        """The files of an artefact's one layer; a chart's lie at the root. Raises RenderProblem."""
        key = f"oci/{digest.of([urls.normalise_oci(url), revision])}"
        known = await asyncio.to_thread(self._artefacts.find, key)
        if known is not None:
            return known
        registry = Registry(url, access, self._authorities)
        _, manifest = await registry.manifest(revision)
        archive, media_type = await registry.layer(manifest)
        return await asyncio.to_thread(self._artefacts.keep, key, archive, strip_first=media_type == CHART_LAYER)

    # -- what there is ---------------------------------------------------------------------------------------------

    async def versions(self, url: str, access: Access, *, fresh: bool = False) -> dict[str, list[str]]:
        """Of every chart of a repository with an index. Raises RenderProblem."""
        return {name: [entry.version for entry in entries] for name, entries in (await self._index(url, access, fresh)).items()}

    async def tags(self, url: str, access: Access, *, fresh: bool = False) -> list[str]:
        """Raises RenderProblem."""
        return list(await self._tags_of(url, access, fresh))

    async def annotations(self, url: str, revision: str, access: Access) -> dict[str, object]:
        """Of an artefact's manifest. Raises RenderProblem."""
        _, manifest = await Registry(url, access, self._authorities).manifest(revision)
        return dict(manifest.get("annotations") or {})

    # -- repositories ----------------------------------------------------------------------------------------------

    async def _archive(self, url: str, chart: str, version: str, access: Access, everywhere: bool) -> bytes:
        if is_registry(url):
            registry = Registry(_join(url, chart), access, self._authorities)
            _, manifest = await registry.manifest(version.replace("+", "_"))
            return (await registry.layer(manifest))[0]
        entries = (await self._index(url, access, False)).get(chart, ())
        found = next((entry for entry in entries if entry.version.removeprefix("v") == version.removeprefix("v")), None)
        if found is None:
            raise RenderProblem(f'chart "{chart}" version "{version}" not found in {url} repository')
        return await self._download(found, url, access, everywhere)

    async def _download(self, found: ChartVersion, url: str, access: Access, everywhere: bool) -> bytes:
        answer = await Web(access, self._authorities, url).get(found.url, limit=MAX_ARCHIVE_BYTES, everywhere=everywhere)
        if answer.status != 200:
            raise RenderProblem(f"failed to fetch {found.url} : {answer.status}", transient=answer.status >= 500)
        if found.digest and digest.sha256(answer.body) != found.digest.lower():
            raise bad_manifest(f"{found.url}: the archive's digest is not what the index says")
        return answer.body

    async def _index(self, url: str, access: Access, fresh: bool) -> Index:
        key = f"{url}\n{access.fingerprint}"
        async with self._locks.held(key):
            known = self._indexes.get(key)
            if known is not None and self._monotonic() - known[0] < (1.0 if fresh else FRESH_SECONDS):
                return known[1]
            if not fresh:
                self._backoff.check(key)
            try:
                found = await self._read_index(url, access)
            except RenderProblem as problem:
                self._backoff.failed(key, problem)
                raise
            self._backoff.succeeded(key)
            self._indexes[key] = (self._monotonic(), found)
            return found

    async def _read_index(self, url: str, access: Access) -> Index:
        address = f"{url.rstrip('/')}/index.yaml"
        trouble = f'looks like "{url}" is not a valid chart repository or cannot be reached: '
        try:
            answer = await Web(access, self._authorities, url).get(address, limit=MAX_INDEX_BYTES)
        except RenderProblem as problem:
            raise RenderProblem(trouble + problem.message, transient=problem.transient) from problem
        if answer.status != 200:
            raise RenderProblem(f"{trouble}failed to fetch {address} : {answer.status}", transient=answer.status >= 500)
        return await asyncio.to_thread(helm_index.parse, answer.body, url)

    async def _tags_of(self, url: str, access: Access, fresh: bool) -> list[str]:
        key = f"{url}\n{access.fingerprint}"
        known = self._tags.get(key)
        if known is not None and not fresh and self._monotonic() - known[0] < FRESH_SECONDS:
            return known[1]
        if not fresh:
            self._backoff.check(key)
        try:
            found = await Registry(url, access, self._authorities).tags()
        except RenderProblem as problem:
            told = RenderProblem(f"failed to get tags: {problem.message}", transient=problem.transient)
            self._backoff.failed(key, told)
            raise told from problem
        self._backoff.succeeded(key)
        self._tags[key] = (self._monotonic(), found)
        return found


def is_registry(url: str) -> bool:
    """Chart repositories without a scheme are registries."""
    return not url.startswith(("http://", "https://"))


def _join(url: str, chart: str) -> str:
    return f"{url.rstrip('/')}/{chart}"
