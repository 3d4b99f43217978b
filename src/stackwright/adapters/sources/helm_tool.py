"""Renders charts: gathers values and dependencies, lets a worker run Helm, reads what comes out."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stackwright.adapters.sources import documents, helm_dependencies, helm_values, value_files
from stackwright.adapters.sources.charts import Charts
from stackwright.adapters.sources.credentials import Access, access_to
from stackwright.adapters.sources.environment import substitute
from stackwright.adapters.sources.job import Job, Output
from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.scratch import scratch, write
from stackwright.adapters.sources.tree import Tree
from stackwright.adapters.sources.value_files import InTree, Location
from stackwright.adapters.sources.web import Web
from stackwright.adapters.sources.workers import Workers
from stackwright.api.meta import Object, annotations_of
from stackwright.kernel import yaml

TIMEOUT_SECONDS = 45.0
MAX_VALUES_BYTES = 8 * 1024 * 1024
_TEST_HOOKS = frozenset(("test", "test-success", "test-failure"))


class HelmTool:
    """Implements `job.Tool`."""

    def __init__(self, workers: Workers, charts: Charts) -> None:
        self._workers = workers
        self._charts = charts

    async def render(self, job: Job) -> Output:
        options = job.options("helm")
        release = str(options.get("releaseName") or job.request.app_name)
        try:
            return await self._render(job, options, release)
        except RenderProblem as problem:
            if problem.transient:
                raise
            message = f"`helm template . --name-template {release}` failed exit status 1: Error: {problem.message}"
            raise RenderProblem(message, hint=problem.hint) from problem

    async def _render(self, job: Job, options: Mapping[str, Any], release: str) -> Output:
        read = {job.fetched.path}
        files = await asyncio.to_thread(helm_dependencies.chart_files, job.fetched.tree, job.fetched.path)
        await self._complete(job, job.fetched.tree, job.fetched.path, files, read, 0)
        if options.get("skipSchemaValidation"):
            files = {path: content for path, content in files.items() if not path.endswith("values.schema.json")}
        request = {
            "op": "helm",
            "release": release,
            "namespace": options.get("namespace") or job.request.destination_namespace,
            "kube_version": _kube_version(str(options.get("kubeVersion") or job.request.kube_version)),
            "api_versions": list(options.get("apiVersions") or job.request.api_versions),
            **await self._values(job, options, read),
        }
        with scratch() as folder:
            await asyncio.to_thread(write, folder / "chart", files)
            answer = await self._ask({**request, "chart": str(folder / "chart")}, folder)
        objects = await asyncio.to_thread(_objects, answer, options)
        return Output(tuple(objects), tuple(sorted(read)))

    async def _ask(self, request: Mapping[str, Any], folder: Path) -> Any:
        try:
            return await self._workers.ask(request, TIMEOUT_SECONDS)
        except RenderProblem as problem:
            raise RenderProblem(problem.message.replace(f"{folder}/", "")) from problem

    # -- dependencies ----------------------------------------------------------------------------------------------

    async def _complete(self, job: Job, tree: Tree, folder: str, files: dict[str, bytes], read: set[str], depth: int) -> None:
        """Adds the charts that `charts/` lacks."""
        if depth > helm_dependencies.MAX_DEPTH:
            raise RenderProblem(f"dependencies are nested more than {helm_dependencies.MAX_DEPTH} deep")
        for dependency in await asyncio.to_thread(helm_dependencies.missing, files):
            if dependency.repository.startswith("file://"):
                inner_tree, inner_folder = tree, helm_dependencies.beside(dependency.repository, folder)
                if tree is job.fetched.tree:
                    read.add(inner_folder)
            elif dependency.repository:
                inner_tree, inner_folder = await self._download(job, dependency), ""
            else:
                continue
            inner = await asyncio.to_thread(helm_dependencies.chart_files, inner_tree, inner_folder)
            if "Chart.yaml" not in inner:
                raise RenderProblem(f"directory {dependency.repository} not found")
            await self._complete(job, inner_tree, inner_folder, inner, read, depth + 1)
            files.update({f"charts/{dependency.name}/{path}": content for path, content in inner.items()})

    async def _download(self, job: Job, dependency: helm_dependencies.Dependency) -> Tree:
        url = _repository_url(job, dependency.repository)
        access = access_to(url, job.request.credentials, job.request.project)
        version = await self._charts.resolve(url, dependency.name, dependency.version, access)
        everywhere = bool(job.options("helm").get("passCredentials"))
        address = await self._charts.fetch(url, dependency.name, version, access, everywhere=everywhere)
        return await asyncio.to_thread(Tree, address)

    # -- values ----------------------------------------------------------------------------------------------------

    async def _values(self, job: Job, options: Mapping[str, Any], read: set[str]) -> dict[str, Any]:
        ignore = bool(options.get("ignoreMissingValueFiles"))
        layers = []
        for name in options.get("valueFiles") or []:
            for location in await asyncio.to_thread(value_files.locate, job, str(name), ignore_missing=ignore):
                layers.append(_mapping(await self._content(location, read), str(name)))
        layers.append(_inline(options))
        parameters = options.get("parameters") or []
        expressions: dict[str, list[str]] = {"set": [], "set_string": []}
        for parameter in parameters:
            kind = "set_string" if parameter.get("forceString") else "set"
            value = substitute(str(parameter.get("value") or ""), job.environment)
            expressions[kind].append(helm_values.expression(str(parameter.get("name") or ""), value))
        contents = []
        for parameter in options.get("fileParameters") or []:
            for location in await asyncio.to_thread(value_files.locate, job, str(parameter.get("path") or "")):
                contents.append([str(parameter["name"]), (await self._content(location, read)).decode(errors="replace")])
        return {"values": layers, **expressions, "set_file": contents}

    async def _content(self, location: Location, read: set[str]) -> bytes:
        if isinstance(location, InTree):
            read.add(location.read)
            return await asyncio.to_thread(location.tree.read, location.path, MAX_VALUES_BYTES)
        answer = await Web(Access(), lambda _host: None, location.url).get(location.url, limit=MAX_VALUES_BYTES)
        if answer.status != 200:
            raise RenderProblem(f"failed to fetch {location.url} : {answer.status}", transient=answer.status >= 500)
        return answer.body


def _kube_version(text: str) -> str:
    return f"v{text}" if text and not text.startswith("v") else text


def _repository_url(job: Job, repository: str) -> str:
    """`@name` and `alias:name` stand for the repository that a Secret names so."""
    for mark in ("@", "alias:"):
        if repository.startswith(mark):
            wanted = repository.removeprefix(mark)
            for secret in job.request.credentials:
                fields = {**(secret.get("data") or {}), **(secret.get("stringData") or {})}
                if str(fields.get("name", "")) == wanted:
                    return str(fields.get("url", ""))
            raise RenderProblem(f"no repository definition for {repository}")
    return repository


def _mapping(text: bytes | str, name: str) -> Mapping[str, Any]:
    try:
        found = yaml.load(text)
    except yaml.YamlError as error:
        raise RenderProblem(f"failed to parse {name}: error converting YAML to JSON: yaml: {error}") from error
    if found is not None and not isinstance(found, Mapping):
        raise RenderProblem(f"failed to parse {name}: the values are no mapping")
    return found or {}


def _inline(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """`valuesObject` takes the place of `values`."""
    if options.get("valuesObject"):
        found: Mapping[str, Any] = options["valuesObject"]
        return found
    return _mapping(str(options.get("values") or ""), "values")


def _objects(answer: Mapping[str, Any], options: Mapping[str, Any]) -> list[Object]:
    found: list[Object] = []
    for name, text in [] if options.get("skipCrds") else answer["crds"]:
        found += documents.of_manifests(text, name)
    for name, text in answer["templates"]:
        found += documents.of_manifests(text, name)
    return [obj for obj in found if not (options.get("skipTests") and _is_test(obj))]


def _is_test(obj: Object) -> bool:
    hooks = str(annotations_of(obj).get("helm.sh/hook") or "")
    return any(hook.strip() in _TEST_HOOKS for hook in hooks.split(","))
