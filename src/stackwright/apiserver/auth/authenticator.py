"""Finding out who asks: bearer tokens, ServiceAccount tokens, the anonymous user.

Source: k8s.io/apiserver pkg/authentication/request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stackwright.api.status import StatusError
from stackwright.api.user import ANONYMOUS, AUTHENTICATED, User
from stackwright.apiserver.auth.jwt import BadToken
from stackwright.apiserver.auth.serviceaccounts import ServiceAccountTokens
from stackwright.apiserver.auth.tokens import TokenTable


def unauthorized() -> StatusError:
    return StatusError(401, "Unauthorized", "Unauthorized")


@dataclass(frozen=True, slots=True)
class BearerTokens:
    """An Authenticator. A request without a bearer token is the anonymous user's; a wrong one is refused."""

    table: TokenTable
    accounts: ServiceAccountTokens

    def authenticate(self, headers: Mapping[str, str]) -> User:
        scheme, _, token = headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return ANONYMOUS
        return authenticated(self.find(token.strip()))

    def find(self, token: str) -> User:
        """Raises StatusError 401."""
        if (known := self.table.find(token)) is not None:
            return known
        try:
            return self.accounts.authenticate(token)[0]
        except BadToken as error:
            raise unauthorized() from error


def authenticated(user: User) -> User:
    return user if AUTHENTICATED in user.groups else replace(user, groups=(*user.groups, AUTHENTICATED))
