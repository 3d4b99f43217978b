"""What the request path asks of authentication and authorisation.

Source: k8s.io/apiserver pkg/authentication, pkg/authorization.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stackwright.api.meta import Object
from stackwright.api.user import User


@dataclass(frozen=True, slots=True)
class Access:
    """What a request wants. Shape: `path` is set, and the rest empty, for URLs that are no resources."""

    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Shape: `reason` as the real authorizer words it; empty when there is nothing to say."""

    allowed: bool
    reason: str = ""


class Authenticator(Protocol):
    def authenticate(self, headers: Mapping[str, str]) -> User:
        """The caller (ANONYMOUS without credentials). Raises StatusError 401 for credentials that are wrong."""
        ...


class Speaker(Protocol):
    def speaking(self, asking: User, headers: Mapping[str, str], access: Access) -> User:
        """For whom the request speaks, `asking` by default. Raises StatusError 403 when it may not, 400 when nobody knows for whom."""
        ...


class Authorizer(Protocol):
    def authorize(self, user: User, access: Access) -> Decision: ...


@dataclass(frozen=True, slots=True)
class Question:
    """One POST of a resource that is only ever asked. Shape: `namespace` and `name` are those of the URL."""

    object: Object
    user: User
    namespace: str
    name: str
    manager: str
    now: datetime


class Answerer(Protocol):
    """Answers a kind of questions; nothing is stored."""

    async def answer(self, question: Question) -> Object:
        """The question with its answer as status. Raises StatusError."""
        ...
