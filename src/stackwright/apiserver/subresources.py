"""What is below an object: which verbs each subresource has, and the kind that it speaks of.

Source: k8s.io/kubernetes pkg/registry/core/rest (storage_core.go) and what discovery says of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from stackwright.api.meta import GroupVersionKind, Resource

_VIEW = ("get", "patch", "update")
_CONNECT = ("create", "get")
_PROXY = ("create", "delete", "get", "patch", "update")

VIEWS = frozenset({"", "status", "finalize", "ephemeralcontainers", "resize", "approval"})
"""Subresources that show the object itself and change a part of it; the object itself among them."""

CONNECTIONS = frozenset({"exec", "attach", "portforward", "proxy"})


@dataclass(frozen=True, slots=True)
class Subresource:
    """Shape: `kind` is None where it is the resource's own."""

    verbs: tuple[str, ...]
    kind: GroupVersionKind | None = None


_SCALE = Subresource(_VIEW, GroupVersionKind("autoscaling", "v1", "Scale"))
_TABLE: Mapping[str, Subresource] = {
    "status": Subresource(_VIEW),
    "scale": _SCALE,
    "approval": Subresource(_VIEW),
    "ephemeralcontainers": Subresource(_VIEW),
    "resize": Subresource(_VIEW),
    "finalize": Subresource(("update",)),
    "log": Subresource(("get",)),
    "binding": Subresource(("create",), GroupVersionKind("", "v1", "Binding")),
    "eviction": Subresource(("create",), GroupVersionKind("policy", "v1", "Eviction")),
    "token": Subresource(("create",), GroupVersionKind("authentication.k8s.io", "v1", "TokenRequest")),
    "exec": Subresource(_CONNECT, GroupVersionKind("", "v1", "PodExecOptions")),
    "attach": Subresource(_CONNECT, GroupVersionKind("", "v1", "PodAttachOptions")),
    "portforward": Subresource(_CONNECT, GroupVersionKind("", "v1", "PodPortForwardOptions")),
}


def subresource_of(resource: Resource, name: str) -> Subresource:
    if name == "proxy":
        return Subresource(_PROXY, GroupVersionKind("", "v1", f"{resource.kind}ProxyOptions"))
    return _TABLE.get(name, Subresource(_VIEW))
