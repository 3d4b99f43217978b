"""What a URL names: a resource, one of its objects, or a subresource of it.

Source: k8s.io/apiserver pkg/endpoints/request (RequestInfo).
"""

from dataclasses import dataclass, replace

from stackwright.apiserver.kind import Kind
from stackwright.apiserver.registry import Registry


@dataclass(frozen=True, slots=True)
class Target:
    """Shape: `namespace` is empty for cluster scope and for all namespaces; `name` is empty for collections.

    `watched` is set by the old paths below `/watch/`.
    """

    kind: Kind
    namespace: str
    name: str
    subresource: str
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Unserved:
    """A path below a served group version whose resource is not there. Shape: `kind` and `name` when only the subresource is not."""

    kind: Kind | None = None
    name: str = ""


def find_target(path: str, registry: Registry) -> Target | Unserved | None:
    """None when the path names no resource at all."""
    parts = path.strip("/").split("/")
    if parts[:1] == ["api"] and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    groups = registry.groups()
    if version not in groups.get(group, ()):
        return Unserved() if group in groups else None
    if rest[0] == "watch" and len(rest) > 1:
        found = _below(group, version, rest[1:], registry)
        return replace(found, watched=True) if isinstance(found, Target) else found
    return _below(group, version, rest, registry)


def _below(group: str, version: str, rest: list[str], registry: Registry) -> Target | Unserved:
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and registry.find(group, version, rest[2]) is not None:
        namespace, rest = rest[1], rest[2:]
    kind = registry.find(group, version, rest[0])
    if kind is None or len(rest) > 3 or (namespace and not kind.resource.namespaced):
        return Unserved()
    name, subresource = [*rest[1:], "", ""][:2]
    if name and kind.resource.namespaced and not namespace:
        return Unserved()
    if subresource and subresource not in kind.resource.subresources:
        return Unserved(kind, name)
    return Target(kind, namespace, name, subresource)
