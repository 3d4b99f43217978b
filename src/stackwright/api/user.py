"""Who asks: the identity that authentication finds and authorisation judges.

Source: k8s.io/apiserver pkg/authentication/user.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"


@dataclass(frozen=True, slots=True)
class User:
    """Shape: `groups` in the order the authenticator gave them."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))


def component(name: str) -> User:
    """One of our own programs, speaking with full rights under a name of its own (`gitops`, `deployment-controller` …)."""
    return User(f"system:stackwright:{name}", (MASTERS, AUTHENTICATED))


def is_component(user: User) -> bool:
    """Whether one of our own programs is asking."""
    return user.name.startswith("system:stackwright:") and MASTERS in user.groups
