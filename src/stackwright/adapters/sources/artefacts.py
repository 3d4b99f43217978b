"""Archives as trees: downloads are unpacked into an object database, where no path can leave and equal files are kept once."""

import io
import tarfile
from pathlib import Path

import pygit2

from stackwright.adapters.sources.problems import bad_manifest
from stackwright.adapters.sources.tree import TreeAddress, normalise

MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_FILES = 20_000

Files = dict[str, tuple[pygit2.Oid, int]]


class Artefacts:
    """Shape: `key` is a digest or anything else that is safe in a reference name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> TreeAddress | None:
        if not (self._folder / "HEAD").exists():
            return None
        repository = pygit2.Repository(str(self._folder))
        name = f"refs/artefacts/{key}"
        if name not in repository.references:
            return None
        return TreeAddress(self._folder, str(repository.references[name].target))

    def keep(self, key: str, archive: bytes, *, strip_first: bool) -> TreeAddress:
        """Unpacks a tar archive, compressed or not. `strip_first` drops the one folder that holds everything.

        Raises RenderProblem.
        """
        if not (self._folder / "HEAD").exists():
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            pygit2.init_repository(str(self._folder), bare=True)
        repository = pygit2.Repository(str(self._folder))
        try:
            files = _unpack(repository, archive, strip_first)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise bad_manifest(f"the archive cannot be read: {error}") from error
        tree = _tree(repository, files)
        repository.references.create(f"refs/artefacts/{key}", tree, force=True)
        return TreeAddress(self._folder, str(tree))


def _unpack(repository: pygit2.Repository, archive: bytes, strip_first: bool) -> Files:
    files: Files = {}
    size = 0
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r|*") as tar:
        for member in tar:
            if not member.isfile():
                if member.issym() or member.islnk():
                    raise bad_manifest(f"{member.name}: the archive contains a link")
                continue
            size += member.size
            if size > MAX_UNPACKED_BYTES or len(files) >= MAX_FILES:
                raise bad_manifest(f"the archive holds more than {MAX_UNPACKED_BYTES} bytes or {MAX_FILES} files")
            content = tar.extractfile(member)
            path = normalise(member.name)
            if member.name.startswith("/") or content is None:
                raise bad_manifest(f"{member.name}: illegal file path in the archive")
            path = path.partition("/")[2] if strip_first else path
            if path:
                files[path] = (repository.create_blob(content.read()), 0o100755 if member.mode & 0o100 else 0o100644)
    return files


def _tree(repository: pygit2.Repository, files: Files) -> pygit2.Oid:
    folders: dict[str, Files] = {}
    builder = repository.TreeBuilder()
    for path, (oid, mode) in files.items():
        head, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(head, {})[rest] = (oid, mode)
        else:
            builder.insert(head, oid, mode)
    for name, inner in folders.items():
        builder.insert(name, _tree(repository, inner), 0o040000)
    return builder.write()
