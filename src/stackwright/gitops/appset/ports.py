"""What generators ask of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Credentials = tuple[Mapping[str, Any], ...]


class Trees(Protocol):
    """What lies in git. Raises SourceError."""

    async def directories(self, repo_url: str, revision: str, credentials: Credentials = (), project: str = "") -> tuple[str, ...]:
        """Every folder of a revision, sorted; hidden ones are left out."""
        ...

    async def files(
        self, repo_url: str, revision: str, pattern: str, credentials: Credentials = (), project: str = ""
    ) -> Mapping[str, bytes]:
        """The files that a glob names (`*` within a folder, `**` across), by path, sorted."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer over HTTP. Shape: header names are lower-case; `body` is what the JSON said, None for none."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Web(Protocol):
    """JSON over HTTP. Raises SourceError when there is no answer, or one that is no JSON."""

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: Any = None, *, insecure: bool = False, authorities: str = ""
    ) -> Answer:
        """Shape: a body of bytes is sent as it is; `authorities` are PEM certificates to trust besides the usual ones."""
        ...


class Objects(Protocol):
    """The cluster that ApplicationSets live in. Raises StatusError."""

    async def secret(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """A Secret's values, decoded; None when it is not there."""
        ...

    async def secret_type(self, namespace: str, name: str) -> str:
        """What Argo CD's label says that a Secret is for; empty without the label."""
        ...

    async def config(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """A ConfigMap's values; None when it is not there."""
        ...

    async def listed(self, api_version: str, plural: str, namespace: str, labels: str = "") -> Sequence[Mapping[str, Any]]:
        """Objects of any kind, by the plural name of their resource."""
        ...


class Passes(Protocol):
    """Told of every look at a set; must be quick and must not raise."""

    def reconciled(self, namespace: str, name: str, seconds: float) -> None: ...

    def forgotten(self, namespace: str, name: str) -> None: ...
