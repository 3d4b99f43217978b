"""Security contexts of pods and containers.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateSecurityContext, validatePodSpecSecurityContext).
"""

import re
from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    duplicate,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    not_supported,
    one_of,
    required,
)

_ID_RULE = "must be between 0 and 2147483647, inclusive"
_LARGEST_ID = 2**31 - 1
_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_SYSCTL = re.compile(r"[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*\Z")
_SYSCTL_RULE = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"


def _id(path: str, value: Any) -> Problems:
    if isinstance(value, int) and not 0 <= value <= _LARGEST_ID:
        yield invalid(path, value, _ID_RULE)


def pod_context(path: str, spec: Any) -> Problems:
    """Of the pod `spec`, whose context is at `path`."""
    context = mapping(spec, "securityContext")
    for index, group in enumerate(items(context, "supplementalGroups")):
        yield from _id(f"{path}.supplementalGroups[{index}]", group)
    for key in ("fsGroup", "runAsUser", "runAsGroup"):
        yield from _id(f"{path}.{key}", context.get(key))
    yield from _sysctls(path, context)
    if context.get("fsGroupChangePolicy") is not None:
        yield from one_of(f"{path}.fsGroupChangePolicy", context["fsGroupChangePolicy"], ("Always", "OnRootMismatch"))
    yield from _profiles(path, context)


def _sysctls(path: str, context: Any) -> Problems:
    seen: set[str] = set()
    for place, sysctl in indexed(path, context, "sysctls"):
        name = sysctl.get("name") or ""
        if not name:
            yield required(f"{place}.name")
        elif len(name) > 253 or not _SYSCTL.match(name):
            yield invalid(f"{place}.name", name, _SYSCTL_RULE)
        elif name in seen:
            yield duplicate(f"{place}.name", name)
        seen.add(name)


def _profiles(path: str, context: Any) -> Problems:
    for key in ("seccompProfile", "appArmorProfile"):
        if context.get(key) is not None:
            yield from _profile(f"{path}.{key}", context[key])


def _profile(path: str, profile: Any) -> Problems:
    kind, file = profile.get("type") or "", profile.get("localhostProfile")
    if kind == "Localhost":
        if file is None:
            yield required(f"{path}.localhostProfile", "must be set when seccomp type is Localhost")
    elif file is not None:
        yield invalid(f"{path}.localhostProfile", file, "can only be set when seccomp type is Localhost")
    if not kind:
        yield required(f"{path}.type", "type is required when seccompProfile is set")
    elif kind not in _PROFILES:
        yield not_supported(f"{path}.type", kind, _PROFILES)


def container_context(path: str, context: Any, spec: Any) -> Problems:
    """Of one container of the pod `spec`."""
    if not context:
        return
    yield from _id(f"{path}.runAsUser", context.get("runAsUser"))
    yield from _id(f"{path}.runAsGroup", context.get("runAsGroup"))
    if context.get("procMount") is not None:
        yield from one_of(f"{path}.procMount", context["procMount"], ("Default", "Unmasked"))
        if context["procMount"] == "Unmasked" and spec.get("hostUsers") is not False:
            yield invalid(f"{path}.procMount", "Unmasked", "`hostUsers` must be false to use `Unmasked`")
    yield from _profiles(path, context)
    if context.get("allowPrivilegeEscalation") is False:
        added = items(mapping(context, "capabilities"), "add")
        if context.get("privileged"):
            yield invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
        if "CAP_SYS_ADMIN" in added:
            yield invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")


def host_aliases(path: str, spec: Any) -> Problems:
    for place, alias in indexed(path, spec, "hostAliases"):
        if names.ip(alias.get("ip") or ""):
            yield invalid(f"{place}.ip", alias.get("ip") or "", names.IP_RULE)
        for index, name in enumerate(items(alias, "hostnames")):
            if problems := names.subdomain(name):
                yield invalid(f"{place}.hostnames[{index}]", name, problems[0])


def host_users(path: str, spec: Any) -> Problems:
    """A pod of its own users shares nothing else with the host."""
    if spec.get("hostUsers") is not False:
        return
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key):
            yield forbidden(f"{path}.{key}", "when `hostUsers` is false")
