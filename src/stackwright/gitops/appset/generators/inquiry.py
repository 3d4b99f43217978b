"""What every generator is given besides its own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from stackwright.gitops.appset.clusters import Cluster
from stackwright.gitops.appset.ports import Credentials, Objects, Trees, Web
from stackwright.gitops.appset.templates import Templating
from stackwright.gitops.github_app import GitHubApp

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class AppTokens(Protocol):
    """Tokens of GitHub Apps. Raises GeneratorError and BadInput."""

    async def token(self, app: GitHubApp, account: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Shape: `name`, `namespace` and `project` are the set's; `settings` are the keys of argocd-cmd-params-cm; `environment` is that
    of the process."""

    name: str
    namespace: str
    templating: Templating
    trees: Trees
    web: Web
    objects: Objects
    clusters: Sequence[Cluster] = ()
    credentials: Credentials = ()
    project: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    now: datetime = _LONG_AGO
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    app_tokens: AppTokens | None = None

    @property
    def go(self) -> bool:
        return self.templating.go

    def setting(self, name: str) -> str:
        return self.settings.get(f"applicationsetcontroller.{name}", "")


Spec = Mapping[str, Any]
