"""What the portal shows and does, given by whoever starts it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object
from stackwright.client.informer import Informer
from stackwright.client.kube import KubeClient
from stackwright.gitops.compare import AppState
from stackwright.portal.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Ports:
    """Shape: `prefix` is the path that the portal is served under, `state_of` compares an Application now (None: it cannot be),
    `children_of` are the live objects that an object owns.
    """

    client: KubeClient
    applications: Informer
    projects: Informer
    sessions: Sessions
    settings: Callable[[], Mapping[str, str]]
    clusters: Callable[[], Sequence[Mapping[str, Any]]]
    state_of: Callable[[Object], Awaitable[AppState | None]]
    children_of: Callable[[Object], Sequence[Object]]
    platform: str
    url: str
    prefix: str = "/argocd"
    namespace: str = "argocd"
