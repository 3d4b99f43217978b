"""What the forge needs from outside: records that last, and git repositories on a disk."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from stackwright.forge.types import Account, CommitStatus, Repository, Token
from stackwright.kernel.http import Request, Response


class Records(Protocol):
    """Accounts, tokens and repositories. Names are found whatever their case. A write has been stored when the call returns."""

    def account(self, name: str) -> Account | None: ...

    def account_by_id(self, id: int) -> Account | None: ...

    def accounts(self) -> list[Account]: ...

    def put_account(self, account: Account) -> Account:
        """With id 0 a new one is made. Returns it with its id."""
        ...

    def delete_account(self, id: int) -> None: ...

    def token(self, hashed: str) -> Token | None: ...

    def tokens_of(self, account_id: int) -> list[Token]: ...

    def put_token(self, token: Token) -> Token: ...

    def delete_token(self, id: int) -> None: ...

    def repository(self, owner: str, name: str) -> Repository | None: ...

    def repositories(self) -> list[Repository]: ...

    def put_repository(self, repository: Repository) -> Repository: ...

    def delete_repository(self, id: int) -> None: ...

    def statuses_of(self, repository_id: int, sha: str) -> list[CommitStatus]:
        """The newest first."""
        ...

    def put_status(self, status: CommitStatus) -> CommitStatus:
        """A new one. Of one context of a commit only the newest few are kept."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a folder in a revision. Shape: `content` only for files that were asked for."""

    path: str
    kind: str
    sha: str
    size: int = 0
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """Units: `date` in RFC 3339."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: str
    email: str
    date: str
    message: str


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file to be written. Shape: `mode` is git's (0o100644, 0o100755, 0o120000 for a link whose target is `content`)."""

    content: bytes
    mode: int = 0o100644


class GitRepositories(Protocol):
    """Bare repositories by owner and name. Raises NotFound for revisions and paths that are not there."""

    def path(self, owner: str, name: str) -> Path: ...

    def create(self, owner: str, name: str, default_branch: str) -> None: ...

    def delete(self, owner: str, name: str) -> None: ...

    def refs(self, owner: str, name: str) -> Mapping[str, str]:
        """Every ref and the object it names."""
        ...

    def commit(self, owner: str, name: str, ref: str) -> CommitInfo: ...

    def log(self, owner: str, name: str, ref: str, limit: int) -> list[CommitInfo]: ...

    def entry(self, owner: str, name: str, ref: str, path: str) -> Entry: ...

    def entries(self, owner: str, name: str, ref: str, path: str, *, recursive: bool = False) -> Iterator[Entry]: ...

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
        """Commits files; None removes one. With `whole` the branch holds nothing else afterwards. None when nothing would change."""
        ...


class GitProtocol(Protocol):
    """Speaks git's smart HTTP for one repository: `service` is git-upload-pack or git-receive-pack."""

    async def serve(self, repository: Path, suffix: str, request: Request, body: AsyncIterator[bytes], user: str) -> Response: ...
