"""What the GitOps engine needs from outside: manifests of a revision, and the news that a repository changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from stackwright.api.meta import GroupVersionKind, Object
from stackwright.client.kube import KubeClient
from stackwright.kernel.errors import StackwrightError
from stackwright.store.schema import Schema


class SourceError(StackwrightError):
    """Manifests cannot be had: no such repository, revision or path, or they cannot be rendered.

    Shape: `message` is what Argo CD puts into the ComparisonError condition; `transient` says that the same request may
    succeed later without a new commit (the network, a timeout).
    """

    code = "source-error"

    def __init__(self, message: str, *, transient: bool = False, hint: str | None = None, **context: Any) -> None:
        super().__init__(message, hint=hint, **context)
        self.transient = transient


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """All that rendering depends on.

    Shape: `sources` are raw ApplicationSources in order; `revisions` override their targetRevision where not empty;
    `settings` are the keys of argocd-cm and argocd-cmd-params-cm that steer tools (`kustomize.buildOptions`, `helm.valuesFileSchemes`, …).
    """

    app_name: str
    app_namespace: str
    project: str
    destination_namespace: str
    sources: tuple[Mapping[str, Any], ...]
    revisions: tuple[str, ...] = ()
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    credentials: tuple[Mapping[str, Any], ...] = ()
    """Repository and credential-template Secrets (`argocd.argoproj.io/secret-type`), data decoded."""
    no_cache: bool = False
    """Render anew, whatever was rendered before."""
    fresh: bool = False
    """Ask repositories what their branches and tags are now."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the sources give. Shape: one entry of `revisions` (resolved SHA or chart version) and `source_types`
    (Directory, Helm, Kustomize, Plugin) for each source; `objects` in the order of sources and documents, shared: never changed.
    """

    objects: tuple[Object, ...]
    revisions: tuple[str, ...]
    source_types: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevisionMetadata:
    """Who changed what, when. Units: `date` in RFC 3339."""

    author: str
    date: str
    message: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a repository. Shape: `parent` is empty for the first one. Units: `date` in RFC 3339."""

    sha: str
    parent: str
    author: str
    date: str
    message: str

    @property
    def title(self) -> str:
        return self.message.partition("\n")[0]


class Sources(Protocol):
    """Fetches and renders. Cached by content: asking again for the same revision costs nothing.

    Raises SourceError.
    """

    async def render(self, request: RenderRequest) -> Rendered: ...

    async def resolve(self, source: Mapping[str, Any], credentials: tuple[Mapping[str, Any], ...] = ()) -> str:
        """The revision that the source's targetRevision names now."""
        ...

    async def revision_metadata(self, repo_url: str, revision: str) -> RevisionMetadata: ...

    async def changed_paths(self, repo_url: str, old: str, new: str) -> tuple[str, ...]:
        """Paths that differ between two commits of a repository."""
        ...

    def on_push(self, listener: Callable[[str], None]) -> None:
        """`listener` is called with the repository URL, soon after it received new commits; only for repositories that can tell."""
        ...


class Kinds(Protocol):
    """What is known of the kinds of one cluster beyond their names; all of it is optional knowledge that makes comparisons exact."""

    def schema_of(self, kind: GroupVersionKind) -> Schema | None:
        """None for a kind that nobody knows."""
        ...

    def defaulted(self, obj: Object) -> Object:
        """With what the API server would fill in; the object itself where nothing is known."""
        ...

    def type_named(self, name: str) -> Schema | None:
        """A Kubernetes type by its name in `knownTypeFields`, such as `core/v1/PodSpec`."""
        ...


class NoKinds:
    """Knows nothing: objects are compared as they are."""

    def schema_of(self, kind: GroupVersionKind) -> Schema | None:
        return None

    def defaulted(self, obj: Object) -> Object:
        return obj

    def type_named(self, name: str) -> Schema | None:
        return None


class Connect(Protocol):
    """Opens the way to a registered cluster."""

    def __call__(self, secret: Mapping[str, Any]) -> KubeClient:
        """`secret` is Argo CD's cluster Secret with its data decoded. Raises BadInput."""
        ...
