"""Package folders: on this disk, watched, and in foreign git repositories, cloned."""

import asyncio
import os
import shutil
import stat
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from watchfiles import awatch

from stackwright.kernel.digest import sha256
from stackwright.kernel.errors import BadInput
from stackwright.stacks.ports import FolderError, TopLevel
from stackwright.stacks.remote import Remote, parse_remote
from stackwright.stacks.types import Source, TreeFile

MAX_FILES = 20_000
MAX_BYTES = 256 * 1024 * 1024
MAX_YAML_BYTES = 10 * 1024 * 1024
CLONE_SECONDS = 60.0
DEBOUNCE_MILLISECONDS = 100
_SUFFIXES = (".yaml", ".yml")
_EXECUTABLE, _PLAIN, _LINK = 0o100755, 0o100644, 0o120000


class PackageFolders:
    """Implements stacks.ports.Folders. Shape: `clones` is a folder of its own for foreign repositories."""

    def __init__(self, clones: Path) -> None:
        self._clones = clones

    async def read(self, source: Source) -> TopLevel:
        if source.kind == "remote":
            folder = await self._clone(source.value)
            return await asyncio.to_thread(_top_level, folder, source.value)
        path = Path(source.value)
        if source.kind == "file":
            return await asyncio.to_thread(_one_file, path)
        return await asyncio.to_thread(_top_level, path, source.value)

    async def tree(self, path: PurePosixPath) -> Mapping[str, TreeFile]:
        return await asyncio.to_thread(_tree, Path(path))

    async def content(self, path: PurePosixPath) -> bytes:
        try:
            return await asyncio.to_thread(Path(path).read_bytes)
        except OSError as error:
            raise FolderError(f"{path}: {error.strerror}") from error

    def is_folder(self, path: PurePosixPath) -> bool:
        return Path(path).is_dir()

    async def changes(self, paths: Iterable[PurePosixPath]) -> AsyncIterator[None]:
        present = [path for path in map(Path, paths) if path.exists()]
        if not present:
            return
        async for _ in awatch(*present, step=50, debounce=DEBOUNCE_MILLISECONDS, recursive=True, ignore_permission_denied=True):
            yield None

    async def _clone(self, text: str) -> Path:
        """A fresh copy of what the ref names now."""
        try:
            remote = parse_remote(text)
        except BadInput as error:
            raise FolderError(error.message) from error
        if remote is None:
            raise FolderError(f"{text} is no package URL", hint="write https://host/org/repo//path?ref=main")
        place = self._clones / sha256(f"{remote.url}\0{remote.ref}".encode())[:16]
        await asyncio.to_thread(shutil.rmtree, place, True)
        place.mkdir(parents=True)
        await self._git(place, remote, "init", "-q")
        await self._git(place, remote, "fetch", "-q", "--depth", "1", "--no-tags", "--", remote.url, remote.ref or "HEAD")
        await self._git(place, remote, "-c", "advice.detachedHead=false", "checkout", "-q", "FETCH_HEAD")
        if remote.submodules and (place / ".gitmodules").exists():
            await self._git(place, remote, "submodule", "update", "-q", "--init", "--recursive", "--depth", "1")
        inner = (place / remote.path).resolve()
        if not inner.is_relative_to(place.resolve()) or not inner.is_dir():
            raise FolderError(f"{text}: the repository has no folder {remote.path!r}")
        return inner

    async def _git(self, place: Path, remote: Remote, *arguments: str) -> None:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/"), "GIT_TERMINAL_PROMPT": "0"}
        process = await asyncio.create_subprocess_exec(
            "git", *arguments, cwd=place, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, env=environment
        )
        try:
            async with asyncio.timeout(min(remote.timeout_seconds, CLONE_SECONDS)):
                _, said = await process.communicate()
        except TimeoutError as error:
            process.kill()
            await process.wait()
            raise FolderError(
                f"git {arguments[0]} of {_without_secret(remote.url)} took longer than {remote.timeout_seconds:g}s"
            ) from error
        if process.returncode:
            last = said.decode(errors="replace").strip().splitlines()[-1:] or ["git said nothing"]
            raise FolderError(
                f"{_without_secret(remote.url)} cannot be fetched: {last[0].replace(remote.url, _without_secret(remote.url))}"
            )


def _without_secret(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}" if separator else url


def _one_file(path: Path) -> TopLevel:
    if path.suffix not in _SUFFIXES:
        raise FolderError(f"{path}: a package file ends in .yaml or .yml")
    try:
        return TopLevel(PurePosixPath(path.parent), {path.name: path.read_bytes()})
    except OSError as error:
        raise FolderError(f"{path}: {error.strerror}") from error


def _top_level(folder: Path, named: str) -> TopLevel:
    if not folder.is_dir():
        raise FolderError(f"{named}: there is no such folder")
    files: dict[str, bytes] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in _SUFFIXES and path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_YAML_BYTES:
            files[path.name] = path.read_bytes()
    return TopLevel(PurePosixPath(folder), files)


def _tree(root: Path) -> Mapping[str, TreeFile]:
    """Raises FolderError when there is more than a repository of manifests should hold."""
    found: dict[str, TreeFile] = {}
    size = 0
    for path in _files(root):
        file = _tree_file(path, root)
        if file is None:
            continue
        found[path.relative_to(root).as_posix()] = file
        size += len(file.content)
        if len(found) > MAX_FILES or size > MAX_BYTES:
            raise FolderError(f"more than {MAX_FILES} files or {MAX_BYTES} bytes")
    return found


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in [*files, *(name for name in folders if Path(folder, name).is_symlink())]:
            if name != ".git":
                yield Path(folder, name)


def _tree_file(path: Path, root: Path) -> TreeFile | None:
    """None for what git does not keep, and for links that lead out of the folder."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            inside = path.resolve().is_relative_to(root.resolve())
            return TreeFile(str(path.readlink()).encode(), _LINK) if inside else None
        if not stat.S_ISREG(mode):
            return None
        return TreeFile(path.read_bytes(), _EXECUTABLE if mode & stat.S_IXUSR else _PLAIN)
    except OSError:
        return None
