"""What the portal shows and does, given by whoever starts it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object
from stackwright.client.informer import Informer
from stackwright.client.kube import KubeClient
from stackwright.gitops.compare import AppState
from stackwright.gitops.planning import Planned
from stackwright.gitops.rbac import Policy
from stackwright.portal.access import Access
from stackwright.portal.accounts import Account
from stackwright.portal.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Ports:
    """Shape: `prefix` is the path that the portal is served under, `state_of` compares an Application now (None: it cannot be),
    `children_of` are the live objects that an object owns, `plan_of` is what
    its next sync would do, `accounts` the local accounts by name, `policy` the roles as they stand,
    `save_secret` writes entries of argocd-secret.
    """

    client: KubeClient
    applications: Informer
    projects: Informer
    sessions: Sessions
    settings: Callable[[], Mapping[str, str]]
    clusters: Callable[[], Sequence[Mapping[str, Any]]]
    state_of: Callable[[Object], Awaitable[AppState | None]]
    children_of: Callable[[Object], Sequence[Object]]
    plan_of: Callable[[Object], Awaitable[Sequence[Planned] | None]]
    accounts: Callable[[], Mapping[str, Account]]
    policy: Callable[[], Policy]
    save_secret: Callable[[Mapping[str, str]], Awaitable[None]]
    platform: str
    url: str
    prefix: str = "/argocd"
    namespace: str = "argocd"

    @property
    def access(self) -> Access:
        return Access(self.policy, lambda name: self.projects.get(name, self.namespace), self.namespace)
