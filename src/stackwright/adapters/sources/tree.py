"""Files of one commit, read straight from the object database: nothing is checked out, and no path leaves the tree."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISLNK
from typing import Any, Literal

import pygit2

from stackwright.adapters.sources.problems import RenderProblem, bad_manifest

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_ENTRIES = 50_000
MAX_LINKS = 40
MAX_DEPTH = 64

Kind = Literal["file", "folder", "module"]


@dataclass(frozen=True, slots=True)
class TreeAddress:
    """Names a tree so that another process can open it.

    Shape: `modules` maps the path of each submodule to where its tree is.
    """

    repository: Path
    tree: str
    modules: Mapping[str, "TreeAddress"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder. Shape: `path` is what was asked for, `real` where it lies after following links."""

    path: str
    real: str
    kind: Kind
    oid: str
    executable: bool = False


def normalise(path: str) -> str:
    """A path relative to the root of the tree; empty is the root. Raises RenderProblem when it leads out."""
    clean = posixpath.normpath(path.strip("/") or ".")
    if clean == ".." or clean.startswith("../") or "\0" in clean:
        raise bad_manifest(f"{path}: path leads outside of the repository")
    return "" if clean == "." else clean


class Tree:
    """Reads. Not for use by two threads at once: each opens its own."""

    def __init__(self, address: TreeAddress) -> None:
        self.address = address
        self._repository = pygit2.Repository(str(address.repository))
        root = self._repository[address.tree].peel(pygit2.Tree)
        self._root = root
        self.id = str(root.id) + "".join(f",{path}={module.tree}" for path, module in sorted(address.modules.items()))
        self._modules: dict[str, Tree] = {}
        self._folders: dict[str, pygit2.Tree] = {"": root}

    # -- looking up ------------------------------------------------------------------------------------------------

    def find(self, path: str) -> Entry | None:
        """What lies at `path`, links followed; None when nothing does. Raises RenderProblem when a link leads out."""
        wanted = normalise(path)
        real = self._resolve(wanted)
        if real is None:
            return None
        if real == "":
            return Entry(wanted, "", "folder", self.id)
        module = self._module_of(real)
        if module is not None:
            inner = module[1].find(module[2])
            return Entry(wanted, real, inner.kind, inner.oid, inner.executable) if inner else None
        found = self._raw(real)
        return None if found is None else self._entry(wanted, real, found)

    def read(self, path: str, limit: int = MAX_FILE_BYTES) -> bytes:
        """Raises RenderProblem when there is no such file, or it is larger than `limit`."""
        entry = self.find(path)
        if entry is None:
            raise RenderProblem(f"open {path}: no such file or directory")
        if entry.kind != "file":
            raise RenderProblem(f"read {path}: is a directory")
        return self.read_entry(entry, limit)

    def read_entry(self, entry: Entry, limit: int = MAX_FILE_BYTES) -> bytes:
        module = self._module_of(entry.real)
        if module is not None:
            return module[1].read(module[2], limit)
        _, size = self._repository.odb.read_header(entry.oid)
        if size > limit:
            raise bad_manifest(f"{entry.path}: the file has {size} bytes; at most {limit} are read")
        return self._repository[entry.oid].read_raw()

    def oid(self, path: str) -> str:
        """The content's name at `path`; empty when nothing is there."""
        try:
            entry = self.find(path)
        except RenderProblem:
            return "outside"
        return entry.oid if entry else ""

    def entries(self, path: str) -> list[Entry]:
        """What a folder holds, in git's order; links are followed, dangling ones are left out."""
        entry = self.find(path)
        if entry is None or entry.kind != "folder":
            return []
        names = self._names(entry.real)
        found = (self.find(posixpath.join(normalise(path), name)) for name in names)
        return [child for child in found if child is not None]

    def walk(self, path: str, *, recurse: bool = True) -> Iterator[Entry]:
        """Every file below a folder, sorted by path as a file system walk sorts; linked folders are not entered.

        Raises RenderProblem when a link leads out of the tree, or there are too many files.
        """
        start = self.find(path)
        if start is None or start.kind != "folder":
            return
        yield from self._walk(normalise(path), recurse, [0], 0)

    def _walk(self, folder: str, recurse: bool, seen: list[int], depth: int) -> Iterator[Entry]:
        if depth > MAX_DEPTH:
            raise bad_manifest(f"{folder}: folders are nested more than {MAX_DEPTH} deep")
        for name in sorted(self._names(self._resolve(folder) or "")):
            seen[0] += 1
            if seen[0] > MAX_ENTRIES:
                raise bad_manifest(f"{folder}: there are more than {MAX_ENTRIES} files")
            child = posixpath.join(folder, name)
            entry = self.find(child)
            if entry is None:
                continue
            if entry.kind == "file":
                yield entry
            elif recurse and entry.kind == "folder" and entry.real == self._resolve(folder) + "/" * bool(folder) + name:  # type: ignore[operator]
                yield from self._walk(child, recurse, seen, depth + 1)

    # -- links and modules -----------------------------------------------------------------------------------------

    def _resolve(self, path: str) -> str | None:
        """Follows symbolic links in every part of the path."""
        parts = [part for part in path.split("/") if part]
        done: list[str] = []
        links = 0
        while parts:
            part = parts.pop(0)
            if part == "..":
                if not done:
                    raise bad_manifest(f"repository contains out-of-bounds symlinks. file: {path}")
                done.pop()
                continue
            here = "/".join([*done, part])
            if self._module_of(here) is not None:
                return "/".join([here, *parts])
            found = self._raw(here)
            if found is None:
                return None
            if S_ISLNK(found.filemode):
                links += 1
                if links > MAX_LINKS:
                    raise bad_manifest(f"{path}: too many links")
                target = self._repository[found.id].read_raw().decode(errors="replace")
                if target.startswith("/"):
                    raise bad_manifest(f"repository contains out-of-bounds symlinks. file: {path}")
                parts = [piece for piece in target.split("/") if piece not in ("", ".")] + parts
                continue
            done.append(part)
        return "/".join(done)

    def _raw(self, path: str) -> Any:
        folder, _, name = path.rpartition("/")
        tree = self._folder(folder)
        if tree is None or name not in tree:
            return None
        return tree[name]

    def _folder(self, path: str) -> pygit2.Tree | None:
        if path not in self._folders:
            found = self._raw(path)
            if not isinstance(found, pygit2.Tree):
                return None
            self._folders[path] = found
        return self._folders[path]

    def _names(self, real: str) -> list[str]:
        module = self._module_of(real)
        if module is not None:
            return module[1]._names(module[2])
        tree = self._folder(real)
        return [] if tree is None else [entry.name for entry in tree if entry.name]

    def _entry(self, path: str, real: str, found: Any) -> Entry:
        if isinstance(found, pygit2.Tree):
            return Entry(path, real, "folder", str(found.id))
        if isinstance(found, pygit2.Blob):
            return Entry(path, real, "file", str(found.id), bool(found.filemode & 0o100))
        return Entry(path, real, "module", str(found.id))

    def _module_of(self, real: str) -> tuple[str, "Tree", str] | None:
        for path, address in self.address.modules.items():
            if real == path or real.startswith(path + "/"):
                if path not in self._modules:
                    self._modules[path] = Tree(address)
                return path, self._modules[path], real[len(path) :].strip("/")
        return None
