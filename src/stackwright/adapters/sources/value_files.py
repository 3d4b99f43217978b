"""Finds the value files and file parameters of a chart: in its folder, in the repository, in another source, on the web."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from stackwright.adapters.sources import globs
from stackwright.adapters.sources.environment import substitute
from stackwright.adapters.sources.job import Job
from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.tree import Tree, normalise

DEFAULT_SCHEMES = "https,http"
_REFERENCE = re.compile(r"\$([A-Za-z0-9_.-]+)(/.*)?\Z")
_REMOTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


@dataclass(frozen=True, slots=True)
class InTree:
    """A file of a tree. Shape: `read` is its name among what an output depends on."""

    tree: Tree
    path: str
    read: str


@dataclass(frozen=True, slots=True)
class OnTheWeb:
    url: str


Location = InTree | OnTheWeb


def locate(job: Job, name: str, *, ignore_missing: bool = False) -> list[Location]:
    """What a value file's name stands for: several files when it is a pattern. Raises RenderProblem."""
    reference = _REFERENCE.match(name)
    if reference is not None and reference[1] in job.references:
        tree = job.references[reference[1]].tree
        return _in_tree(tree, _refused(reference[2] or "", name), name, f"ref:{reference[1]}:", ignore_missing)
    clean = substitute(name, job.environment)
    remote = _REMOTE.match(clean)
    if remote is not None:
        _check_scheme(remote[1], job.request.settings)
        return [OnTheWeb(clean)]
    if reference is not None and len(job.request.sources) > 1 and not clean.strip("/"):
        raise RenderProblem(f'source referenced "${reference[1]}", but no source has a "ref" field defined with that name')
    path = clean.lstrip("/") if clean.startswith("/") else posixpath.join(job.fetched.path, clean)
    return _in_tree(job.fetched.tree, path, clean, "", ignore_missing)


def _refused(path: str, name: str) -> str:
    if not path.strip("/"):
        raise RenderProblem(f"value file {name!r} names a source, but no file in it")
    return path.lstrip("/")


def _check_scheme(scheme: str, settings: Mapping[str, str]) -> None:
    allowed = [part.strip() for part in settings.get("helm.valuesFileSchemes", DEFAULT_SCHEMES).split(",")]
    if scheme not in allowed:
        raise RenderProblem(f"the URL scheme '{scheme}' is not allowed")


def _in_tree(tree: Tree, path: str, name: str, prefix: str, ignore_missing: bool) -> list[Location]:
    clean = normalise(path)
    if globs.is_pattern(clean) and tree.find(clean) is None:
        found = [entry.path for entry in tree.walk(_fixed(clean)) if globs.matches_path(clean, entry.path)]
        if not found and not ignore_missing:
            raise RenderProblem(f'values file glob "{name}" matched no files')
        return [InTree(tree, match, prefix + match) for match in found]
    if tree.find(clean) is None:
        if ignore_missing:
            return []
        raise RenderProblem(f"open {clean}: no such file or directory")
    return [InTree(tree, clean, prefix + clean)]


def _fixed(pattern: str) -> str:
    """The folder before the first part with a wildcard."""
    parts = pattern.split("/")
    fixed = []
    for part in parts[:-1]:
        if globs.is_pattern(part):
            break
        fixed.append(part)
    return "/".join(fixed)
