"""What can be done with the forge, whoever asks: the REST API, git, or the platform itself."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from stackwright.forge.access import may_read
from stackwright.forge.errors import AlreadyExists, NotFound, Unprocessable
from stackwright.forge.ports import FileContent, GitRepositories, Records
from stackwright.forge.tokens import hash_token, new_token
from stackwright.forge.types import DEFAULT_BRANCH, STATES, Account, CommitStatus, Push, RefChange, Repository, Token
from stackwright.kernel.clock import Clock, rfc3339
from stackwright.kernel.passwords import hash_password

logger = logging.getLogger(__name__)

_NAME = re.compile(r"^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?$")
_BRANCH = re.compile(r"^(?!/|.*(?:\.\.|//|@\{|\\|\.lock$|/$|\.$))[^\x00-\x20~^:?*\[\x7f]{1,200}$")
PushListener = Callable[[Push], None]


class Forge:
    """Keeps accounts, tokens and repositories, and tells who listens about pushes."""

    def __init__(self, records: Records, git: GitRepositories, clock: Clock) -> None:
        self.records = records
        self.git = git
        self._clock = clock
        self._listeners: list[PushListener] = []

    # -- accounts --------------------------------------------------------------------------------------------------

    def ensure_account(self, name: str, password: str, *, admin: bool = False, email: str = "") -> Account:
        """Makes the account, or sets its password when it is there."""
        found = self.records.account(name)
        if found is None:
            return self.create_account(name, password, admin=admin, email=email)
        return self.records.put_account(replace(found, password=hash_password(password), is_admin=admin))

    def create_account(
        self, name: str, password: str = "", *, admin: bool = False, email: str = "", full_name: str = "", organization: bool = False
    ) -> Account:
        """Raises AlreadyExists and Unprocessable."""
        _check(name, "user name")
        if self.records.account(name) is not None:
            raise AlreadyExists(f"user already exists [name: {name}]")
        hashed = hash_password(password) if password else ""
        account = Account(0, name, email or f"{name.lower()}@localhost", full_name, admin, organization, hashed, rfc3339(self._clock.now()))
        return self.records.put_account(account)

    def create_token(self, account: Account, name: str, scopes: tuple[str, ...] = ("all",)) -> tuple[Token, str]:
        """The token's record, and the token itself, which is not kept. Raises AlreadyExists and Unprocessable."""
        if not name or len(name) > 255:
            raise Unprocessable("name: a token needs a name of at most 255 characters")
        if any(token.name == name for token in self.records.tokens_of(account.id)):
            raise AlreadyExists(f"access token name has been used already [name: {name}]")
        secret = new_token()
        return self.records.put_token(Token(0, account.id, name, hash_token(secret), secret[-8:], scopes)), secret

    def delete_token(self, account: Account, name_or_id: str) -> None:
        """Raises NotFound."""
        found = next((token for token in self.records.tokens_of(account.id) if name_or_id in (token.name, str(token.id))), None)
        if found is None:
            raise NotFound(f"access token {name_or_id} does not exist")
        self.records.delete_token(found.id)

    # -- repositories ----------------------------------------------------------------------------------------------

    def repository(self, owner: str, name: str, reader: Account | None = None, *, trusted: bool = False) -> Repository:
        """Raises NotFound, also for a repository that `reader` may not see."""
        found = self.records.repository(owner, name.removesuffix(".git"))
        if found is None or not (trusted or may_read(reader, found)):
            raise NotFound("The target couldn't be found.")
        return found

    def create_repository(
        self, owner: str, name: str, *, description: str = "", private: bool = False, default_branch: str = "", auto_init: bool = False
    ) -> Repository:
        """Raises AlreadyExists, NotFound (the owner) and Unprocessable."""
        account = self.records.account(owner)
        if account is None:
            raise NotFound(f"user does not exist [name: {owner}]")
        _check(name, "repository name")
        branch = default_branch or DEFAULT_BRANCH
        if not _BRANCH.match(branch):
            raise Unprocessable(f"default_branch: {branch!r} is no valid branch name")
        if self.records.repository(owner, name) is not None:
            raise AlreadyExists("The repository with the same name already exists.")
        self.git.create(account.name, name, branch)
        now = rfc3339(self._clock.now())
        found = self.records.put_repository(Repository(0, account.name, name, description, private, False, branch, now, now))
        if auto_init:
            readme = FileContent(f"# {name}\n".encode() + (f"\n{description}\n".encode() if description else b""))
            self.git.write(account.name, name, branch, {"README.md": readme}, "Initial commit", (account.name, account.email), whole=True)
        return found

    def delete_repository(self, repository: Repository) -> None:
        """The name is free at once; a folder that is left over by a crash is replaced at the next creation."""
        self.records.delete_repository(repository.id)
        self.git.delete(repository.owner, repository.name)

    def write(
        self,
        repository: Repository,
        branch: str,
        changes: Mapping[str, FileContent | None],
        message: str,
        author: tuple[str, str],
        *,
        whole: bool = False,
    ) -> str | None:
        """Commits and tells listeners; None when there was nothing to change."""
        before = self.git.refs(repository.owner, repository.name).get(f"refs/heads/{branch}", "")
        sha = self.git.write(repository.owner, repository.name, branch, changes, message, author, whole=whole)
        if sha is not None:
            self.pushed(repository, author[0], (RefChange(f"refs/heads/{branch}", before or "0" * 40, sha),))
        return sha

    def pushed(self, repository: Repository, pusher: str, changes: tuple[RefChange, ...]) -> None:
        """After the refs are stored."""
        refs = ", ".join(change.ref for change in changes)
        logger.info("%s pushed to %s: %s", pusher or "somebody", repository.full_name, refs)
        updated = self.records.put_repository(replace(repository, updated=rfc3339(self._clock.now())))
        for listener in self._listeners:
            listener(Push(updated, pusher, changes))

    def on_push(self, listener: PushListener) -> None:
        """`listener` must be quick and must not raise."""
        self._listeners.append(listener)

    def mark_commit(self, repository: Repository, status: CommitStatus) -> CommitStatus:
        """Raises NotFound for a commit that is not there, and Unprocessable."""
        if status.state not in STATES:
            raise Unprocessable(f"[state]: expected one of {', '.join(STATES)}, found {status.state!r}")
        limits = {"context": 255, "description": 1_000, "target_url": 2_000}
        too_long = [name for name, limit in limits.items() if len(getattr(status, name)) > limit]
        if too_long:
            raise Unprocessable(f"[{too_long[0]}]: at most {limits[too_long[0]]} characters")
        if status.target_url and not status.target_url.startswith(("http://", "https://")):
            raise Unprocessable("[target_url]: expected an http or https URL")
        sha = self.git.commit(repository.owner, repository.name, status.sha).sha
        return self.records.put_status(replace(status, repository_id=repository.id, sha=sha, created=rfc3339(self._clock.now())))

    def public_path(self, owner: str, name: str) -> Path | None:
        """The folder of a repository that anybody may read."""
        found = self.records.repository(owner, name.removesuffix(".git"))
        return None if found is None or found.private else self.git.path(found.owner, found.name)


def _check(name: str, what: str) -> None:
    if not _NAME.match(name) or name.lower().endswith((".git", ".wiki")) or ".." in name:
        raise Unprocessable(f"{what} {name!r} is not valid: letters, digits, '-', '_' and '.', at most 100 characters, not ending in .git")
