"""Security contexts of pods and containers.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateSecurityContext, validatePodSpecSecurityContext).
"""

import re
from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.internal import internal
from stackwright.apiserver.builtin.validation.operatingsystems import windows_options
from stackwright.apiserver.builtin.validation.paths import descending
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
    too_long,
)

_ID_RULE = "must be between 0 and 2147483647, inclusive"
_LARGEST_ID = 2**31 - 1
_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_OF_IPC = ("kernel.sem", "kernel.shm", "kernel.msg", "fs.mqueue.")
_LONGEST_FILE = 4095
_SYSCTL = re.compile(r"[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*\Z")
_SYSCTL_RULE = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"


def _id(path: str, value: Any) -> Problems:
    if isinstance(value, int) and not 0 <= value <= _LARGEST_ID:
        yield invalid(path, value, _ID_RULE)


def pod_context(path: str, spec: Any) -> Problems:
    """Of the pod `spec`, whose context is at `path`."""
    context = mapping(spec, "securityContext")
    for key in ("fsGroup", "runAsUser", "runAsGroup"):
        yield from _id(f"{path}.{key}", context.get(key))
    for index, group in enumerate(items(context, "supplementalGroups")):
        yield from _id(f"{path}.supplementalGroups[{index}]", group)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        yield invalid(f"{path}.shareProcessNamespace", True, "ShareProcessNamespace and HostPID cannot both be enabled")
    yield from _sysctls(path, context, spec)
    if context.get("fsGroupChangePolicy") is not None:
        yield from one_of(f"{path}.fsGroupChangePolicy", context["fsGroupChangePolicy"], ("Always", "OnRootMismatch"))
    yield from _seccomp(f"{path}.seccompProfile", context.get("seccompProfile"))
    yield from windows_options(f"{path}.windowsOptions", context.get("windowsOptions"))
    yield from _app_armor(f"{path}.appArmorProfile", context.get("appArmorProfile"))
    for key, supported in (("supplementalGroupsPolicy", ("Merge", "Strict")), ("seLinuxChangePolicy", ("MountOption", "Recursive"))):
        if context.get(key) is not None:
            yield from one_of(f"{path}.{key}", context[key], supported)


def _sysctls(path: str, context: Any, spec: Any) -> Problems:
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
        dotted = name.replace("/", ".") if name.find("/") >= 0 > name.find(".") else name
        if spec.get("hostNetwork") and dotted.startswith("net."):
            yield invalid(f"{place}.name", name, "may not be specified when 'hostNetwork' is true")
        elif spec.get("hostIPC") and dotted.startswith(_OF_IPC):
            yield invalid(f"{place}.name", name, "may not be specified when 'hostIPC' is true")


def _seccomp(path: str, profile: Any) -> Problems:
    if profile is None:
        return
    kind, file = profile.get("type") or "", profile.get("localhostProfile")
    if not kind:
        yield required(f"{path}.type", "type is required when seccompProfile is set")
    elif kind not in _PROFILES:
        yield not_supported(f"{path}.type", kind, _PROFILES)
    if kind != "Localhost":
        if file is not None:
            shown = {"Type": kind, "LocalhostProfile": file}
            yield invalid(f"{path}.localhostProfile", shown, "can only be set when seccomp type is Localhost")
    elif file is None:
        yield required(f"{path}.localhostProfile", "must be set when seccomp type is Localhost")
    else:
        yield from descending(f"{path}.localhostProfile", file)


def _app_armor(path: str, profile: Any) -> Problems:
    if profile is None:
        return
    kind, file = profile.get("type") or "", profile.get("localhostProfile")
    place = f"{path}.localhostProfile"
    if kind == "Localhost":
        yield from _app_armor_file(place, file)
    elif not kind:
        yield required(f"{path}.type", "type is required when appArmorProfile is set")
    elif kind not in _PROFILES:
        yield not_supported(f"{path}.type", kind, _PROFILES)
    elif file is not None:
        yield invalid(place, file, "can only be set when AppArmor type is Localhost")


def _app_armor_file(path: str, file: str | None) -> Problems:
    if not file:
        yield required(path, "must be set when AppArmor type is Localhost")
        return
    if file != file.strip():
        yield invalid(path, file, "must not be padded with whitespace")
    if len(file) > _LONGEST_FILE:
        yield too_long(path, _LONGEST_FILE)


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
    yield from _seccomp(f"{path}.seccompProfile", context.get("seccompProfile"))
    yield from _escalation(path, context)
    yield from windows_options(f"{path}.windowsOptions", context.get("windowsOptions"))
    yield from _app_armor(f"{path}.appArmorProfile", context.get("appArmorProfile"))


def _escalation(path: str, context: Any) -> Problems:
    if context.get("allowPrivilegeEscalation") is False:
        shown = internal("SecurityContext", context)
        added = items(mapping(context, "capabilities"), "add")
        if context.get("privileged"):
            yield invalid(path, shown, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
        if "CAP_SYS_ADMIN" in added:
            yield invalid(path, shown, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")


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
