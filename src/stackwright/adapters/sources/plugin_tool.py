"""Configuration management plugins (v2) as local commands.

Source: Argo CD's ConfigManagementPlugin: discovery, init, generate; `ARGOCD_ENV_*`, `ARGOCD_APP_PARAMETERS`, `PARAM_*`.
"""

import asyncio
import os
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stackwright.adapters.sources import documents, globs
from stackwright.adapters.sources.environment import substitute
from stackwright.adapters.sources.job import Job, Output
from stackwright.adapters.sources.problems import RenderProblem, bad_manifest
from stackwright.adapters.sources.processes import run
from stackwright.adapters.sources.scratch import scratch, write
from stackwright.adapters.sources.tree import Tree
from stackwright.kernel import json

TIMEOUT_SECONDS = 90.0
MAX_BYTES = 100 * 1024 * 1024
_NOT_A_NAME = re.compile(r"[^A-Z0-9_]")


@dataclass(frozen=True, slots=True)
class Plugin:
    """Shape: commands are argument lists; `name` carries the version (`name-v1.0`) where the plugin has one.

    `discover_file`, `discover_glob` and `discover_command` are the three ways to recognise an application, of which the first
    given one counts; `preserve_mode` keeps files executable.
    """

    name: str
    generate: tuple[str, ...]
    init: tuple[str, ...] = ()
    discover_file: str = ""
    discover_glob: str = ""
    discover_command: tuple[str, ...] = ()
    parameters: tuple[Mapping[str, Any], ...] = ()
    preserve_mode: bool = False


def parse_plugin(manifest: Mapping[str, Any]) -> Plugin:
    """Reads a ConfigManagementPlugin. Raises RenderProblem naming the field that is wrong."""
    spec = manifest.get("spec") or {}
    name = str((manifest.get("metadata") or {}).get("name") or "")
    version = str(spec.get("version") or "")
    generate = _command(spec.get("generate"))
    if not name or not generate:
        raise RenderProblem("invalid plugin configuration: metadata.name and spec.generate.command are required")
    discover = spec.get("discover") or {}
    find = discover.get("find") or {}
    return Plugin(
        name=f"{name}-{version}" if version else name,
        generate=generate,
        init=_command(spec.get("init")),
        discover_file=str(discover.get("fileName") or ""),
        discover_glob=str(find.get("glob") or ""),
        discover_command=_command(find),
        parameters=tuple((spec.get("parameters") or {}).get("static") or ()),
        preserve_mode=bool(spec.get("preserveFileMode")),
    )


def _command(value: Any) -> tuple[str, ...]:
    fields = value or {}
    return tuple(str(part) for part in [*(fields.get("command") or []), *(fields.get("args") or [])])


class PluginTool:
    """Implements `job.Tool`."""

    def __init__(self, plugins: tuple[Plugin, ...]) -> None:
        self._plugins = plugins

    async def discovers(self, job: Job) -> bool:
        """True when a plugin recognises the application."""
        return await self._recognising(job) is not None

    async def render(self, job: Job) -> Output:
        plugin = await self._chosen(job)
        environment = _environment(job, plugin)
        with scratch() as folder:
            await asyncio.to_thread(_check_out, job.fetched.tree, folder, plugin.preserve_mode)
            here = folder / job.fetched.path
            if plugin.init:
                await _run(plugin.init, here, environment)
            output = await _run(plugin.generate, here, environment)
        objects = await asyncio.to_thread(documents.of_manifests, output, plugin.name)
        return Output(tuple(objects), ("",))

    async def _chosen(self, job: Job) -> Plugin:
        name = str(job.options("plugin").get("name") or "")
        if not name:
            found = await self._recognising(job)
            if found is None:
                raise RenderProblem("could not find plugin supporting the given repository")
            return found
        plugin = next((plugin for plugin in self._plugins if plugin.name == name), None)
        if plugin is None:
            raise RenderProblem(f'could not find cmp-server plugin with name "{name}" supporting the given repository')
        return plugin

    async def _recognising(self, job: Job) -> Plugin | None:
        for plugin in self._plugins:
            if await _recognises(plugin, job):
                return plugin
        return None


async def _recognises(plugin: Plugin, job: Job) -> bool:
    pattern = plugin.discover_file or plugin.discover_glob
    if pattern:
        return await asyncio.to_thread(_matches, job.fetched.tree, job.fetched.path, pattern)
    if not plugin.discover_command:
        return False
    with scratch() as folder:
        await asyncio.to_thread(_check_out, job.fetched.tree, folder, plugin.preserve_mode)
        environment = _environment(job, plugin)
        ended = await run(
            plugin.discover_command, environment=environment, folder=folder / job.fetched.path, timeout_seconds=TIMEOUT_SECONDS
        )
        return ended.code == 0 and bool(ended.output.strip())


def _matches(tree: Tree, folder: str, pattern: str) -> bool:
    wanted = posixpath.normpath(posixpath.join(folder, pattern))
    return any(globs.matches_path(wanted, entry.path) for entry in tree.walk(folder))


def _check_out(tree: Tree, folder: Path, preserve_mode: bool) -> None:
    """A plugin may look at the whole repository."""
    size = 0
    for entry in tree.walk(""):
        content = tree.read_entry(entry)
        size += len(content)
        if size > MAX_BYTES:
            raise bad_manifest(f"the repository is larger than the {MAX_BYTES} bytes that are given to a plugin")
        write(folder, {entry.path: content})
        if preserve_mode and entry.executable:
            (folder / entry.path).chmod(0o700)


async def _run(command: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> bytes:
    try:
        ended = await run(command, environment=environment, folder=folder, timeout_seconds=TIMEOUT_SECONDS)
    except OSError as error:
        raise RenderProblem(f"error generating manifests in cmp: cannot run {command[0]}: {error.strerror}") from error
    if ended.code != 0:
        said = " ".join(ended.errors.split())[:2000]
        status = "timeout" if ended.code is None else f"exit status {ended.code}"
        raise RenderProblem(f"error generating manifests in cmp: `{' '.join(command)}` failed {status}: {said}")
    return ended.output


def _environment(job: Job, plugin: Plugin) -> dict[str, str]:
    """The build environment and the user's variables, whose names get a prefix so that they can replace nothing."""
    options = job.options("plugin")
    found = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.devnull, "LANG": "C.UTF-8", **job.environment}
    for variable in options.get("env") or []:
        found[f"ARGOCD_ENV_{variable['name']}"] = substitute(str(variable.get("value") or ""), job.environment)
    given = {str(parameter.get("name")): parameter for parameter in options.get("parameters") or []}
    announced = [parameter for parameter in plugin.parameters if str(parameter.get("name")) not in given]
    found["ARGOCD_APP_PARAMETERS"] = json.dumps(list(options.get("parameters") or [])).decode()
    for parameter in [*announced, *given.values()]:
        found |= _variables(parameter)
    return found


def _variables(parameter: Mapping[str, Any]) -> dict[str, str]:
    """Source: `PARAM_<NAME>` for text, `PARAM_<NAME>_<index or key>` for lists and maps."""
    name = f"PARAM_{_NOT_A_NAME.sub('_', str(parameter.get('name') or '').upper())}"
    found: dict[str, str] = {}
    if parameter.get("string") is not None:
        found[name] = str(parameter["string"])
    for index, value in enumerate(parameter.get("array") or []):
        found[f"{name}_{index}"] = str(value)
    for key, value in (parameter.get("map") or {}).items():
        found[f"{name}_{_NOT_A_NAME.sub('_', str(key).upper())}"] = str(value)
    return found
