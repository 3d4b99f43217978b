"""What every generator is given besides its own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stackwright.gitops.appset.clusters import Cluster
from stackwright.gitops.appset.ports import Credentials, Objects, Trees, Web
from stackwright.gitops.appset.templates import Templating


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Shape: `name`, `namespace` and `project` are the set's; `settings` are the keys of argocd-cmd-params-cm."""

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

    @property
    def go(self) -> bool:
        return self.templating.go

    def setting(self, name: str) -> str:
        return self.settings.get(f"applicationsetcontroller.{name}", "")


Spec = Mapping[str, Any]
