"""Git repositories by URL: our own forge's are opened where they lie, foreign ones are mirrored commit by commit."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pygit2

from stackwright.adapters.sources import refs as references
from stackwright.adapters.sources import urls
from stackwright.adapters.sources.app_tokens import AppTokens
from stackwright.adapters.sources.backoff import Backoff
from stackwright.adapters.sources.credentials import Access
from stackwright.adapters.sources.git_remote import Asked, Authorities, GitRemote, KnownHosts, no_known_hosts, unheard
from stackwright.adapters.sources.locks import KeyedLocks
from stackwright.adapters.sources.problems import NOT_FOUND, RenderProblem
from stackwright.adapters.sources.refs import Refs
from stackwright.gitops.webhooks import same_repository
from stackwright.kernel import digest

REFS_FRESH_SECONDS = 3.0
_SCHEMES = "http:https:ssh"
_MAX_NAMES = 100


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that is present on this machine."""

    repository: Path
    sha: str


class Repositories:
    """Finds commits. Shape: `local_repository` gives the place of a repository of our own, None for any other URL."""

    def __init__(
        self,
        data: Path,
        local_repository: Callable[[str], Path | None],
        *,
        authorities: Authorities = lambda _host: None,
        known_hosts: KnownHosts = no_known_hosts,
        file_urls: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        asked: Asked = unheard,
    ) -> None:
        self._asked = asked
        self._tokens = AppTokens(authorities)
        self._data = data
        self._local_repository = local_repository
        self._authorities = authorities
        self._known_hosts = known_hosts
        self._file_urls = file_urls
        self._monotonic = monotonic
        self._backoff = Backoff(monotonic)
        self._refs: dict[str, tuple[float, Refs]] = {}
        self._locks = KeyedLocks()
        self._names: dict[Path, dict[str, str]] = {}

    def names_of(self, url: str) -> tuple[str, ...]:
        """Every URL under which a repository of our own was asked for, besides this one."""
        found = self._local_repository(url)
        known = self._names.get(found, {}) if found is not None else {}
        return tuple(name for key, name in known.items() if key != urls.normalise(url))

    def forget(self, url: str) -> None:
        """What was known of a repository's references is old."""
        prefix = urls.normalise(url) + "\n"
        for key in [key for key in self._refs if key.startswith(prefix)]:
            del self._refs[key]

    def forget_all(self, told: str) -> None:
        """As `forget`, for every way to write the address that a git host calls its repository by."""
        for key in [key for key in self._refs if same_repository(told, key.partition("\n")[0])]:
            del self._refs[key]

    def local(self, url: str) -> Path | None:
        """Where the repository lies when no network is needed. Raises RenderProblem when it should be here and is not."""
        found = self._local_repository(url)
        if found is None and self._file_urls and url.startswith("file://"):
            found = Path(url.removeprefix("file://"))
        if found is not None and not found.exists():
            raise RenderProblem(f"failed to list refs: {NOT_FOUND}")
        if found is not None and len(self._names.setdefault(found, {})) < _MAX_NAMES:
            self._names[found].setdefault(urls.normalise(url), url)
        return found

    async def refs(self, url: str, access: Access, *, fresh: bool = False) -> Refs:
        """Raises RenderProblem."""
        path = self.local(url)
        if path is not None:
            return await asyncio.to_thread(local_refs, path)
        key = f"{urls.normalise(url)}\n{access.fingerprint}"
        async with self._locks.held(key):
            known = self._refs.get(key)
            if known is not None and self._monotonic() - known[0] < (0.0 if fresh else REFS_FRESH_SECONDS):
                return known[1]
            if not fresh:
                self._backoff.check(key)
            found = await self._ask(key, url, access)
            self._refs[key] = (self._monotonic(), found)
            return found

    async def _ask(self, key: str, url: str, access: Access) -> Refs:
        try:
            found = await (await self._remote(url, access)).refs()
        except RenderProblem as problem:
            self._backoff.failed(key, problem)
            raise
        self._backoff.succeeded(key)
        return found

    async def resolve(self, url: str, revision: str, access: Access, *, tag_prefix: str = "", fresh: bool = False) -> str:
        """The SHA that a revision names now. Raises RenderProblem."""
        if references.is_sha(revision):
            return revision
        found = references.choose(await self.refs(url, access, fresh=fresh), revision, tag_prefix)
        return found if found is not None else await self._expand(url, revision, access)

    async def commit(self, url: str, sha: str, access: Access) -> Commit:
        """Makes a commit present. Raises RenderProblem."""
        path = self.local(url)
        if path is not None:
            if not await asyncio.to_thread(_has, path, sha):
                raise RenderProblem(references.unresolved(sha))
            return Commit(path, sha)
        mirror = self._mirror(url)
        async with self._locks.held(str(mirror)):
            if not await asyncio.to_thread(_prepared, mirror, sha):
                await (await self._remote(url, access)).fetch(mirror, sha)
                if not await asyncio.to_thread(_has, mirror, sha):
                    raise RenderProblem(references.unresolved(sha))
        return Commit(mirror, sha)

    def present(self, url: str) -> Path | None:
        """The repository if something of it is on this machine already."""
        path = self.local(url)
        mirror = self._mirror(url)
        return path or (mirror if mirror.exists() else None)

    async def _expand(self, url: str, short: str, access: Access) -> str:
        """A shortened SHA needs the whole history."""
        path = self.local(url)
        if path is None:
            path = self._mirror(url)
            async with self._locks.held(str(path)):
                await asyncio.to_thread(_prepared, path, short)
                await (await self._remote(url, access)).fetch_all(path)
        found = await asyncio.to_thread(_lookup, path, short)
        if found is None:
            raise RenderProblem(references.unresolved(short))
        return found

    def _mirror(self, url: str) -> Path:
        return self._data / "mirrors" / f"{digest.sha256(urls.normalise(url).encode())[:40]}.git"

    async def _remote(self, url: str, access: Access) -> GitRemote:
        place = urls.parse(url)
        if place is None or place.scheme == "oci":
            raise RenderProblem(f"failed to list refs: {NOT_FOUND}", hint=f"{url!r} is no URL that git can fetch from here")
        access = await self._tokens.access(access, place)
        return GitRemote(place, access, authorities=self._authorities, known_hosts=self._known_hosts, schemes=_SCHEMES, asked=self._asked)


def local_refs(path: Path) -> Refs:
    """Reads the references of a repository on disk, tags peeled to their commits. Raises RenderProblem."""
    try:
        repository = pygit2.Repository(str(path))
    except pygit2.GitError as error:
        raise RenderProblem(f"failed to list refs: {NOT_FOUND}") from error
    names: dict[str, str] = {}
    for name in repository.references:
        try:
            names[name] = str(repository.references[name].peel(pygit2.Commit).id)
        except (pygit2.GitError, pygit2.InvalidSpecError, KeyError):
            continue
    head = "" if repository.head_is_unborn else str(repository.head.peel(pygit2.Commit).id)
    return Refs(head, names)


def _has(path: Path, sha: str) -> bool:
    """True when the commit and its files are there."""
    try:
        repository = pygit2.Repository(str(path))
        found = repository.get(sha)
        return found is not None and found.peel(pygit2.Tree) is not None
    except (pygit2.GitError, pygit2.InvalidSpecError, ValueError, KeyError):
        return False


def _prepared(mirror: Path, sha: str) -> bool:
    """Creates the mirror if need be; true when it holds the commit already."""
    if not (mirror / "HEAD").exists():
        mirror.parent.mkdir(parents=True, exist_ok=True)
        pygit2.init_repository(str(mirror), bare=True)
        return False
    return _has(mirror, sha)


def _lookup(path: Path, short: str) -> str | None:
    try:
        return str(pygit2.Repository(str(path)).revparse_single(short).peel(pygit2.Commit).id)
    except (KeyError, ValueError, pygit2.GitError, pygit2.InvalidSpecError):
        return None
