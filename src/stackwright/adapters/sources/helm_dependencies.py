"""The charts that a chart depends on: those it brings along, those beside it in the repository, those of other repositories."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.adapters.sources.problems import RenderProblem, bad_manifest
from stackwright.adapters.sources.tree import Tree, normalise
from stackwright.kernel import yaml

MAX_DEPTH = 8
MAX_DEPENDENCIES = 100
MAX_CHART_BYTES = 64 * 1024 * 1024
MAX_METADATA_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dependency:
    """A declared dependency. Shape: `version` is the locked one where there is a lock."""

    name: str
    version: str
    repository: str


def chart_files(tree: Tree, folder: str) -> dict[str, bytes]:
    """The files of a chart, by their path within it. Raises RenderProblem when they are too large together."""
    found: dict[str, bytes] = {}
    size = 0
    for entry in tree.walk(folder):
        relative = entry.path[len(folder) :].lstrip("/") if folder else entry.path
        found[relative] = tree.read_entry(entry, MAX_CHART_BYTES)
        size += len(found[relative])
        if size > MAX_CHART_BYTES:
            raise bad_manifest(f"the chart {folder or '.'} is larger than {MAX_CHART_BYTES} bytes")
    return found


def missing(files: Mapping[str, bytes]) -> list[Dependency]:
    """The declared dependencies that `charts/` does not hold. Raises RenderProblem."""
    metadata = _document(files, "Chart.yaml")
    declared = metadata.get("dependencies") or _document(files, "requirements.yaml").get("dependencies") or []
    lock = _document(files, "Chart.lock") or _document(files, "requirements.lock")
    locked = {
        (str(item.get("name")), str(item.get("repository") or "")): str(item.get("version")) for item in lock.get("dependencies") or []
    }
    present = set(_present(files))
    found = []
    for item in declared:
        if not isinstance(item, Mapping) or not item.get("name"):
            raise bad_manifest("Chart.yaml: each dependency must have a name")
        name, repository = str(item["name"]), str(item.get("repository") or "")
        if name not in present:
            version = locked.get((name, repository), str(item.get("version") or ""))
            found.append(Dependency(name, version, repository))
    if len(found) > MAX_DEPENDENCIES:
        raise bad_manifest(f"the chart has more than {MAX_DEPENDENCIES} dependencies")
    return found


def _document(files: Mapping[str, bytes], name: str) -> Mapping[str, Any]:
    text = files.get(name, b"")
    if len(text) > MAX_METADATA_BYTES:
        raise bad_manifest(f"{name} is larger than {MAX_METADATA_BYTES} bytes")
    try:
        found = yaml.load(text)
    except yaml.YamlError as error:
        raise bad_manifest(f"cannot load {name}: {error}") from error
    return found if isinstance(found, Mapping) else {}


def _present(files: Mapping[str, bytes]) -> Iterator[str]:
    """The names of the charts within `charts/`."""
    for path, text in files.items():
        parts = path.split("/")
        if parts[0] != "charts":
            continue
        if len(parts) == 3 and parts[2] == "Chart.yaml":
            yield str(_document({"Chart.yaml": text}, "Chart.yaml").get("name") or parts[1])
        if len(parts) == 2 and path.endswith(".tgz"):
            yield _archive_name(parts[1])


def _archive_name(file: str) -> str:
    """`redis-ha-4.1.0.tgz` is the chart `redis-ha`."""
    parts = file.removesuffix(".tgz").split("-")
    cut = next((index for index, part in enumerate(parts) if index and part[:1].lstrip("v").isdigit()), len(parts))
    return "-".join(parts[:cut])


def beside(repository: str, folder: str) -> str:
    """The folder that a `file://` repository names. Raises RenderProblem when it leads out of the tree."""
    path = repository.removeprefix("file://")
    if path.startswith("/"):
        raise RenderProblem(f"dependency repository {repository}: absolute paths are not allowed")
    return normalise(posixpath.join(folder, path))
