"""Hooks: in which phases an object runs, and when it is deleted again.

Source: Argo CD's gitops-engine pkg/sync/hook.
"""

from collections.abc import Mapping
from typing import Literal

from stackwright.api.meta import Object, annotations_of, gvk_of, metadata_of

Phase = Literal["PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete"]
DeletePolicy = Literal["HookSucceeded", "HookFailed", "BeforeHookCreation"]

HOOK = "argocd.argoproj.io/hook"
HOOK_DELETE_POLICY = "argocd.argoproj.io/hook-delete-policy"
HELM_HOOK = "helm.sh/hook"
HELM_DELETE_POLICY = "helm.sh/hook-delete-policy"
HOOK_FINALIZER = "argocd.argoproj.io/hook-finalizer"
_PHASES: Mapping[str, Phase] = {name: name for name in ("PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete")}
_HELM_PHASES: Mapping[str, Phase] = {
    "pre-install": "PreSync",
    "pre-upgrade": "PreSync",
    "post-install": "PostSync",
    "post-upgrade": "PostSync",
    "pre-delete": "PreDelete",
    "post-delete": "PostDelete",
}
_POLICIES: Mapping[str, DeletePolicy] = {name: name for name in ("HookSucceeded", "HookFailed", "BeforeHookCreation")}
_HELM_POLICIES: Mapping[str, DeletePolicy] = {
    "hook-succeeded": "HookSucceeded",
    "hook-failed": "HookFailed",
    "before-hook-creation": "BeforeHookCreation",
}


def _words(obj: Object, annotation: str) -> list[str]:
    return [word.strip() for word in str(annotations_of(obj).get(annotation, "")).split(",") if word.strip()]


def is_skipped(obj: Object) -> bool:
    """Marked `Skip` and nothing else: never applied."""
    return _words(obj, HOOK) == ["Skip"]


def is_hook(obj: Object) -> bool:
    """Also for one whose phases nobody knows: it is never applied as an ordinary object."""
    if HOOK in annotations_of(obj):
        return not is_skipped(obj)
    words = _words(obj, HELM_HOOK)
    return bool(words) and words != ["crd-install"]


def phases_of(obj: Object) -> tuple[Phase, ...]:
    """Of a hook, in the order of the annotation."""
    own = [_PHASES[word] for word in _words(obj, HOOK) if word in _PHASES]
    if HOOK in annotations_of(obj):
        return tuple(dict.fromkeys(own))
    return tuple(dict.fromkeys(_HELM_PHASES[word] for word in _words(obj, HELM_HOOK) if word in _HELM_PHASES))


def delete_policies_of(obj: Object) -> frozenset[DeletePolicy]:
    found = {_POLICIES[word] for word in _words(obj, HOOK_DELETE_POLICY) if word in _POLICIES}
    found |= {_HELM_POLICIES[word] for word in _words(obj, HELM_DELETE_POLICY) if word in _HELM_POLICIES}
    return frozenset(found or {"BeforeHookCreation"})


def with_finalizer(hook: Object) -> Object:
    """Held until its end was seen: nobody else's deletion loses what a hook did."""
    finalizers = list(metadata_of(hook).get("finalizers") or ())
    if HOOK_FINALIZER in finalizers:
        return hook
    return {**hook, "metadata": {**metadata_of(hook), "finalizers": [*finalizers, HOOK_FINALIZER]}}


def hook_name(hook: Object, phase: str, revision: str, started: int) -> str:
    """The name of a hook that only has a generateName. Units: `started` in seconds since 1970."""
    return f"{metadata_of(hook).get('generateName', '')}{revision[:7]}-{phase}-{started}".lower()


def is_crd(obj: Object) -> bool:
    gvk = gvk_of(obj)
    return gvk.group == "apiextensions.k8s.io" and gvk.kind == "CustomResourceDefinition"
