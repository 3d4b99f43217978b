"""Finding out who asks: bearer tokens, ServiceAccount tokens, the anonymous user, and impersonation.

Source: k8s.io/apiserver pkg/authentication/request and pkg/endpoints/filters/impersonation.go.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from stackwright.api.status import StatusError, forbidden
from stackwright.api.user import ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, User
from stackwright.apiserver.auth.jwt import BadToken
from stackwright.apiserver.auth.ports import Access, Authenticator, Authorizer
from stackwright.apiserver.auth.serviceaccounts import ServiceAccountTokens, groups_of, split_user_name
from stackwright.apiserver.auth.tokens import TokenTable

_EXTRA = "impersonate-extra-"


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


@dataclass(frozen=True, slots=True)
class Impersonating:
    """An Authenticator that lets those who may speak for others.

    Shape: several Impersonate-Group headers arrive as one, joined by commas.
    """

    inner: Authenticator
    authorizer: Authorizer

    def authenticate(self, headers: Mapping[str, str]) -> User:
        """Raises StatusError: 401, 403, or 500 for a group, uid or extra without a user."""
        asking = self.inner.authenticate(headers)
        wanted = _wanted(headers)
        if wanted is None:
            return asking
        self._check(asking, wanted, headers)
        return wanted

    def _check(self, asking: User, wanted: User, headers: Mapping[str, str]) -> None:
        account = split_user_name(wanted.name)
        if account is not None:
            self._may(asking, Access("impersonate", "", "v1", "serviceaccounts", "", *account))
        else:
            self._may(asking, Access("impersonate", resource="users", name=wanted.name))
        for group in _listed(headers.get("impersonate-group", "")):
            self._may(asking, Access("impersonate", resource="groups", name=group))
        for key, values in wanted.extra.items():
            for value in values:
                self._may(asking, Access("impersonate", "authentication.k8s.io", "v1", "userextras", key, "", value))
        if wanted.uid:
            self._may(asking, Access("impersonate", "authentication.k8s.io", "v1", "uids", "", "", wanted.uid))

    def _may(self, asking: User, access: Access) -> None:
        decision = self.authorizer.authorize(asking, access)
        if not decision.allowed:
            raise refusal(asking, access, decision.reason)


def refusal(user: User, access: Access, reason: str = "") -> StatusError:
    """403 in the words of the real server."""
    if access.path:
        return StatusError(403, "Forbidden", f'forbidden: User "{user.name}" cannot {access.verb} path "{access.path}"', {})
    what = f"{access.resource}/{access.subresource}" if access.subresource else access.resource
    scope = f'in the namespace "{access.namespace}"' if access.namespace else "at the cluster scope"
    cause = f'User "{user.name}" cannot {access.verb} resource "{what}" in API group "{access.group}" {scope}'
    return forbidden(access.group, access.resource, access.name, f"{cause}: {reason}" if reason else cause)


def _wanted(headers: Mapping[str, str]) -> User | None:
    """Whom the request wants to speak for. Raises StatusError."""
    name = headers.get("impersonate-user", "")
    groups, uid = _listed(headers.get("impersonate-group", "")), headers.get("impersonate-uid", "")
    extra = {unquote(key.removeprefix(_EXTRA)).lower(): tuple(_listed(value)) for key, value in headers.items() if key.startswith(_EXTRA)}
    if not name:
        if groups or uid or extra:
            raise StatusError(500, "InternalError", "Internal error occurred: impersonation of groups, uid or extra needs a user")
        return None
    account = split_user_name(name)
    if account is not None and not groups:
        groups = list(groups_of(account[0]))
    everyone = UNAUTHENTICATED if name == ANONYMOUS.name else AUTHENTICATED
    if not {AUTHENTICATED, UNAUTHENTICATED} & set(groups):
        groups.append(everyone)
    return User(name, tuple(groups), uid, extra)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
