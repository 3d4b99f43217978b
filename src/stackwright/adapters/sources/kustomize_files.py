"""The files that a kustomization reaches: found by reading it, so that nothing else of the repository is written to disk."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stackwright.adapters.sources.kinds_of_source import KUSTOMIZATION_NAMES
from stackwright.adapters.sources.kustomize_edit import Kustomization, modernise
from stackwright.adapters.sources.problems import RenderProblem, bad_manifest
from stackwright.adapters.sources.tree import Tree, normalise
from stackwright.kernel import yaml

MAX_FILES = 5_000
MAX_BYTES = 64 * 1024 * 1024
MAX_FOLDERS = 500
MAX_REFERENCE = 1024
_BASES = ("resources", "bases", "components")
_CONFIGURED = ("generators", "transformers", "validators")


@dataclass(slots=True)
class Reached:
    """Shape: `files` maps paths in the tree to contents; `kustomizations` those of them that are to be written anew."""

    files: dict[str, bytes] = field(default_factory=dict)
    kustomizations: dict[str, Kustomization] = field(default_factory=dict)
    looked_at: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    size: int = 0


def kustomization_file(tree: Tree, folder: str) -> str | None:
    """The path of the folder's kustomization. Raises RenderProblem when it has several."""
    found = [path for path in (posixpath.join(folder, name) for name in KUSTOMIZATION_NAMES) if _is(tree, path, "file")]
    if len(found) > 1:
        raise bad_manifest(f"Found multiple kustomization files under: {folder or '.'}")
    return found[0] if found else None


def reach(tree: Tree, folder: str, edit: Any) -> Reached:
    """Follows every reference from the folder's kustomization, to which `edit` is applied first.

    Raises RenderProblem: a reference leads out of the repository or to another server, or the whole is too large.
    """
    reached = Reached()
    waiting = [folder]
    seen: set[str] = set()
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        if len(seen) > MAX_FOLDERS:
            raise bad_manifest(f"the kustomization reaches more than {MAX_FOLDERS} folders")
        waiting += _visit(tree, here, reached, edit if here == folder else None)
    return reached


def _visit(tree: Tree, folder: str, reached: Reached, edit: Any) -> list[str]:
    path = kustomization_file(tree, folder)
    if path is None:
        raise RenderProblem(f"unable to find one of {', '.join(KUSTOMIZATION_NAMES)} in directory '{folder or '.'}'")
    reached.looked_at.update(posixpath.join(folder, name) for name in KUSTOMIZATION_NAMES)
    kustomization, warnings = modernise(_parse(tree, path), path)
    if edit is not None:
        kustomization = edit(kustomization)
    reached.warnings += warnings
    reached.kustomizations[path] = kustomization
    _check_bases(tree, folder, kustomization)
    folders: list[str] = []
    for reference in _references(tree, folder, kustomization):
        folders += _take(tree, reference, reached)
    return folders


def _parse(tree: Tree, path: str) -> Mapping[str, Any]:
    try:
        found = yaml.load(tree.read(path, MAX_BYTES))
    except yaml.YamlError as error:
        raise bad_manifest(f"invalid Kustomization: {path}: {error}") from error
    if not isinstance(found, Mapping):
        raise bad_manifest(f"invalid Kustomization: {path}: it is no mapping")
    return found


def _check_bases(tree: Tree, folder: str, kustomization: Mapping[str, Any]) -> None:
    for name in _BASES:
        for entry in kustomization.get(name) or []:
            if not isinstance(entry, str):
                raise bad_manifest(f"invalid Kustomization: {name} holds {entry!r}; a path was expected")
            if "\n" in entry:
                continue
            if _is_remote(entry):
                raise RenderProblem(
                    f"accumulating resources: remote base {entry!r} is refused",
                    hint="keep a copy of it in the repository, or make it a source of the Application",
                )
            if tree.find(_joined(folder, entry)) is None:
                raise RenderProblem(
                    f"accumulating resources: accumulation err='accumulating resources from '{entry}': "
                    f"open {_joined(folder, entry)}: no such file or directory'"
                )


def _is_remote(entry: str) -> bool:
    return "://" in entry or entry.startswith(("git@", "git::")) or "?ref=" in entry or "?version=" in entry


def _joined(folder: str, entry: str) -> str:
    if entry.startswith("/"):
        raise bad_manifest(f"{entry}: absolute paths are not allowed in a kustomization")
    return normalise(posixpath.join(folder, entry))


def _references(tree: Tree, folder: str, kustomization: Mapping[str, Any]) -> Iterator[str]:
    """Every text that names something which lies in the tree."""
    documents: list[Any] = [kustomization]
    for name in _CONFIGURED:
        for entry in kustomization.get(name) or []:
            if isinstance(entry, str) and "\n" not in entry and _is(tree, _joined(folder, entry), "file"):
                documents += yaml.load_all(tree.read(_joined(folder, entry), MAX_BYTES))
    for text in _texts(documents, 0):
        for candidate in {text, text.partition("=")[2]}:
            path = _reference(folder, candidate)
            if path is not None and tree.find(path) is not None:
                yield path


def _reference(folder: str, text: str) -> str | None:
    if not text or len(text) > MAX_REFERENCE or "\n" in text or text.startswith("/") or "://" in text:
        return None
    path = posixpath.normpath(posixpath.join(folder, text))
    return None if path == ".." or path.startswith("../") or path == (folder or ".") else path


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, depth + 1)


def _take(tree: Tree, path: str, reached: Reached) -> list[str]:
    """Files are taken along, and folders that are no kustomizations; the others are visited."""
    entry = tree.find(path)
    assert entry is not None
    if entry.kind == "folder":
        if kustomization_file(tree, path) is not None:
            return [normalise(path)]
        for inner in tree.walk(path):
            _add(reached, inner.path, tree.read_entry(inner, MAX_BYTES))
    elif entry.kind == "file":
        _add(reached, path, tree.read_entry(entry, MAX_BYTES))
    return []


def _add(reached: Reached, path: str, content: bytes) -> None:
    if path in reached.files:
        return
    reached.files[path] = content
    reached.size += len(content)
    if len(reached.files) > MAX_FILES or reached.size > MAX_BYTES:
        raise bad_manifest(f"the kustomization reaches more than {MAX_FILES} files or {MAX_BYTES} bytes")


def _is(tree: Tree, path: str, kind: str) -> bool:
    entry = tree.find(path)
    return entry is not None and entry.kind == kind
