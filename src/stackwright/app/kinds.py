"""What the embedded cluster knows of its kinds, told to the GitOps engine."""

from stackwright.api.meta import GroupVersionKind, Object, gvk_of
from stackwright.apiserver.builtin import schemas
from stackwright.apiserver.kind import Kind
from stackwright.apiserver.registry import Registry
from stackwright.store.schema import Schema


class RegistryKinds:
    """Implements `gitops.ports.Kinds` from the registry of a server in this process."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._generation = -1
        self._kinds: dict[GroupVersionKind, Kind] = {}

    def schema_of(self, kind: GroupVersionKind) -> Schema | None:
        found = self._find(kind)
        return None if found is None else found.schema

    def defaulted(self, obj: Object) -> Object:
        found = self._find(gvk_of(obj))
        return obj if found is None else found.defaulted(obj)

    def type_named(self, name: str) -> Schema | None:
        group, _, rest = name.partition("/")
        return schemas.named(f"io.k8s.api.{group}.{rest.replace('/', '.')}")

    def _find(self, kind: GroupVersionKind) -> Kind | None:
        if self._generation != self._registry.generation:
            self._kinds = {entry.resource.gvk: entry for entry in self._registry.kinds()}
            self._generation = self._registry.generation
        return self._kinds.get(kind)
