"""Bare repositories on disk, read and written by libgit2."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pygit2
from pygit2.enums import ObjectType

from stackwright.forge.errors import NotFound, Unprocessable
from stackwright.forge.ports import CommitInfo, Entry, FileContent

MAX_LISTED = 10_000
MAX_FILE_BYTES = 10 * 1024 * 1024
_CONFIG = {
    "http.receivepack": "true",
    "receive.advertisePushOptions": "true",
    "receive.maxInputSize": str(1024**3),
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "transfer.fsckObjects": "false",
    "core.fsync": "committed,reference",
    "gc.auto": "0",
}
_KINDS = {ObjectType.BLOB: "file", ObjectType.TREE: "dir", ObjectType.COMMIT: "submodule"}
_TREE, _LINK = 0o040000, 0o120000


class BareRepositories:
    """Implements forge.ports.GitRepositories. Folders are named in lower case: names differ by more than their case."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, owner: str, name: str) -> Path:
        return self._root / owner.lower() / f"{name.lower()}.git"

    def create(self, owner: str, name: str, default_branch: str) -> None:
        path = self.path(owner, name)
        if path.exists():
            shutil.rmtree(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        repository = pygit2.init_repository(str(path), bare=True, initial_head=default_branch)
        for key, value in _CONFIG.items():
            repository.config[key] = value

    def delete(self, owner: str, name: str) -> None:
        shutil.rmtree(self.path(owner, name), ignore_errors=True)

    # -- reading ---------------------------------------------------------------------------------------------------

    def refs(self, owner: str, name: str) -> Mapping[str, str]:
        repository = self._open(owner, name)
        found: dict[str, str] = {}
        for ref in repository.references.objects:
            found[ref.name] = str(ref.target if isinstance(ref.target, pygit2.Oid) else ref.resolve().target)
        return found

    def commit(self, owner: str, name: str, ref: str) -> CommitInfo:
        return _commit_info(self._commit(self._open(owner, name), ref))

    def log(self, owner: str, name: str, ref: str, limit: int) -> list[CommitInfo]:
        repository = self._open(owner, name)
        found: list[CommitInfo] = []
        for commit in repository.walk(self._commit(repository, ref).id):
            found.append(_commit_info(commit))
            if len(found) >= limit:
                break
        return found

    def entry(self, owner: str, name: str, ref: str, path: str) -> Entry:
        repository = self._open(owner, name)
        found = self._at(self._commit(repository, ref), path)
        if isinstance(found, pygit2.Blob):
            if found.size > MAX_FILE_BYTES:
                raise Unprocessable(f"{path} has {found.size} bytes; at most {MAX_FILE_BYTES} are shown", hint="clone the repository")
            return Entry(path, "file", str(found.id), found.size, found.data)
        return Entry(path, "dir", str(found.id))

    def entries(self, owner: str, name: str, ref: str, path: str, *, recursive: bool = False) -> Iterator[Entry]:
        repository = self._open(owner, name)
        found = self._at(self._commit(repository, ref), path)
        if not isinstance(found, pygit2.Tree):
            raise NotFound(f"{path} is no folder")
        return _limited(_entries(found, f"{path}/" if path else "", recursive))

    def _open(self, owner: str, name: str) -> pygit2.Repository:
        try:
            return pygit2.Repository(str(self.path(owner, name)))
        except pygit2.GitError as error:
            raise NotFound("The target couldn't be found.") from error

    @staticmethod
    def _commit(repository: pygit2.Repository, ref: str) -> pygit2.Commit:
        for candidate in (f"refs/heads/{ref}", f"refs/tags/{ref}", ref):
            try:
                return repository.revparse_single(candidate).peel(pygit2.Commit)
            except (KeyError, ValueError, pygit2.GitError):
                continue
        raise NotFound(f"object does not exist [id: {ref}]")

    @staticmethod
    def _at(commit: pygit2.Commit, path: str) -> Any:
        if not path:
            return commit.tree
        try:
            return commit.tree[path]
        except KeyError as error:
            raise NotFound(f"object does not exist [path: {path}]") from error

    # -- writing ---------------------------------------------------------------------------------------------------

    def write(
        self,
        owner: str,
        name: str,
        branch: str,
        changes: Mapping[str, FileContent | None],
        message: str,
        author: tuple[str, str],
        *,
        whole: bool,
    ) -> str | None:
        repository = self._open(owner, name)
        ref = f"refs/heads/{branch}"
        parent = repository.references.get(ref)
        base = None if parent is None else parent.peel(pygit2.Commit)
        tree = _tree(repository, None if whole or base is None else base.tree, changes)
        if base is not None and base.tree.id == tree:
            return None
        signature = pygit2.Signature(*author)
        parents = [] if base is None else [base.id]
        return str(repository.create_commit(ref, signature, signature, message, tree, parents))


def _tree(repository: pygit2.Repository, base: pygit2.Tree | None, changes: Mapping[str, FileContent | None]) -> Any:
    """The tree's id. Folders are written from the deepest up; one that has become empty is left out."""
    index = pygit2.Index()
    if base is not None:
        index.read_tree(base)
    for path, file in changes.items():
        if file is None:
            if path not in index:
                raise NotFound(f"object does not exist [path: {path}]")
            index.remove(path)
        else:
            index.add(pygit2.IndexEntry(path, repository.create_blob(file.content), pygit2.enums.FileMode(file.mode)))
    return index.write_tree(repository)


def _entries(tree: pygit2.Tree, prefix: str, recursive: bool) -> Iterator[Entry]:
    for item in tree:
        path = f"{prefix}{item.name}"
        kind = "symlink" if item.filemode == _LINK else _KINDS.get(ObjectType(item.type), "file")
        yield Entry(path, kind, str(item.id), item.size if isinstance(item, pygit2.Blob) else 0)
        if recursive and isinstance(item, pygit2.Tree):
            yield from _entries(item, f"{path}/", True)


def _limited(entries: Iterator[Entry]) -> Iterator[Entry]:
    for number, entry in enumerate(entries):
        if number >= MAX_LISTED:
            return
        yield entry


def _commit_info(commit: pygit2.Commit) -> CommitInfo:
    zone = timezone(timedelta(minutes=commit.author.offset))
    date = datetime.fromtimestamp(commit.author.time, zone if commit.author.offset else UTC).isoformat().replace("+00:00", "Z")
    parents = tuple(str(parent) for parent in commit.parent_ids)
    return CommitInfo(str(commit.id), str(commit.tree_id), parents, commit.author.name, commit.author.email, date, commit.message)
