"""Evaluates a Jsonnet file of a tree; runs in the worker."""

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import _gojsonnet

from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.tree import Tree, TreeAddress

MAX_STACK = 500
MAX_IMPORTED_BYTES = 64 * 1024 * 1024


def address_from(value: Mapping[str, Any]) -> TreeAddress:
    """Reads what `address_to` wrote."""
    modules = {path: address_from(module) for path, module in value["modules"].items()}
    return TreeAddress(Path(value["repository"]), value["tree"], modules)


def evaluate(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Shape: `output` is the JSON text; `imported` the paths that were read."""
    tree = Tree(address_from(request["address"]))
    path: str = request["path"]
    importer = _Importer(tree, request["libraries"])
    try:
        output = _gojsonnet.evaluate_snippet(
            path, tree.read(path).decode(), import_callback=importer, max_stack=MAX_STACK, **request["arguments"]
        )
    except RuntimeError as error:
        raise RenderProblem(str(error).strip()) from error
    return {"output": output, "imported": sorted(importer.read)}


class _Importer:
    """Finds imports beside the importing file, then in the libraries; never outside the tree."""

    def __init__(self, tree: Tree, libraries: list[str]) -> None:
        self._tree = tree
        self._libraries = libraries
        self._cache: dict[str, bytes] = {}
        self._size = 0
        self.read: set[str] = set()

    def __call__(self, folder: str, name: str) -> tuple[str, bytes]:
        if name.startswith("/"):
            raise RenderProblem(f"couldn't open import {name!r}: absolute paths are not allowed")
        for base in (folder, *self._libraries):
            path = posixpath.normpath(posixpath.join(base, name))
            self.read.add(path)
            entry = self._tree.find(path)
            if entry is not None and entry.kind == "file":
                return path, self._content(path)
        raise RenderProblem(f"couldn't open import {name!r}: no match locally or in the Jsonnet library paths")

    def _content(self, path: str) -> bytes:
        if path not in self._cache:
            self._cache[path] = self._tree.read(path)
            self._size += len(self._cache[path])
            if self._size > MAX_IMPORTED_BYTES:
                raise RenderProblem(f"imports exceed {MAX_IMPORTED_BYTES} bytes")
        return self._cache[path]
