"""One source to be rendered, and what rendering gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.tree import Tree, normalise
from stackwright.api.meta import Object
from stackwright.gitops.ports import RenderRequest


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source's files. Shape: `revision` is the resolved SHA or chart version; `path` is the application's folder."""

    tree: Tree
    revision: str
    path: str


@dataclass(frozen=True, slots=True)
class Job:
    """All that a tool needs. Shape: `references` maps the `ref` of other sources to their files; `app` is the instance name."""

    request: RenderRequest
    source: Mapping[str, Any]
    fetched: Fetched
    app: str
    environment: Mapping[str, str]
    references: Mapping[str, Fetched]

    def options(self, field: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.source.get(field) or {}
        return found


@dataclass(frozen=True, slots=True)
class Output:
    """Shape: `read` names the paths that the result depends on; `ref:<name>:<path>` lies in a referenced source."""

    objects: tuple[Object, ...]
    read: tuple[str, ...]
    warnings: tuple[str, ...] = ()


class Tool(Protocol):
    """Turns files into objects. Raises RenderProblem."""

    async def render(self, job: Job) -> Output: ...


def content_of(job: Job, path: str) -> str:
    """The name of the content that lies at one of `Output.read`."""
    if path.startswith("ref:"):
        _, name, inner = path.split(":", 2)
        return job.references[name].tree.oid(inner) if name in job.references else ""
    return job.fetched.tree.oid(path)


def check_path(tree: Tree, path: str) -> str:
    """The application's folder, from the root of the tree. Raises RenderProblem."""
    if path.startswith("/"):
        raise RenderProblem(f"{path}: app path is absolute")
    try:
        clean = normalise(path)
        entry = tree.find(clean)
    except RenderProblem as problem:
        raise RenderProblem(f"{path}: app path outside root") from problem
    if entry is None:
        raise RenderProblem(f"{path}: app path does not exist")
    if entry.kind != "folder":
        raise RenderProblem(f"{path}: app path is not a directory")
    return clean
