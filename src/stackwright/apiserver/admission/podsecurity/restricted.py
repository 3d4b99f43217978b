"""What the restricted level demands, in the order of the checks' names; some replace one of the baseline.

Source: k8s.io/pod-security-admission policy (check_*.go), latest versions.
"""

from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.admission.podsecurity import baseline
from stackwright.apiserver.admission.podsecurity.words import (
    Rule,
    Spec,
    Violation,
    containers,
    has_own_users,
    is_windows,
    named,
    quoted,
    security,
    setters,
)

_VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"}
)  # fmt: skip
_REASON_ROOT = "runAsNonRoot != true"


def privilege_escalation(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    if is_windows(spec):
        return None
    found = [each for each in containers(spec) if security(each).get("allowPrivilegeEscalation") is not False]
    told = f"{named(found)} must set securityContext.allowPrivilegeEscalation=false"
    return Violation("allowPrivilegeEscalation != false", told) if found else None


def capabilities(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    if is_windows(spec):
        return None
    reason = "unrestricted capabilities"
    keeping = [each for each in containers(spec) if "ALL" not in ((security(each).get("capabilities") or {}).get("drop") or ())]
    told = [f'{named(keeping)} must set securityContext.capabilities.drop=["ALL"]'] if keeping else []
    adding = baseline.added_beyond(spec, frozenset({"NET_BIND_SERVICE"}), reason)
    told += [adding.detail] if adding is not None else []
    return Violation(reason, "; ".join(told)) if told else None


def volume_types(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    found = [(str(volume.get("name")), _type_of(volume)) for volume in spec.get("volumes") or ()]
    bad = [(name, type) for name, type in found if type not in _VOLUMES]
    if not bad:
        return None
    names, types = quoted(name for name, _ in bad), sorted({type for _, type in bad})
    volumes = f"{'volume' if len(bad) == 1 else 'volumes'} {names} {'uses' if len(bad) == 1 else 'use'}"
    return Violation("restricted volume types", f"{volumes} restricted volume {'type' if len(types) == 1 else 'types'} {quoted(types)}")


def _type_of(volume: Mapping[str, Any]) -> str:
    return next((key for key, value in volume.items() if key != "name" and value is not None), "emptyDir")


def non_root(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    if has_own_users(spec):
        return None
    pod = security(spec).get("runAsNonRoot")
    refusing = [each for each in containers(spec) if security(each).get("runAsNonRoot") is False]
    if pod is False or refusing:
        return Violation(_REASON_ROOT, f"{setters(pod is False, refusing)} must not set securityContext.runAsNonRoot=false")
    silent = [each for each in containers(spec) if security(each).get("runAsNonRoot") is None and not pod]
    return Violation(_REASON_ROOT, f"pod or {named(silent)} must set securityContext.runAsNonRoot=true") if silent else None


def user(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    if has_own_users(spec):
        return None
    found = [each for each in containers(spec) if security(each).get("runAsUser") == 0]
    pod = security(spec).get("runAsUser") == 0
    return Violation("runAsUser=0", f"{setters(pod, found)} must not set runAsUser=0") if pod or found else None


def seccomp(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    if is_windows(spec):
        return None
    if (named_badly := baseline.seccomp(metadata, spec)) is not None:
        return named_badly
    if security(spec).get("seccompProfile"):
        return None
    silent = [each for each in containers(spec) if not security(each).get("seccompProfile")]
    told = f'pod or {named(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return Violation("seccompProfile", told) if silent else None


RULES = (
    Rule(privilege_escalation, since=8),
    Rule(capabilities, since=22, replaces=baseline.capabilities),
    Rule(baseline.unmasked, since=35, replaces=baseline.proc_mount),
    Rule(volume_types, replaces=baseline.host_paths),
    Rule(non_root),
    Rule(user, since=23),
    Rule(seccomp, since=19, replaces=baseline.seccomp),
)
