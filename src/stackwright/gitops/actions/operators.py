"""Actions of other operators' kinds: databases, scalers, secrets.

Source: Argo CD's resource_customizations for those groups.
"""

from collections.abc import Sequence

from stackwright.api.meta import Object
from stackwright.gitops.actions.editing import ANNOTATIONS, at, removes, sets, stamps, with_value
from stackwright.gitops.actions.types import Action, ActionRefused, Builtin, Effect, KindActions, Parameter, Request, patched
from stackwright.gitops.actions.workloads import PAUSE_ICON, PLAY_ICON, number
from stackwright.kernel.clock import rfc3339

_PAUSED, _PAUSED_REPLICAS = (*ANNOTATIONS, "autoscaling.keda.sh/paused"), (*ANNOTATIONS, "autoscaling.keda.sh/paused-replicas")
_ROLLING = (*ANNOTATIONS, "strimzi.io/manual-rolling-update")
_LOOP = (*ANNOTATIONS, "cnpg.io/reconciliationLoop")
_HEALTHY = ("status", "instancesStatus", "healthy")
_SUSPEND = {"suspend": sets(("spec", "suspend"), True), "resume": sets(("spec", "suspend"), False)}


# -- KEDA ------------------------------------------------------------------------------------------------------------


def _pausing(paused: bool) -> list[Action]:
    return [
        Action("pause", disabled=paused, icon_class="fa fa-fw fa-pause-circle"),
        Action("resume", disabled=not paused, icon_class="fa fa-fw fa-play-circle"),
    ]


def _of_scaled_job(obj: Object) -> Sequence[Action]:
    return _pausing(at(obj, _PAUSED) == "true")


def _of_scaled_object(obj: Object) -> Sequence[Action]:
    paused, replicas = at(obj, _PAUSED) == "true", at(obj, _PAUSED_REPLICAS)
    asked = (Parameter("replicas", "0" if replicas is None else str(replicas)),)
    at_replicas = Action("paused-replicas", disabled=paused, icon_class="fa fa-fw fa-pause-circle", parameters=asked)
    return [*_pausing(paused or replicas is not None), at_replicas]


def _pause_at(obj: Object, request: Request) -> Sequence[Effect]:
    text = request.parameters.get("replicas")
    try:
        replicas = number(text)
    except ActionRefused as error:
        raise ActionRefused(error.message if text is None else f"{error.message} (must be >= 0)") from error
    return patched(with_value(obj, _PAUSED_REPLICAS, str(replicas)))


# -- databases -------------------------------------------------------------------------------------------------------


def _of_cnpg_cluster(obj: Object) -> Sequence[Action]:
    alone = len(at(obj, _HEALTHY) or ()) < 2
    suspended = at(obj, _LOOP) == "disabled"
    switch = (
        Action("resume", display_name="Resume Reconciliation", icon_class=PLAY_ICON)
        if suspended
        else Action("suspend", display_name="Suspend Reconciliation", icon_class=PAUSE_ICON)
    )
    return [
        Action("restart", display_name="Rollout restart Cluster", icon_class="fa fa-fw fa-recycle"),
        Action("reload", display_name="Reload all Configuration", icon_class="fa fa-fw fa-rotate-right"),
        Action(
            "promote",
            disabled=alone,
            display_name="Promote Replica to Primary",
            icon_class="fa fa-fw fa-angles-up",
            parameters=(Parameter("instance", "any"),),
        ),
        switch,
    ]


def _promote(obj: Object, request: Request) -> Sequence[Effect]:
    asked = request.parameters.get("instance") or "any"
    chosen = _instance(obj, asked)
    if chosen is None:
        raise ActionRefused(f"Could not find a healthy instance matching the criteria: {asked}")
    status = {
        **(obj.get("status") or {}),
        "targetPrimary": chosen,
        "targetPrimaryTimestamp": rfc3339(request.now),
        "phase": "Switchover in progress",
        "phaseReason": f"Switching over to {chosen}",
    }
    return patched({**obj, "status": status})


def _instance(obj: Object, asked: str) -> str | None:
    """The next one after the primary for `any`, else the one of that number or name; None when it is not healthy."""
    healthy = list(at(obj, _HEALTHY) or ())
    if asked == "any":
        primary = at(obj, ("status", "currentPrimary"))
        after = healthy.index(primary) + 1 if primary in healthy else 0
        return healthy[after % len(healthy)] if healthy else None
    wanted = f"{at(obj, ('metadata', 'name'))}-{asked}" if asked.isdigit() else asked
    return wanted if wanted in healthy else None


def _of_maria_db(obj: Object) -> Sequence[Action]:
    suspended = bool(at(obj, ("spec", "suspend")))
    return [Action("suspend", disabled=suspended), Action("resume", disabled=not suspended)]


def _of_mongo_db(obj: Object) -> Sequence[Action]:
    paused = at(obj, ("spec", "pause")) is True
    return [Action("pause", disabled=paused), Action("unpause", disabled=not paused)]


def _of_pod_set(obj: Object) -> Sequence[Action]:
    return [Action("rolling-update", disabled=at(obj, _ROLLING) == "true")]


# -- secrets ---------------------------------------------------------------------------------------------------------


def _of_external_secret(obj: Object) -> Sequence[Action]:
    return [Action("refresh", disabled=at(obj, ("spec", "refreshInterval")) == "0s")]


def _of_push_secret(_obj: Object) -> Sequence[Action]:
    return [Action("push")]


_FORCE_SYNC = stamps((*ANNOTATIONS, "force-sync"))

OPERATORS: Builtin = {
    ("core.strimzi.io", "StrimziPodSet"): KindActions(_of_pod_set, {"rolling-update": sets(_ROLLING, "true")}),
    ("external-secrets.io", "ExternalSecret"): KindActions(_of_external_secret, {"refresh": _FORCE_SYNC}),
    ("external-secrets.io", "PushSecret"): KindActions(_of_push_secret, {"push": _FORCE_SYNC}),
    ("k8s.mariadb.com", "MariaDB"): KindActions(_of_maria_db, _SUSPEND),
    ("keda.sh", "ScaledJob"): KindActions(_of_scaled_job, {"pause": sets(_PAUSED, "true"), "resume": removes(_PAUSED)}),
    ("keda.sh", "ScaledObject"): KindActions(
        _of_scaled_object,
        {"pause": sets(_PAUSED, "true"), "paused-replicas": _pause_at, "resume": removes(_PAUSED, _PAUSED_REPLICAS)},
    ),
    ("postgresql.cnpg.io", "Cluster"): KindActions(
        _of_cnpg_cluster,
        {
            "promote": _promote,
            "reload": stamps((*ANNOTATIONS, "cnpg.io/reloadedAt")),
            "restart": stamps((*ANNOTATIONS, "kubectl.kubernetes.io/restartedAt")),
            "resume": removes(_LOOP),
            "suspend": sets(_LOOP, "disabled"),
        },
    ),
    ("psmdb.percona.com", "PerconaServerMongoDB"): KindActions(
        _of_mongo_db, {"pause": sets(("spec", "pause"), True), "unpause": sets(("spec", "pause"), False)}
    ),
}
