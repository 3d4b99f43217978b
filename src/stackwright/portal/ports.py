"""What the portal shows and does, given by whoever starts it."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stackwright.api.meta import Object
from stackwright.client.informer import Informer
from stackwright.client.kube import KubeClient
from stackwright.gitops import deeplinks
from stackwright.gitops.application import destination_of, project_of
from stackwright.gitops.compare import AppState
from stackwright.gitops.destinations import Listener
from stackwright.gitops.diff.masks import masked_annotations
from stackwright.gitops.measures import ClusterState
from stackwright.gitops.planning import Planned
from stackwright.gitops.ports import Commit, RevisionMetadata
from stackwright.gitops.preview import Preview
from stackwright.gitops.rbac import Policy
from stackwright.portal import shapes
from stackwright.portal.access import Access
from stackwright.portal.accounts import Account
from stackwright.portal.authentication import Authentication
from stackwright.portal.oidc.login import Login
from stackwright.portal.sessions import Sessions

logger = logging.getLogger(__name__)

Credentials = tuple[Mapping[str, Any], ...]


class Inquiries(Protocol):
    """What people ask of a repository before they deploy from it. Raises SourceError."""

    async def refs(self, url: str, credentials: Credentials, project: str = "", *, fresh: bool = False) -> tuple[list[str], list[str]]: ...

    async def charts(self, url: str, credentials: Credentials, project: str = "", *, fresh: bool = False) -> Mapping[str, list[str]]: ...

    async def tags(self, url: str, credentials: Credentials, project: str = "", *, fresh: bool = False) -> list[str]: ...

    async def check(self, url: str, kind: str, credentials: Credentials, project: str = "", *, oci: bool = False) -> str: ...

    async def apps(self, url: str, revision: str, credentials: Credentials, project: str = "") -> list[tuple[str, str]]: ...

    async def details(
        self, source: Mapping[str, Any], settings: Mapping[str, str], credentials: Credentials, project: str = ""
    ) -> Mapping[str, Any]: ...

    async def metadata(self, url: str, revision: str, credentials: Credentials, project: str = "") -> RevisionMetadata: ...

    async def chart_metadata(
        self, url: str, chart: str, version: str, credentials: Credentials, project: str = ""
    ) -> Mapping[str, Any]: ...

    async def annotations(self, url: str, revision: str, credentials: Credentials, project: str = "") -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Repositories:
    """What lies in git and with charts, as far as it was fetched. All raise SourceError.

    Shape: `commits` goes back from a revision, `count` at most; `changed_paths` takes two commits; `changes` renders an
    Application's sources (given apart: history has its own) at two revisions.
    """

    commits: Callable[[str, str, int], Awaitable[Sequence[Commit]]]
    changed_paths: Callable[[str, str, str], Awaitable[Sequence[str]]]
    changes: Callable[[Object, Sequence[Mapping[str, Any]], Sequence[str], Sequence[str]], Awaitable[Preview]]


@dataclass(frozen=True, slots=True)
class Ports:
    """Shape: `prefix` is the path that the portal is served under, `homes` are the URLs people know it by.

    `state_of` compares an Application now (None: it cannot be), `children_of` are the live objects that an object owns, `plan_of` is
    what its next sync would do, `client_of` speaks to its cluster (None: it cannot be reached now), `follow` tells of all that
    changes in clusters until what it gives is called, `try_cluster` asks the cluster of a Secret in clear for its version.
    `cluster_states` is how much is known of each cluster, `rotate` gives the Secret of one a new token.
    `credentials` are decoded Secrets of repositories, `images` those that a source of a project deploys, `generate` what a set would
    make. `accounts` are the local ones by name, `policy` the roles as they stand, `save_secret` writes entries of argocd-secret.
    `authentication` finds who asks, `login` takes people to a provider and back, `revoke` ends a token that would last until a time
    (seconds since 1970).
    """

    client: KubeClient
    applications: Informer
    projects: Informer
    sets: Informer
    sessions: Sessions
    authentication: Authentication
    login: Login
    revoke: Callable[[str, int], Awaitable[None]]
    homes: Callable[[], tuple[str, ...]]
    settings: Callable[[], Mapping[str, str]]
    clusters: Callable[[], Sequence[Mapping[str, Any]]]
    state_of: Callable[[Object], Awaitable[AppState | None]]
    children_of: Callable[[Object], Sequence[Object]]
    client_of: Callable[[Object], Awaitable[KubeClient | None]]
    plan_of: Callable[[Object], Awaitable[Sequence[Planned] | None]]
    cluster_states: Callable[[], Sequence[ClusterState]]
    rotate: Callable[[Object], Awaitable[None]]
    inquiries: Inquiries
    credentials: Callable[[], tuple[Mapping[str, Any], ...]]
    images: Callable[[Mapping[str, Any], str], Awaitable[list[str]]]
    generate: Callable[[Object], Awaitable[Sequence[Object]]]
    follow: Callable[[Listener], Callable[[], None]]
    accounts: Callable[[], Mapping[str, Account]]
    policy: Callable[[], Policy]
    save_secret: Callable[[Mapping[str, str]], Awaitable[None]]
    repositories: Repositories
    try_cluster: Callable[[Mapping[str, Any]], Awaitable[str]]
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
