"""Bearer tokens known beforehand, of which only hashes are kept."""

from collections.abc import Mapping
from hashlib import sha256

from stackwright.api.user import User


def digest(token: str) -> str:
    """What is stored in place of a token. Tokens are random and long, so a plain hash is enough."""
    return sha256(token.encode()).hexdigest()


class TokenTable:
    """Finds the user of a token. Shape: `users` by `digest` of their token."""

    def __init__(self, users: Mapping[str, User]) -> None:
        self._users = users

    def find(self, token: str) -> User | None:
        """Comparing digests tells an attacker who measures time nothing of the token."""
        return self._users.get(digest(token))
