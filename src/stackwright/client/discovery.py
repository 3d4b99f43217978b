"""Which resources a cluster serves: discovery, remembered until a kind is missed."""

import time
from collections.abc import Iterable
from typing import Any

from stackwright.api.meta import GroupVersionKind, Resource
from stackwright.client.errors import UnknownKind

_REFRESH_SECONDS = 0.2


def parse_aggregated(document: Any) -> list[Resource]:
    """Reads an APIGroupDiscoveryList (apidiscovery.k8s.io/v2), preferred versions first within each group."""
    resources: list[Resource] = []
    for group in document.get("items", ()):
        name = group["metadata"].get("name", "")
        for version in group.get("versions", ()):
            for entry in version.get("resources", ()):
                kind = entry.get("responseKind") or {}
                resources.append(
                    Resource(
                        group=name,
                        version=version["version"],
                        plural=entry["resource"],
                        kind=kind.get("kind", ""),
                        namespaced=entry.get("scope") == "Namespaced",
                        singular=entry.get("singularResource", ""),
                        short_names=tuple(entry.get("shortNames") or ()),
                        categories=tuple(entry.get("categories") or ()),
                        verbs=tuple(entry.get("verbs") or ()),
                        subresources=tuple(sub["subresource"] for sub in entry.get("subresources") or ()),
                    )
                )
    return resources


class ResourceMap:
    """Finds the resource of a kind. Not thread-safe; belongs to one client."""

    def __init__(self) -> None:
        self._by_kind: dict[GroupVersionKind, Resource] = {}
        self._preferred: dict[tuple[str, str], Resource] = {}
        self._loaded_at = 0.0

    @property
    def stale(self) -> bool:
        """True when another look at discovery may be worth it."""
        return time.monotonic() - self._loaded_at > _REFRESH_SECONDS

    def replace(self, resources: Iterable[Resource]) -> None:
        self._by_kind.clear()
        self._preferred.clear()
        for resource in resources:
            self._by_kind[resource.gvk] = resource
            self._preferred.setdefault((resource.group, resource.kind), resource)
        self._loaded_at = time.monotonic()

    def forget(self) -> None:
        """The next look-up reads discovery again (a CRD came or went)."""
        self._loaded_at = 0.0
        self._by_kind.clear()
        self._preferred.clear()

    def find(self, kind: GroupVersionKind) -> Resource | None:
        return self._by_kind.get(kind)

    def preferred(self, group: str, kind: str) -> Resource | None:
        return self._preferred.get((group, kind))

    def all(self) -> list[Resource]:
        """Every served resource, in every version."""
        return list(self._by_kind.values())

    def all_preferred(self) -> list[Resource]:
        """One resource for each kind."""
        return list(self._preferred.values())


def missing(kind: GroupVersionKind) -> UnknownKind:
    message = f'no matches for kind "{kind.kind}" in version "{kind.api_version}"'
    return UnknownKind(message, hint="Apply the CustomResourceDefinition that defines it first.", kind=str(kind))
