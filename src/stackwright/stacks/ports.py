"""What stacks need from outside: folders, wherever they are, and a host for repositories."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from stackwright.kernel.errors import StackwrightError
from stackwright.stacks.types import Source, TreeFile


class FolderError(StackwrightError):
    """A package cannot be read: it is not there, cannot be fetched, or is too large."""

    code = "package-folder"


@dataclass(frozen=True, slots=True)
class TopLevel:
    """Shape: `files` are the YAML files of the folder itself, by name; `folder` is where they lie on this machine."""

    folder: PurePosixPath
    files: Mapping[str, bytes]


class Folders(Protocol):
    """Raises FolderError."""

    async def read(self, source: Source) -> TopLevel: ...

    async def tree(self, path: PurePosixPath) -> Mapping[str, TreeFile]:
        """Every file below, by its relative path; git's own folders and links that lead out are left out."""
        ...

    async def content(self, path: PurePosixPath) -> bytes:
        """One file."""
        ...

    def is_folder(self, path: PurePosixPath) -> bool: ...

    def changes(self, paths: Iterable[PurePosixPath]) -> AsyncIterator[None]:
        """One item each time something below the local ones of these folders changed."""
        ...


class RepositoryHost(Protocol):
    """The forge, as the owner of the platform's repositories sees it."""

    @property
    def url(self) -> str:
        """Shape: without a slash at its end."""
        ...

    async def publish(self, name: str, description: str, tree: Mapping[str, TreeFile], message: str) -> str:
        """Makes the repository's main branch hold exactly this; returns the commit that does."""
        ...

    async def files(self, name: str) -> Mapping[str, TreeFile]:
        """What the repository's main branch holds; nothing when there is no such repository."""
        ...

    async def remove(self, name: str) -> None: ...
