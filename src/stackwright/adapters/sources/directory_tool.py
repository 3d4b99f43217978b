"""Renders a folder of plain manifests; Jsonnet is evaluated by a worker."""

import asyncio
import posixpath
from collections.abc import Mapping
from typing import Any

from stackwright.adapters.sources import directory, documents
from stackwright.adapters.sources.job import Job, Output
from stackwright.adapters.sources.problems import RenderProblem, bad_manifest
from stackwright.adapters.sources.workers import Workers, address_to
from stackwright.kernel import quantity
from stackwright.kernel.errors import BadInput

JSONNET_TIMEOUT_SECONDS = 20.0
_MAX_SIZE = "reposerver.max.combined.directory.manifests.size"


class DirectoryTool:
    """Implements `job.Tool`."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    async def render(self, job: Job) -> Output:
        path, options = job.fetched.path, job.options("directory")
        found = await asyncio.to_thread(directory.read, job.fetched.tree, path, options, _max_bytes(job.request.settings))
        imported: set[str] = set()
        for file in found.jsonnet:
            answer = await self._evaluate(job, file.path)
            found.parts[file.position] = documents.of_jsonnet(answer["output"], posixpath.basename(file.path))
            imported.update(answer["imported"])
        objects = tuple(obj for part in found.parts for obj in part)
        return Output(objects, (path, *sorted(imported)))

    async def _evaluate(self, job: Job, path: str) -> Any:
        options = job.options("directory")
        request = {
            "op": "jsonnet",
            "address": address_to(job.fetched.tree.address),
            "path": path,
            "libraries": directory.jsonnet_libraries(job.fetched.path, options),
            "arguments": directory.jsonnet_arguments(options, job.environment),
        }
        try:
            return await self._workers.ask(request, JSONNET_TIMEOUT_SECONDS)
        except RenderProblem as problem:
            raise bad_manifest(f'Failed to evaluate jsonnet "{posixpath.basename(path)}": {problem.message}') from problem


def _max_bytes(settings: Mapping[str, str]) -> int:
    """What the operator allows; the usual where that cannot be read."""
    try:
        return int(quantity.parse(settings.get(_MAX_SIZE) or directory.MAX_COMBINED_BYTES))
    except BadInput:
        return directory.MAX_COMBINED_BYTES
