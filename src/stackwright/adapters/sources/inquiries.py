"""What people ask of a repository before they deploy from it: what is in it, and whether it opens."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any

from stackwright.adapters.sources import history, kinds_of_source
from stackwright.adapters.sources.charts import Charts, is_registry
from stackwright.adapters.sources.credentials import access_to
from stackwright.adapters.sources.fetching import Fetching, Secrets
from stackwright.adapters.sources.job import Fetched
from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.repositories import Repositories
from stackwright.adapters.sources.tree import Tree
from stackwright.gitops.ports import RevisionMetadata
from stackwright.kernel import yaml

MAX_LISTED = 2_000
MAX_PARAMETERS = 5_000
_VALUES = re.compile(r"(values.*|.*-values|.*\.values)\.ya?ml")
_MARKERS = {"Chart.yaml": "Helm", **dict.fromkeys(kinds_of_source.KUSTOMIZATION_NAMES, "Kustomize")}


class Inquiries:
    """Every question takes the Secrets that open repositories. Raises SourceError."""

    def __init__(self, repositories: Repositories, charts: Charts, fetching: Fetching) -> None:
        self._repositories = repositories
        self._charts = charts
        self._fetching = fetching

    async def refs(self, url: str, credentials: Secrets, project: str = "", *, fresh: bool = False) -> tuple[list[str], list[str]]:
        """Branches and tags, sorted."""
        found = await self._repositories.refs(url, access_to(url, credentials, project), fresh=fresh)
        heads = [name.removeprefix("refs/heads/") for name in found.names if name.startswith("refs/heads/")]
        return sorted(heads), sorted(found.tags())

    async def charts(self, url: str, credentials: Secrets, project: str = "", *, fresh: bool = False) -> Mapping[str, list[str]]:
        """Versions by chart, of a repository with an index."""
        return await self._charts.versions(url, access_to(url, credentials, project), fresh=fresh)

    async def tags(self, url: str, credentials: Secrets, project: str = "", *, fresh: bool = False) -> list[str]:
        """Of an artefact in a registry."""
        return sorted(await self._charts.tags(url, access_to(url, credentials, project), fresh=fresh))

    async def check(self, url: str, kind: str, credentials: Secrets, project: str = "", *, oci: bool = False) -> str:
        """Opens it now, and says what is there; empty for a registry of charts, which is asked for nothing until a chart is named.

        Shape: `kind` is git, helm or oci.
        """
        if kind == "oci" or url.startswith("oci://"):
            return f"{len(await self.tags(url, credentials, project, fresh=True))} versions"
        if kind == "helm" and (oci or is_registry(url)):
            return ""
        if kind == "helm":
            return f"{len(await self.charts(url, credentials, project, fresh=True))} charts"
        branches, tags = await self.refs(url, credentials, project, fresh=True)
        return f"{len(branches)} branches and {len(tags)} tags"

    async def apps(self, url: str, revision: str, credentials: Secrets, project: str = "") -> list[tuple[str, str]]:
        """Folders with a file that only one tool has, and which tool that is."""
        sha = await self._fetching.resolve({"repoURL": url}, revision, credentials, project)
        tree = await self._fetching.commit(url, sha, credentials, project)
        return await asyncio.to_thread(_apps, tree)

    async def details(
        self, source: Mapping[str, Any], settings: Mapping[str, str], credentials: Secrets, project: str = ""
    ) -> Mapping[str, Any]:
        """Which tool a source is for, and what the tool can be told. Shape: `type`, and for a chart `helm`."""
        revision = await self._fetching.resolve(source, str(source.get("targetRevision") or ""), credentials, project)
        fetched = await self._fetching.fetch(source, revision, credentials, project)
        return await asyncio.to_thread(_details, source, fetched, settings)

    async def metadata(self, url: str, revision: str, credentials: Secrets, project: str = "") -> RevisionMetadata:
        """Who made a commit, which is fetched if need be."""
        access = access_to(url, credentials, project)
        found = await self._repositories.commit(url, await self._repositories.resolve(url, revision, access), access)
        return await asyncio.to_thread(history.metadata, found.repository, found.sha)

    async def chart_metadata(self, url: str, chart: str, version: str, credentials: Secrets, project: str = "") -> Mapping[str, Any]:
        """Chart.yaml of a chart's version."""
        fetched = await self._fetching.fetch({"repoURL": url, "chart": chart}, version, credentials, project)
        return await asyncio.to_thread(_mapping, fetched.tree, "Chart.yaml")

    async def annotations(self, url: str, revision: str, credentials: Secrets, project: str = "") -> Mapping[str, str]:
        """What the manifest of an artefact in a registry says of it."""
        found = await self._charts.annotations(url, revision, access_to(url, credentials, project))
        return {str(key): str(value) for key, value in found.items()}


def _apps(tree: Tree) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for entry in tree.walk(""):
        folder, _, name = entry.path.rpartition("/")
        kind = _MARKERS.get(name)
        if kind is not None and len(found) < MAX_LISTED:
            found[folder or "."] = "Helm" if "Helm" in (kind, found.get(folder or ".")) else kind
    return [(kind, folder) for folder, kind in sorted(found.items())]


def _details(source: Mapping[str, Any], fetched: Fetched, settings: Mapping[str, str]) -> Mapping[str, Any]:
    kind: str = "Helm" if kinds_of_source.is_helm_repository(source) else ""
    kind = kind or kinds_of_source.declared(source) or kinds_of_source.detect(fetched.tree, fetched.path, settings)
    return {"type": kind, "helm": _helm(fetched.tree, fetched.path)} if kind == "Helm" else {"type": kind}


def _helm(tree: Tree, path: str) -> Mapping[str, Any]:
    prefix = f"{path.strip('./')}/" if path.strip("./") else ""
    names = [entry.path.removeprefix(prefix) for entry in tree.entries(prefix.rstrip("/")) if entry.kind == "file"]
    text = tree.read(f"{prefix}values.yaml").decode(errors="replace") if "values.yaml" in names else ""
    values = yaml.load(text) if text else {}
    parameters: list[Mapping[str, str]] = []
    for name, value in _flat(values if isinstance(values, Mapping) else {}, ""):
        if len(parameters) >= MAX_PARAMETERS:
            break
        parameters.append({"name": name, "value": value})
    chart = _mapping(tree, f"{prefix}Chart.yaml")
    value_files = [name for name in names if _VALUES.fullmatch(name)]
    return {"name": str(chart.get("name") or ""), "valueFiles": sorted(value_files), "values": text, "parameters": parameters}


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """As `--set` would name each value."""
    match value:
        case Mapping() if value:
            for key, item in value.items():
                name = str(key).replace(".", "\\.")
                yield from _flat(item, f"{path}.{name}" if path else name)
        case list() if value:
            for number, item in enumerate(value):
                yield from _flat(item, f"{path}[{number}]")
        case Mapping() | list():
            return
        case bool():
            yield path, str(value).lower()
        case None:
            yield path, ""
        case _:
            yield path, str(value)


def _mapping(tree: Tree, path: str) -> Mapping[str, Any]:
    found = yaml.load(tree.read(path))
    if not isinstance(found, Mapping):
        raise RenderProblem(f"{path}: expected a mapping")
    return found
