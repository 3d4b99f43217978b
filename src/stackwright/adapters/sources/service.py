"""The GitOps engine's `Sources`: fetch, choose the tool, render, remember by content."""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stackwright.adapters.sources import history, kinds_of_source, overrides, problems
from stackwright.adapters.sources.cache import ContentCache
from stackwright.adapters.sources.charts import Charts
from stackwright.adapters.sources.directory_tool import DirectoryTool
from stackwright.adapters.sources.environment import build_environment, instance_name
from stackwright.adapters.sources.fetching import Fetching, Secrets
from stackwright.adapters.sources.git_remote import Asked, Authorities, KnownHosts, no_known_hosts, unheard
from stackwright.adapters.sources.helm_tool import HelmTool
from stackwright.adapters.sources.inquiries import Inquiries
from stackwright.adapters.sources.job import Fetched, Job, Output, Tool, content_of
from stackwright.adapters.sources.kustomize_tool import KustomizeTool
from stackwright.adapters.sources.plugin_tool import Plugin, PluginTool
from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.repositories import Repositories
from stackwright.adapters.sources.workers import Workers
from stackwright.gitops.ports import Commit, Rendered, RenderRequest, RevisionMetadata, SourceError
from stackwright.kernel import digest

MAX_OBJECTS = 20_000


_SUBMODULES = "reposerver.enable.git.submodule"


class ManifestSources:
    """Implements `gitops.ports.Sources`.

    Shape: `data` is a folder of its own for mirrors and artefacts; `local_repository` gives the place of a repository of our
    own forge, None for any other URL; `authorities` gives the PEM certificates to trust for a host; `plugins` are the
    configuration management plugins that may be run; `file_urls` allows `file://` repositories.
    """

    def __init__(
        self,
        data: Path,
        local_repository: Callable[[str], Path | None] = lambda _url: None,
        *,
        authorities: Authorities = lambda _host: None,
        known_hosts: KnownHosts = no_known_hosts,
        plugins: tuple[Plugin, ...] = (),
        control_namespace: str = "argocd",
        file_urls: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        asked: Asked = unheard,
    ) -> None:
        self._workers = Workers()
        self._repositories = Repositories(
            data,
            local_repository,
            authorities=authorities,
            known_hosts=known_hosts,
            file_urls=file_urls,
            monotonic=monotonic,
            asked=asked,
        )
        self._charts = Charts(data, authorities=authorities, monotonic=monotonic)
        self._fetching = Fetching(self._repositories, self._charts)
        self._plugins = PluginTool(plugins)
        self._tools: Mapping[str, Tool] = {
            "Directory": DirectoryTool(self._workers),
            "Kustomize": KustomizeTool(),
            "Helm": HelmTool(self._workers, self._charts),
            "Plugin": self._plugins,
        }
        self._control_namespace = control_namespace
        self._cache: ContentCache[Output] = ContentCache()
        self._listeners: list[Callable[[str], None]] = []

    # -- the port --------------------------------------------------------------------------------------------------

    async def render(self, request: RenderRequest) -> Rendered:
        """Raises SourceError in the words of Argo CD's ComparisonError."""
        references: dict[str, Fetched] = {}
        fetched: list[Fetched] = []
        outputs: list[tuple[Output, str]] = []
        count = len(request.sources)
        position = 0
        try:
            for position, source in enumerate(request.sources, 1):
                fetched.append(await self._fetch(request, source, position - 1))
                if source.get("ref"):
                    references[str(source["ref"])] = fetched[-1]
            for position, source in enumerate(request.sources, 1):
                outputs.append(await self._one(request, source, fetched[position - 1], references))
        except RenderProblem as problem:
            raise problems.of_source(problem, position, count) from problem
        objects = tuple(obj for output, _ in outputs for obj in output.objects)
        warnings = tuple(warning for output, _ in outputs for warning in output.warnings)
        return Rendered(objects, tuple(item.revision for item in fetched), tuple(kind for _, kind in outputs), warnings)

    async def resolve(self, source: Mapping[str, Any], credentials: Secrets = ()) -> str:
        """Raises SourceError."""
        return await self._fetching.resolve(source, str(source.get("targetRevision") or ""), credentials)

    async def revision_metadata(self, repo_url: str, revision: str) -> RevisionMetadata:
        """Raises SourceError when the commit was never fetched."""
        return await asyncio.to_thread(history.metadata, self._present(repo_url), revision)

    async def changed_paths(self, repo_url: str, old: str, new: str) -> tuple[str, ...]:
        """Raises SourceError when one of the commits was never fetched."""
        return await asyncio.to_thread(history.changed_paths, self._present(repo_url), old, new)

    def on_push(self, listener: Callable[[str], None]) -> None:
        self._listeners.append(listener)

    # -- for the application layer and the ApplicationSet generators -------------------------------------------------

    def pushed(self, repo_url: str) -> None:
        """Tells everybody that a repository received commits, under every name that it was asked for."""
        for name in (repo_url, *self._repositories.names_of(repo_url)):
            self._repositories.forget(name)
            for listener in self._listeners:
                listener(name)

    def moved(self, told: str) -> None:
        """A git host says that something moved in its repository of this address: who asks next is not answered from memory."""
        self._repositories.forget_all(told)

    async def directories(self, repo_url: str, revision: str, credentials: Secrets = (), project: str = "") -> tuple[str, ...]:
        """Every folder of a revision, sorted; those whose name begins with a dot are left out with all they hold."""
        tree = await self._tree(repo_url, revision, credentials, project)
        return await asyncio.to_thread(history.directories, tree)

    async def files(self, repo_url: str, revision: str, pattern: str, credentials: Secrets = (), project: str = "") -> Mapping[str, bytes]:
        """The files that a glob names, by path, sorted."""
        tree = await self._tree(repo_url, revision, credentials, project)
        return await asyncio.to_thread(history.files, tree, pattern)

    @property
    def inquiries(self) -> Inquiries:
        """What people ask of a repository before they deploy from it."""
        return Inquiries(self._repositories, self._charts, self._fetching)

    async def commits(self, repo_url: str, revision: str, count: int) -> tuple[Commit, ...]:
        """A commit that was fetched and those before it, from new to old. Raises SourceError."""
        return await asyncio.to_thread(history.commits, self._present(repo_url), revision, count)

    async def aclose(self) -> None:
        """Ends the child processes."""
        await self._workers.close()
        await self._charts.aclose()

    # -- one source ------------------------------------------------------------------------------------------------

    async def _tree(self, repo_url: str, revision: str, credentials: Secrets, project: str) -> Any:
        sha = await self._fetching.resolve({"repoURL": repo_url}, revision, credentials, project)
        return await self._fetching.commit(repo_url, sha, credentials, project)

    async def _fetch(self, request: RenderRequest, source: Mapping[str, Any], index: int) -> Fetched:
        wanted = request.revisions[index] if index < len(request.revisions) else ""
        revision = wanted or str(source.get("targetRevision") or "")
        fresh = request.no_cache or request.fresh
        resolved = await self._fetching.resolve(source, revision, request.credentials, request.project, fresh=fresh)
        modules = request.settings.get(_SUBMODULES) != "false"
        return await self._fetching.fetch(source, resolved, request.credentials, request.project, modules=modules)

    async def _one(
        self, request: RenderRequest, source: Mapping[str, Any], fetched: Fetched, references: Mapping[str, Fetched]
    ) -> tuple[Output, str]:
        if kinds_of_source.is_reference_only(source) and len(request.sources) > 1:
            return Output((), ()), "Directory"
        app = instance_name(request, self._control_namespace)
        merged = await asyncio.to_thread(overrides.apply, source, fetched.tree, fetched.path, app)
        job = Job(request, merged, fetched, app, build_environment(request, source, fetched.revision, app), references)
        kind = await self._kind(job)
        if not kinds_of_source.enabled(kind, request.settings):
            raise RenderProblem(f"{kind} is disabled")
        return await self._rendered(job, kind), kind

    async def _kind(self, job: Job) -> kinds_of_source.SourceType:
        if kinds_of_source.is_helm_repository(job.source):
            return "Helm"
        declared = kinds_of_source.declared(job.source)
        if declared is not None:
            return declared
        if await self._plugins.discovers(job):
            return "Plugin"
        return await asyncio.to_thread(kinds_of_source.detect, job.fetched.tree, job.fetched.path, job.request.settings)

    async def _rendered(self, job: Job, kind: str) -> Output:
        key = _key(job, kind)
        found = None if job.request.no_cache else await asyncio.to_thread(self._cache.find, key, lambda path: content_of(job, path))
        if found is not None:
            return found
        output = await self._tools[kind].render(job)
        if len(output.objects) > MAX_OBJECTS:
            raise RenderProblem(f"the source has {len(output.objects)} objects; at most {MAX_OBJECTS} are deployed")
        await asyncio.to_thread(self._cache.keep, key, output.read, lambda path: content_of(job, path), output)
        return output

    def _present(self, repo_url: str) -> Path:
        path = self._repositories.present(repo_url)
        if path is None:
            raise SourceError(f"repository {repo_url} was not fetched yet")
        return path


def _key(job: Job, kind: str) -> str:
    """Everything but the files that the result depends on; the revision only where the options speak of it."""
    request = job.request
    uses_revision = kind == "Plugin" or b"ARGOCD_APP_REVISION" in repr(job.source).encode()
    return digest.of(
        [
            kind, job.source, job.app, job.fetched.path, request.destination_namespace, request.project, request.kube_version,
            request.api_versions, request.settings, job.fetched.revision if uses_revision else "",
        ]
    )  # fmt: skip
