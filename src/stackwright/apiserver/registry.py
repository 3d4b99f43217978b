"""The kinds that a server serves, by the URLs they are served under."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Protocol, TypeGuard, runtime_checkable

from stackwright.api.meta import Object, Resource
from stackwright.apiserver.builtin import conversions
from stackwright.apiserver.kind import Kind
from stackwright.store.entry import Entry

_SHARED_STORAGE = {"events.events.k8s.io": "events"}
"""Resources that are a second face of another one's objects."""


@runtime_checkable
class Converting(Protocol):
    """A Kind that is stored in another version than it is served in."""

    def to_stored(self, obj: Object) -> Object: ...

    def to_served(self, obj: Object) -> Object: ...


class Registry:
    """Kinds come and go while the server runs: built-in ones at the start, custom ones with their definitions."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str, str], Kind] = {}
        self.generation = 0
        self._groups: tuple[int, Mapping[str, Sequence[str]]] = (-1, {})

    def add(self, kind: Kind) -> None:
        """Serves the kind; one of the same group, version and plural is replaced."""
        self._kinds[_key(kind.resource)] = kind
        self.generation += 1

    def remove(self, resource: Resource) -> None:
        if self._kinds.pop(_key(resource), None) is not None:
            self.generation += 1

    def find(self, group: str, version: str, plural: str) -> Kind | None:
        return self._kinds.get((group, version, plural))

    def kinds(self) -> list[Kind]:
        """In the order they were added."""
        return list(self._kinds.values())

    def groups(self) -> Mapping[str, Sequence[str]]:
        """The versions of each group, preferred ones first: built-in groups in the order they were added, then custom ones by name."""
        if self._groups[0] != self.generation:
            self._groups = self.generation, self._grouped()
        return self._groups[1]

    def _grouped(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        custom: set[str] = set()
        for (group, version, _), kind in self._kinds.items():
            versions = found.setdefault(group, [])
            versions += [] if version in versions else [version]
            custom |= {group} if keeps_types(kind) else set()
        ordered = {group: versions for group, versions in found.items() if group not in custom}
        return ordered | {group: sorted(found[group], key=_priority, reverse=True) for group in sorted(custom)}


def _priority(version: str) -> tuple[int, int, int, str]:
    """Stable versions before betas before alphas, higher ones first, others last. Source: k8s.io/apimachinery pkg/version."""
    found = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if found is None:
        return 0, 0, 0, "".join(chr(0x10FFFF - ord(char)) for char in version)
    rank = {None: 3, "beta": 2, "alpha": 1}[found[2]]
    return rank, int(found[1]), int(found[3] or 0), ""


def _key(resource: Resource) -> tuple[str, str, str]:
    return resource.group, resource.version, resource.plural


def bucket_of(resource: Resource) -> str:
    """Where the store keeps the objects of a resource."""
    return _SHARED_STORAGE.get(resource.qualified, resource.qualified)


def keeps_types(kind: Kind) -> bool:
    """Whether the items of a list say their apiVersion and kind: those of kinds without Go types do."""
    return bool(getattr(kind, "untyped", False))


def list_kind_of(kind: Kind) -> str:
    return str(getattr(kind, "list_kind", "") or f"{kind.resource.kind}List")


def _converts(kind: Kind) -> TypeGuard[Converting]:
    return _class_converts(type(kind))


@cache
def _class_converts(kind: type) -> bool:
    """Asked once for each class: it is slow to find out, and lists ask for every object."""
    return issubclass(kind, Converting)


def is_served_as_kept(kind: Kind, entry: Entry) -> bool:
    """Told without looking into the object: those that are past are kept compressed."""
    return entry.api_version == kind.resource.api_version and not getattr(kind, "rewritten", False)


def served(kind: Kind, obj: Object) -> Object:
    """A stored object as this kind's version shows it."""
    if _converts(kind):
        return kind.to_served(obj)
    if obj.get("apiVersion") == kind.resource.api_version:
        return obj
    return conversions.converted(obj, kind.resource.api_version)


def to_stored(kind: Kind, obj: Object) -> Object:
    return kind.to_stored(obj) if _converts(kind) else conversions.stored(obj, kind.resource)
