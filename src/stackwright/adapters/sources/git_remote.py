"""Speaks to a foreign git server through the `git` program. Credentials travel in its environment or in private files."""

import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from stackwright.adapters.sources import reach
from stackwright.adapters.sources.credentials import Access
from stackwright.adapters.sources.problems import NOT_FOUND, TIMED_OUT, RenderProblem
from stackwright.adapters.sources.processes import Ended, run
from stackwright.adapters.sources.refs import Refs, parse_ls_remote
from stackwright.adapters.sources.urls import Place, normalise

LIST_TIMEOUT_SECONDS = 20.0
FETCH_TIMEOUT_SECONDS = 90.0
_INHERITED = (
    "PATH",
    "LANG",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
)
_MISSING = ("not found", "does not appear to be a git repository", "does not exist", "returned error: 404")
_DENIED = ("authentication failed", "could not read username", "could not read password", "permission denied", "returned error: 403")

Authorities = Callable[[str], str | None]
"""The PEM certificates trusted for a host, besides the machine's."""
Asked = Callable[[str, str, float, bool], None]
"""Told of each request: repository without credentials, `ls-remote` or `fetch`, seconds, whether it succeeded."""


KnownHosts = Callable[[], str]
"""Host keys that the platform knows, as known_hosts has them; now, as they may change."""


def no_known_hosts() -> str:
    """None but the user's own."""
    return ""


def unheard(repository: str, kind: str, seconds: float, succeeded: bool) -> None:
    """Nobody counts."""


class GitRemote:
    """One server's repository, as seen with one way of access."""

    def __init__(
        self, place: Place, access: Access, *, authorities: Authorities, known_hosts: KnownHosts, schemes: str, asked: Asked = unheard
    ) -> None:
        self._asked = asked
        self._place = place
        self._access = access
        self._authorities = authorities
        self._known_hosts = known_hosts
        self._schemes = schemes

    async def refs(self) -> Refs:
        """Raises RenderProblem."""
        ended = await self._git(["ls-remote", "--", self._place.url], LIST_TIMEOUT_SECONDS, "failed to list refs")
        if ended.code != 0:
            raise self._problem(ended, "failed to list refs")
        return parse_ls_remote(ended.output.decode(errors="replace"))

    async def fetch(self, mirror: Path, sha: str) -> None:
        """Brings one commit with its files. Raises RenderProblem."""
        spec = f"+{sha}:refs/stackwright/{sha}"
        ended = await self._fetch(mirror, ["--depth=1", "--", self._place.url, spec])
        if ended.code not in (0, None):
            await self.fetch_all(mirror)

    async def fetch_all(self, mirror: Path) -> None:
        """Brings everything that branches and tags reach: for servers that hand out no single commits, and for shortened SHAs."""
        specs = ["+refs/heads/*:refs/remote/heads/*", "+refs/tags/*:refs/remote/tags/*"]
        shallow = ["--unshallow"] if (mirror / "shallow").exists() else []
        ended = await self._fetch(mirror, [*shallow, "--", self._place.url, *specs])
        if ended.code != 0:
            raise self._problem(ended, "failed to fetch")

    async def _fetch(self, mirror: Path, arguments: list[str]) -> Ended:
        common = ["--git-dir", str(mirror), "fetch", "--no-tags", "--force", "--quiet", "--no-write-fetch-head", "--no-recurse-submodules"]
        return await self._git([*common, *arguments], FETCH_TIMEOUT_SECONDS, "failed to fetch")

    async def _git(self, arguments: list[str], timeout_seconds: float, doing: str) -> Ended:
        if not self._access.proxy:
            await reach.probe(self._place, f"{self._place.url}/info/refs?service=git-upload-pack", doing)
        async with self._environment() as environment:
            began = time.monotonic()
            ended = await run(["git", *arguments], environment=environment, timeout_seconds=timeout_seconds)
            kind = "ls-remote" if "ls-remote" in arguments else "fetch"
            self._asked(normalise(self._place.url), kind, time.monotonic() - began, ended.code == 0)
            return ended

    @asynccontextmanager
    async def _environment(self) -> AsyncIterator[Mapping[str, str]]:
        private = Path(tempfile.mkdtemp(prefix="stackwright-git-"))
        try:
            yield _environment(private, self._place, self._access, self._authorities(self._place.host), self._known_hosts(), self._schemes)
        finally:
            shutil.rmtree(private, ignore_errors=True)

    def _problem(self, ended: Ended, doing: str) -> RenderProblem:
        said = ended.errors.lower()
        if ended.code is None:
            return RenderProblem(f"{doing}: {TIMED_OUT}", transient=True)
        if any(sign in said for sign in _DENIED):
            return RenderProblem(
                f"{doing}: authentication required: {NOT_FOUND}" if "403" not in said else f"{doing}: authorization failed"
            )
        if any(sign in said for sign in _MISSING):
            return RenderProblem(f"{doing}: {NOT_FOUND}")
        return RenderProblem(f"{doing}: {_first_complaint(ended.errors)}", transient=True)


def _first_complaint(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
    return (fatal or lines or ["git failed"])[0][:500]


def _environment(private: Path, place: Place, access: Access, authority: str | None, known_hosts: str, schemes: str) -> dict[str, str]:
    settings = _settings(private, place, access, authority)
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= {
        "HOME": str(private),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_ALLOW_PROTOCOL": schemes,
        "GIT_SSH_COMMAND": _ssh(private, access, known_hosts),
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for index, (key, value) in enumerate(settings):
        environment[f"GIT_CONFIG_KEY_{index}"] = key
        environment[f"GIT_CONFIG_VALUE_{index}"] = value
    if access.no_proxy:
        environment["NO_PROXY"] = environment["no_proxy"] = access.no_proxy
    return environment


def _settings(private: Path, place: Place, access: Access, authority: str | None) -> list[tuple[str, str]]:
    """git configuration for this one call; the header goes to this server only."""
    found = [
        ("http.lowSpeedLimit", "100"),
        ("http.lowSpeedTime", "15"),
        ("gc.auto", "0"),
        ("fetch.fsckObjects", "true"),
        ("credential.helper", ""),
    ]
    found += [(f"fetch.fsck.{check}", "ignore") for check in ("zeroPaddedFilemode", "missingSpaceBeforeDate", "badTimezone")]
    if place.scheme in ("http", "https") and access.authorization:
        parts = urlsplit(place.url)
        found.append((f"http.{parts.scheme}://{parts.netloc}/.extraHeader", f"Authorization: {access.authorization}"))
    if access.insecure:
        found.append(("http.sslVerify", "false"))
    trusted = "\n".join(text for text in (access.certificate_authority, authority or "") if text)
    for key, name, text in (
        ("http.sslCAInfo", "ca.pem", trusted),
        ("http.sslCert", "client.pem", access.client_certificate),
        ("http.sslKey", "client.key", access.client_key),
    ):
        if text:
            found.append((key, str(_private_file(private / name, text))))
    if access.proxy:
        found.append(("http.proxy", access.proxy))
    return found


def _ssh(private: Path, access: Access, known_hosts: str) -> str:
    """The command is split by git's own shell: only paths of ours stand in it. Shape: `known_hosts` are keys beside the user's own."""
    options = ["ssh", "-F", os.devnull, "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "IdentitiesOnly=yes"]
    if access.ssh_private_key:
        options += ["-i", str(_private_file(private / "id", access.ssh_private_key.rstrip("\n") + "\n"))]
    if access.insecure_host_key:
        options += ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={os.devnull}"]
    else:
        options += ["-o", "StrictHostKeyChecking=yes"]
        options += (
            ["-o", f"'UserKnownHostsFile={_private_file(private / 'known_hosts', known_hosts)} ~/.ssh/known_hosts'"] if known_hosts else []
        )
    return " ".join(options)


def _private_file(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text)
    return path
