"""What pods of one operating system cannot have of the other's.

Source: k8s.io/kubernetes pkg/apis/core/validation (validateOS, validateLinux, validateWindows, validateWindowsHostProcessPod).
"""

from collections.abc import Iterator
from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.rules import Problems, forbidden, indexed, invalid, mapping, not_supported, required, words

_SYSTEMS = ("linux", "windows")
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_NOT_WINDOWS = "cannot be set for a windows pod"
_NOT_LINUX = "windows options cannot be set for a linux pod"
_OF_POD = (
    "securityContext.appArmorProfile", "securityContext.seLinuxOptions", "hostUsers", "hostPID", "hostIPC",
    "securityContext.seccompProfile", "securityContext.fsGroup", "securityContext.fsGroupChangePolicy", "securityContext.sysctls",
    "shareProcessNamespace", "securityContext.runAsUser", "securityContext.runAsGroup", "securityContext.supplementalGroups",
    "securityContext.supplementalGroupsPolicy", "securityContext.seLinuxChangePolicy",
)  # fmt: skip
_OF_CONTAINER = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
    "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
)  # fmt: skip
_FALSE_IS_NONE = ("hostPID", "hostIPC")
_ALL_OR_NONE = "If pod contains any hostProcess containers then all containers must be HostProcess containers"


def operating_system(path: str, spec: Any) -> Problems:
    """What the pod `spec` may not have on the system that it names."""
    system = spec.get("os")
    if system is None:
        return
    name = system.get("name") or ""
    if not name:
        yield required(f"{path}.os.name", "cannot be empty")
    elif name not in _SYSTEMS:
        yield not_supported(f"{path}.os", name, _SYSTEMS)
    else:
        yield from _linux(path, spec) if name == "linux" else _windows(path, spec)


def _contexts(path: str, spec: Any) -> Iterator[tuple[str, Any]]:
    """The security context of each container, with its place."""
    for key in _CONTAINERS:
        for place, container in indexed(path, spec, key):
            yield f"{place}.securityContext", mapping(container, "securityContext")


def _linux(path: str, spec: Any) -> Problems:
    for place, context in ((f"{path}.securityContext", mapping(spec, "securityContext")), *_contexts(path, spec)):
        if context.get("windowsOptions") is not None:
            yield forbidden(f"{place}.windowsOptions", _NOT_LINUX)


def _windows(path: str, spec: Any) -> Problems:
    for field in _OF_POD:
        *above, key = field.split(".")
        value = (mapping(spec, "securityContext") if above else spec).get(key)
        if value if key in (*_FALSE_IS_NONE, "sysctls") else value is not None:
            yield forbidden(f"{path}.{field}", _NOT_WINDOWS)
    for place, context in _contexts(path, spec):
        for key in _OF_CONTAINER:
            if context.get(key) is not None:
                yield forbidden(f"{place}.{key}", _NOT_WINDOWS)


def host_processes(path: str, spec: Any) -> Problems:
    """On Windows the containers of a pod are all processes of the host, or none is."""
    whole = mapping(mapping(spec, "securityContext"), "windowsOptions").get("hostProcess")
    found = []
    for place, context in _contexts(path, spec):
        own = mapping(context, "windowsOptions").get("hostProcess")
        if whole is not None and own is not None and whole != own:
            told = f"pod hostProcess value must be identical if both are specified, was {str(whole).lower()}"
            yield invalid(f"{place}.windowsOptions.hostProcess", own, told)
        found.append(whole if own is None else own)
    if not any(found):
        return
    if not all(found):
        yield invalid(path, "", _ALL_OR_NONE)
    if not spec.get("hostNetwork"):
        yield invalid(f"{path}.hostNetwork", False, "hostNetwork must be true if pod contains any hostProcess containers")


def windows_options(path: str, options: Any) -> Problems:
    """Who a container runs as."""
    found = mapping({"options": options}, "options")
    if (name := found.get("gmsaCredentialSpecName")) is not None:
        yield from words(f"{path}.gmsaCredentialSpecName", name, names.subdomain(name))
    for key in ("gmsaCredentialSpec", "runAsUserName"):
        if found.get(key) == "":
            yield invalid(f"{path}.{key}", "", f"{key} cannot be an empty string")
