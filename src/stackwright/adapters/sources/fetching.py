"""Brings the files of a source: a commit with its submodules, a chart, an OCI artefact."""

import asyncio
from collections.abc import Mapping
from typing import Any

from stackwright.adapters.sources import job as jobs
from stackwright.adapters.sources.charts import Charts
from stackwright.adapters.sources.credentials import access_to
from stackwright.adapters.sources.job import Fetched
from stackwright.adapters.sources.kinds_of_source import is_helm_repository, is_reference_only
from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.repositories import Repositories
from stackwright.adapters.sources.submodules import submodules
from stackwright.adapters.sources.tree import Tree, TreeAddress

MAX_NESTED_MODULES = 3
Secrets = tuple[Mapping[str, Any], ...]


class Fetching:
    """Joins the places where files come from."""

    def __init__(self, repositories: Repositories, charts: Charts) -> None:
        self._repositories = repositories
        self._charts = charts

    async def resolve(self, source: Mapping[str, Any], revision: str, secrets: Secrets, project: str = "", *, fresh: bool = False) -> str:
        """The SHA, chart version or digest that `revision` names now. Raises RenderProblem."""
        url = _url(source)
        access = access_to(url, secrets, project)
        if is_helm_repository(source):
            return await self._charts.resolve(url, str(source["chart"]), revision, access, fresh=fresh)
        if url.startswith("oci://"):
            return await self._charts.resolve_artefact(url, revision, access, fresh=fresh)
        prefix = str(source.get("tagPrefix") or "")
        return await self._repositories.resolve(url, revision, access, tag_prefix=prefix, fresh=fresh)

    async def fetch(
        self, source: Mapping[str, Any], revision: str, secrets: Secrets, project: str = "", *, modules: bool = True
    ) -> Fetched:
        """The files of a resolved revision. Raises RenderProblem."""
        url = _url(source)
        access = access_to(url, secrets, project)
        if is_helm_repository(source):
            chart = await self._charts.fetch(url, str(source["chart"]), revision, access)
            return Fetched(await asyncio.to_thread(Tree, chart), revision, "")
        path = str(source.get("path") or ".")
        if url.startswith("oci://"):
            tree = await asyncio.to_thread(Tree, await self._charts.fetch_artefact(url, revision, access))
        else:
            tree = await self.commit(url, revision, secrets, project, 0 if modules else MAX_NESTED_MODULES)
        if is_reference_only(source):
            return Fetched(tree, revision, "")
        return Fetched(tree, revision, await asyncio.to_thread(jobs.check_path, tree, path))

    async def commit(self, url: str, sha: str, secrets: Secrets, project: str = "", depth: int = 0) -> Tree:
        """The files of a commit, those of its submodules in their places."""
        commit = await self._repositories.commit(url, sha, access_to(url, secrets, project))
        tree = await asyncio.to_thread(Tree, TreeAddress(commit.repository, commit.sha))
        found = await asyncio.to_thread(submodules, tree, url)
        if not found or depth >= MAX_NESTED_MODULES:
            return tree
        modules = {}
        for module in found:
            inner = await self.commit(module.url, module.sha, secrets, project, depth + 1)
            modules[module.path] = inner.address
        return await asyncio.to_thread(Tree, TreeAddress(commit.repository, commit.sha, modules))


def _url(source: Mapping[str, Any]) -> str:
    url = str(source.get("repoURL") or "")
    if not url:
        raise RenderProblem("spec.source.repoURL is required")
    return url
