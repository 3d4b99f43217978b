"""Actions of Flux's kinds: all are suspended and resumed, those that are reconciled can be asked for it.

Source: Argo CD's resource_customizations for *.toolkit.fluxcd.io.
"""

from collections.abc import Sequence

from stackwright.api.meta import Object
from stackwright.gitops.actions.editing import ANNOTATIONS, at, sets, stamps
from stackwright.gitops.actions.types import Action, Builtin, KindActions

_RECONCILED = {
    "helm.toolkit.fluxcd.io": ("HelmRelease",),
    "image.toolkit.fluxcd.io": ("ImageRepository", "ImageUpdateAutomation"),
    "kustomize.toolkit.fluxcd.io": ("Kustomization",),
    "notification.toolkit.fluxcd.io": ("Receiver",),
    "source.toolkit.fluxcd.io": ("Bucket", "GitRepository", "HelmChart", "HelmRepository", "OCIRepository"),
}
_SUSPENDED = {"notification.toolkit.fluxcd.io": ("Alert", "Provider")}
_RUNS = {"suspend": sets(("spec", "suspend"), True), "resume": sets(("spec", "suspend"), False)}
_RECONCILE = stamps((*ANNOTATIONS, "reconcile.fluxcd.io/requestedAt"), "By Argo CD at: ", "")


def _of_suspended(obj: Object) -> Sequence[Action]:
    suspended = bool(at(obj, ("spec", "suspend")))
    return [Action("resume", disabled=not suspended), Action("suspend", disabled=suspended)]


def _of_reconciled(obj: Object) -> Sequence[Action]:
    return [Action("reconcile", disabled=bool(at(obj, ("spec", "suspend")))), *_of_suspended(obj)]


FLUX: Builtin = {
    **{
        (group, kind): KindActions(_of_reconciled, {**_RUNS, "reconcile": _RECONCILE})
        for group, kinds in _RECONCILED.items()
        for kind in kinds
    },
    **{(group, kind): KindActions(_of_suspended, _RUNS) for group, kinds in _SUSPENDED.items() for kind in kinds},
}
