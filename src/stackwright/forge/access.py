"""Who asks, and what that account may do. The first finds out, the second is pure."""

import base64
import binascii
import hashlib
import time
from collections.abc import Callable, Mapping

from stackwright.forge.errors import Unauthenticated
from stackwright.forge.ports import Records
from stackwright.forge.tokens import hash_token
from stackwright.forge.types import Account, Repository
from stackwright.kernel.passwords import is_password

REMEMBER_SECONDS = 300.0
_REMEMBERED = 1000


def may_read(account: Account | None, repository: Repository) -> bool:
    return not repository.private or may_administer(account, repository)


def may_write(account: Account | None, repository: Repository) -> bool:
    return may_administer(account, repository) and not repository.archived


def may_administer(account: Account | None, repository: Repository) -> bool:
    return account is not None and (account.is_admin or account.name.lower() == repository.owner.lower())


class Login:
    """Reads the Authorization header. A password that was right is remembered for a while by its hash: scrypt is slow on purpose."""

    def __init__(self, records: Records, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._records = records
        self._monotonic = monotonic
        self._right: dict[bytes, float] = {}

    def account(self, headers: Mapping[str, str]) -> Account | None:
        """None for an anonymous request. Raises Unauthenticated for wrong credentials."""
        scheme, _, value = headers.get("authorization", "").strip().partition(" ")
        match scheme.lower():
            case "":
                return None
            case "token" | "bearer":
                return self._by_token(value.strip())
            case "basic":
                return self._basic(value.strip())
            case _:
                raise Unauthenticated("this way of authentication is not known; use a token or Basic")

    def by_password(self, headers: Mapping[str, str]) -> Account | None:
        """As `account`, but a token is not enough."""
        user, password = _decoded(headers.get("authorization", "").partition(" ")[2])
        return self._password(user, password)

    def _basic(self, value: str) -> Account:
        user, password = _decoded(value)
        if not password or password == "x-oauth-basic":  # noqa: S105 a fixed word, no secret
            return self._by_token(user)
        found = self._token(password)
        if found is not None and found.name.lower() == user.lower():
            return found
        return self._password(user, password)

    def _password(self, user: str, password: str) -> Account:
        account = self._records.account(user)
        if account is None or not account.password or not self._is_right(account, password):
            raise Unauthenticated("invalid username, password or token")
        return account

    def _is_right(self, account: Account, password: str) -> bool:
        key = hashlib.sha256(f"{account.id}\0{account.password}\0{password}".encode()).digest()
        now = self._monotonic()
        if self._right.get(key, 0.0) > now:
            return True
        if not is_password(password, account.password):
            return False
        if len(self._right) >= _REMEMBERED:
            self._right.clear()
        self._right[key] = now + REMEMBER_SECONDS
        return True

    def _by_token(self, token: str) -> Account:
        found = self._token(token)
        if found is None:
            raise Unauthenticated("invalid username, password or token")
        return found

    def _token(self, token: str) -> Account | None:
        known = self._records.token(hash_token(token))
        return None if known is None else self._records.account_by_id(known.account_id)


def _decoded(value: str) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unauthenticated("the Authorization header is not base64 of user:password") from error
    return user, password
