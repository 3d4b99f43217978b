"""git clients: smart HTTP with the forge's logins, and pushes told once they are stored.

Source: gitprotocol-http(5).
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace

from stackwright.forge.access import Login, may_write
from stackwright.forge.errors import NotAllowed, NotFound, Unauthenticated
from stackwright.forge.forge import Forge
from stackwright.forge.ports import GitProtocol
from stackwright.forge.types import ZERO, Account, RefChange, Repository
from stackwright.kernel.http import Request, Response

_SUFFIXES = ("info/refs", "git-upload-pack", "git-receive-pack", "HEAD")
_TEXT = {"content-type": "text/plain; charset=utf-8"}
_CHALLENGE = {**_TEXT, "www-authenticate": 'Basic realm="Stackwright", charset="UTF-8"'}


def split_git_path(path: str) -> tuple[str, str, str] | None:
    """Owner, repository and what git wants of it, from `owner/repo[.git]/info/refs` and the like."""
    parts = path.strip("/").split("/", 2)
    if len(parts) != 3 or parts[2] not in _SUFFIXES:
        return None
    return parts[0], parts[1].removesuffix(".git"), parts[2]


class SmartHttp:
    def __init__(self, forge: Forge, login: Login, protocol: GitProtocol) -> None:
        self._forge = forge
        self._login = login
        self._protocol = protocol

    async def serve(self, owner: str, name: str, suffix: str, request: Request, body: AsyncIterator[bytes]) -> Response:
        writes = "git-receive-pack" in (suffix, request.param("service"))
        try:
            account = self._login.account(request.headers)
            repository = self._permitted(owner, name, account, writes)
        except Unauthenticated as error:
            return Response(401, f"{error.message}\n".encode(), _CHALLENGE)
        except NotAllowed as error:
            return Response(403, f"{error.message}\n".encode(), _TEXT)
        except NotFound:
            return Response(404, b"Repository not found\n", _TEXT)
        path = self._forge.git.path(repository.owner, repository.name)
        user = account.name if account else ""
        if suffix != "git-receive-pack":
            return await self._protocol.serve(path, suffix, request, body, user)
        before = self._forge.git.refs(repository.owner, repository.name)
        answer = await self._protocol.serve(path, suffix, request, body, user)
        return answer if answer.stream is None else replace(answer, stream=self._told(answer.stream, repository, user, before))

    def _permitted(self, owner: str, name: str, account: Account | None, writes: bool) -> Repository:
        """Raises Unauthenticated where logging in might help, NotAllowed and NotFound where it does not."""
        try:
            repository = self._forge.repository(owner, name, account)
        except NotFound:
            if account is None:
                raise Unauthenticated("log in to see this repository") from None
            raise
        if writes and account is None:
            raise Unauthenticated("log in to push")
        if writes and not may_write(account, repository):
            raise NotAllowed("you may not push to this repository" if not repository.archived else "this repository is archived")
        return repository

    async def _told(
        self, stream: AsyncIterator[bytes], repository: Repository, user: str, before: Mapping[str, str]
    ) -> AsyncIterator[bytes]:
        try:
            async with aclosing(stream) as pieces:  # type: ignore[type-var]
                async for piece in pieces:
                    yield piece
        finally:
            changes = ref_changes(before, self._forge.git.refs(repository.owner, repository.name))
            if changes:
                self._forge.pushed(repository, user, changes)


def ref_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[RefChange, ...]:
    """What differs, sorted by ref."""
    names = sorted(before.keys() | after.keys())
    return tuple(RefChange(name, before.get(name, ZERO), after.get(name, ZERO)) for name in names if before.get(name) != after.get(name))
