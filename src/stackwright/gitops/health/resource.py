"""The health of one object: the user's rule, else ours, else the built-in check, else what its status says on its face."""

from stackwright.api.meta import Object, gvk_of, metadata_of
from stackwright.gitops.customizations import Customization, find_customization
from stackwright.gitops.health.builtin import builtin_health
from stackwright.gitops.health.generic import generic_health
from stackwright.gitops.health.lua import LuaFailed, lua_health
from stackwright.gitops.health.rules import rule_book, tell
from stackwright.gitops.health.types import Health

HOOK_FINALIZER = "argocd.argoproj.io/hook-finalizer"

_WITHOUT_GENERIC = frozenset(
    (
        "", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps", "authentication.k8s.io",
        "authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io",
        "extensions", "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "policy",
        "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io", "storagemigration.k8s.io", "metrics.k8s.io",
    )
)  # fmt: skip
"""Groups of Kubernetes itself: what has no check there has no health."""

_NO_HEALTH = frozenset((("argoproj.io", "Application"), ("argoproj.io", "AppProject")))
"""An Application's health is in its own status; whoever needs it reads it there."""


def health_of(obj: Object, customizations: tuple[Customization, ...] = ()) -> Health | None:
    """None for a kind that has no notion of health: it does not count.

    Source: Argo CD's GetResourceHealth; instead of its scripts for custom kinds, our rules and the generic reading.
    """
    metadata = metadata_of(obj)
    if metadata.get("deletionTimestamp") and HOOK_FINALIZER not in (metadata.get("finalizers") or ()):
        return Health("Progressing", "Pending deletion")
    gvk = gvk_of(obj)
    script = find_customization(customizations, "health", gvk.group, gvk.kind)
    if script:
        told = _scripted(str(script), obj)
        if told is not None:
            return told
    return rule_health(obj) or _unruled(obj)


def _scripted(script: str, obj: Object) -> Health | None:
    try:
        return lua_health(script, obj)
    except LuaFailed as error:
        return Health("Unknown", str(error))


def rule_health(obj: Object) -> Health | None:
    """What the rules for its kind say, whether or not it is being deleted."""
    gvk = gvk_of(obj)
    rules = rule_book().find(gvk.group, gvk.kind)
    return None if rules is None else tell(rules, obj)


def _unruled(obj: Object) -> Health | None:
    gvk = gvk_of(obj)
    checked = builtin_health(obj)
    if checked is not None or gvk.group in _WITHOUT_GENERIC or (gvk.group, gvk.kind) in _NO_HEALTH:
        return checked
    return generic_health(obj)
