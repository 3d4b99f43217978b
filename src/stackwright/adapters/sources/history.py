"""Questions about commits that are on this machine: who, what changed, which folders and files."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pygit2

from stackwright.adapters.sources import globs
from stackwright.adapters.sources.tree import Tree
from stackwright.gitops.ports import Commit, RevisionMetadata, SourceError
from stackwright.kernel.clock import rfc3339

MAX_LISTED_BYTES = 64 * 1024 * 1024


def metadata(path: Path, revision: str) -> RevisionMetadata:
    """Raises SourceError."""
    repository = pygit2.Repository(str(path))
    commit = _commit(repository, revision)
    author = f"{commit.author.name} <{commit.author.email}>"
    date = rfc3339(datetime.fromtimestamp(commit.committer.time, UTC))
    return RevisionMetadata(author, date, commit.message.strip(), _tags(repository, commit))


def _tags(repository: pygit2.Repository, commit: pygit2.Commit) -> tuple[str, ...]:
    found = []
    for name in repository.references:
        for prefix in ("refs/tags/", "refs/remote/tags/"):
            if name.startswith(prefix) and repository.references[name].peel().id == commit.id:
                found.append(name.removeprefix(prefix))
    return tuple(sorted(found))


def commits(path: Path, revision: str, count: int) -> tuple[Commit, ...]:
    """A commit and those before it along its first parents, from new to old, `count` at most. Raises SourceError."""
    repository = pygit2.Repository(str(path))
    found: list[Commit] = []
    commit: pygit2.Commit | None = _commit(repository, revision)
    while commit is not None and len(found) < count:
        author, date = f"{commit.author.name} <{commit.author.email}>", rfc3339(datetime.fromtimestamp(commit.committer.time, UTC))
        parent = str(commit.parent_ids[0]) if commit.parent_ids else ""
        found.append(Commit(str(commit.id), parent, author, date, commit.message.strip()))
        before = repository.get(commit.parent_ids[0]) if commit.parent_ids else None
        commit = before if isinstance(before, pygit2.Commit) else None
    return tuple(found)


def changed_paths(path: Path, old: str, new: str) -> tuple[str, ...]:
    """Paths that were added, changed or removed, a renamed file with both of its names. Raises SourceError."""
    repository = pygit2.Repository(str(path))
    before, after = _commit(repository, old), _commit(repository, new)
    diff = before.tree.diff_to_tree(after.tree, flags=pygit2.enums.DiffOption.SKIP_BINARY_CHECK)
    return tuple(sorted({name for delta in diff.deltas for name in (delta.old_file.path, delta.new_file.path)}))


def _commit(repository: pygit2.Repository, revision: str) -> pygit2.Commit:
    try:
        return repository.revparse_single(revision).peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError, pygit2.InvalidSpecError) as error:
        raise SourceError(f"revision {revision} was not fetched yet") from error


def directories(tree: Tree, path: str = "") -> tuple[str, ...]:
    """Every folder below `path`, sorted; hidden ones are left out."""
    found: list[str] = []
    for entry in tree.entries(path):
        name = entry.path.rpartition("/")[2]
        if entry.kind == "folder" and not name.startswith(".") and entry.real == entry.path:
            found += [entry.path, *directories(tree, entry.path)]
    return tuple(sorted(found))


def files(tree: Tree, pattern: str) -> Mapping[str, bytes]:
    """Raises SourceError when they are too large together."""
    found: dict[str, bytes] = {}
    size = 0
    for entry in tree.walk(""):
        if globs.matches_path(pattern, entry.path):
            found[entry.path] = tree.read_entry(entry)
            size += len(found[entry.path])
            if size > MAX_LISTED_BYTES:
                raise SourceError(f"the files that match {pattern!r} exceed {MAX_LISTED_BYTES} bytes")
    return dict(sorted(found.items()))
