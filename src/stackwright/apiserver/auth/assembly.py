"""Everything about who asks and what they may, joined over one store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stackwright.api.user import User
from stackwright.apiserver.auth.authenticator import BearerTokens
from stackwright.apiserver.auth.discovery import issuer_documents
from stackwright.apiserver.auth.escalation import Escalation
from stackwright.apiserver.auth.impersonation import Impersonation
from stackwright.apiserver.auth.jwt import SigningKey
from stackwright.apiserver.auth.ports import Answerer, Authenticator, Speaker
from stackwright.apiserver.auth.rbac import Objects, Rbac
from stackwright.apiserver.auth.reviews import questions
from stackwright.apiserver.auth.serviceaccounts import ServiceAccountTokens
from stackwright.apiserver.auth.tokens import TokenTable
from stackwright.kernel.clock import Clock
from stackwright.kernel.http import Request, Response


@dataclass(frozen=True, slots=True)
class Auth:
    """What a server is given.

    Shape: `questions` by qualified resource and subresource; `escalation` is an admission Validator; `documents` are the issuer's.
    """

    authenticator: Authenticator
    impersonation: Speaker
    authorizer: Rbac
    accounts: ServiceAccountTokens
    questions: Mapping[tuple[str, str], Answerer]
    escalation: Escalation
    documents: Callable[[Request], Response | None]


def assemble(objects: Objects, users: Mapping[str, User], key: SigningKey, clock: Clock) -> Auth:
    """Shape: `users` by the digest of their token; `key` signs the tokens of ServiceAccounts."""
    rbac = Rbac(objects)
    accounts = ServiceAccountTokens(key, objects, clock)
    bearers = BearerTokens(TokenTable(users), accounts)
    asked = questions(bearers, rbac, objects)
    return Auth(bearers, Impersonation(rbac), rbac, accounts, asked, Escalation(rbac), issuer_documents(accounts))
