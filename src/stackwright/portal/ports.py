"""What the portal shows and does, given by whoever starts it."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object
from stackwright.client.informer import Informer
from stackwright.client.kube import KubeClient
from stackwright.gitops import deeplinks
from stackwright.gitops.application import destination_of, project_of
from stackwright.gitops.compare import AppState
from stackwright.gitops.diff.masks import masked_annotations
from stackwright.gitops.planning import Planned
from stackwright.gitops.rbac import Policy
from stackwright.portal import shapes
from stackwright.portal.access import Access
from stackwright.portal.accounts import Account
from stackwright.portal.authentication import Authentication
from stackwright.portal.oidc.login import Login
from stackwright.portal.sessions import Sessions

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ports:
    """Shape: `prefix` is the path that the portal is served under, `state_of` compares an Application now (None: it cannot be),
    `children_of` are the live objects that an object owns, `plan_of` is what
    its next sync would do, `accounts` the local accounts by name, `policy` the roles as they stand,
    `save_secret` writes entries of argocd-secret, `authentication` finds who asks, `login` takes people to a provider and back,
    `revoke` ends a token that
    would last until a time (seconds since 1970), `homes` are the URLs people know the portal by.
    """

    client: KubeClient
    applications: Informer
    projects: Informer
    sessions: Sessions
    authentication: Authentication
    login: Login
    revoke: Callable[[str, int], Awaitable[None]]
    homes: Callable[[], tuple[str, ...]]
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

    def masked(self, obj: Object) -> Object:
        """As it may be shown."""
        return shapes.masked(obj, masked_annotations(self.settings()))

    def links(self, place: deeplinks.Place, app: Object, resource: Object | None = None) -> Sequence[deeplinks.Link]:
        """Those that argocd-cm puts beside an Application or one of its objects; what is wrong with others is logged."""
        shown = None if resource is None else self.masked(resource)
        facts = deeplinks.facts_of(app=app, resource=shown, project=self._project(app), cluster=self._cluster(app))
        found, problems = deeplinks.links_of(place, self.settings(), facts)
        for problem in problems:
            logger.info("%s", problem)
        return found

    def _project(self, app: Object) -> Object | None:
        return self.projects.get(project_of(app), self.namespace)

    def _cluster(self, app: Object) -> Mapping[str, Any] | None:
        wanted = destination_of(app)
        return next(
            (item for item in self.clusters() if wanted.get("server") == item["server"] or wanted.get("name") == item["name"]), None
        )

    @property
    def secure(self) -> bool:
        """Whether cookies go over TLS only."""
        return self.url.startswith("https://")

    @property
    def access(self) -> Access:
        return Access(self.policy, lambda name: self.projects.get(name, self.namespace), self.namespace)
