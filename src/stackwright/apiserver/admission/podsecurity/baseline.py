"""What the baseline level forbids, in the order of the checks' names.

Source: k8s.io/pod-security-admission policy (check_*.go), latest versions.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackwright.apiserver.admission.podsecurity.words import (
    Container,
    Rule,
    Spec,
    Violation,
    containers,
    has_own_users,
    named,
    quoted,
    security,
    setters,
)

_DEFAULT_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP",
        "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip
_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    }
)  # fmt: skip
_SELINUX_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
_APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
_HANDLERS = ("livenessProbe", "readinessProbe", "startupProbe")


def app_armor(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    def is_bad(owner: Mapping[str, Any]) -> bool:
        return (security(owner).get("appArmorProfile") or {}).get("type", "RuntimeDefault") not in ("RuntimeDefault", "Localhost")

    found = [each for each in containers(spec) if is_bad(each)]
    values = sorted({str(security(each)["appArmorProfile"]["type"]) for each in [spec, *found] if is_bad(each)})
    old = _bad_annotations(metadata.get("annotations") or {})
    if not values and not old:
        return None
    who = [setters(is_bad(spec), found)] if values else []
    who += ["annotation" if len(old) == 1 else "annotations"] if old else []
    reason = f"forbidden AppArmor profile{'' if len(values) + len(old) == 1 else 's'}"
    return Violation(reason, f"{' and '.join(who)} must not set AppArmor profile type to {quoted([*values, *old])}")


def _bad_annotations(annotations: Mapping[str, str]) -> list[str]:
    listed = [(key, value) for key, value in sorted(annotations.items()) if key.startswith(_APPARMOR_ANNOTATION)]
    return [f'{key}="{value}"' for key, value in listed if value not in ("", "runtime/default") and not value.startswith("localhost/")]


def capabilities(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    return added_beyond(spec, _DEFAULT_CAPABILITIES, "non-default capabilities")


def added_beyond(spec: Spec, allowed: frozenset[str], reason: str) -> Violation | None:
    """Containers that add capabilities other than these."""
    found = [each for each in containers(spec) if set(_added(each)) - allowed]
    if not found:
        return None
    names = sorted({name for each in found for name in _added(each) if name not in allowed})
    return Violation(reason, f"{named(found)} must not include {quoted(names)} in securityContext.capabilities.add")


def _added(container: Container) -> Sequence[str]:
    return (security(container).get("capabilities") or {}).get("add") or ()


def host_namespaces(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    found = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field)]
    return Violation("host namespaces", ", ".join(found)) if found else None


def host_paths(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    found = [str(volume.get("name")) for volume in spec.get("volumes") or () if volume.get("hostPath") is not None]
    return Violation("hostPath volumes", f"{'volume' if len(found) == 1 else 'volumes'} {quoted(found)}") if found else None


def host_ports(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    found = [each for each in containers(spec) if any(port.get("hostPort") for port in each.get("ports") or ())]
    if not found:
        return None
    ports = sorted({str(port["hostPort"]) for each in found for port in each.get("ports") or () if port.get("hostPort")})
    use = "uses" if len(found) == 1 else "use"
    return Violation("hostPort", f"{named(found)} {use} {'hostPort' if len(ports) == 1 else 'hostPorts'} {', '.join(ports)}")


def probe_hosts(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    found = [each for each in containers(spec) if any(_hosts(each))]
    if not found:
        return None
    hosts = sorted({host for each in found for host in _hosts(each)})
    use = "uses" if len(found) == 1 else "use"
    return Violation(
        "probe or lifecycle host", f"{named(found)} {use} probe or lifecycle {'host' if len(hosts) == 1 else 'hosts'} {quoted(hosts)}"
    )


def _hosts(container: Container) -> Iterator[str]:
    handlers = [container.get(field) or {} for field in _HANDLERS] + list((container.get("lifecycle") or {}).values())
    for handler in handlers:
        for kind in ("httpGet", "tcpSocket"):
            if isinstance(handler, Mapping) and (handler.get(kind) or {}).get("host"):
                yield str(handler[kind]["host"])


def privileged(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    found = [each for each in containers(spec) if security(each).get("privileged")]
    return Violation("privileged", f"{named(found)} must not set securityContext.privileged=true") if found else None


def proc_mount(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    return None if has_own_users(spec) else unmasked(metadata, spec)


def unmasked(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    """Containers that see all of /proc."""
    found = [each for each in containers(spec) if security(each).get("procMount", "Default") != "Default"]
    if not found:
        return None
    values = sorted({str(security(each)["procMount"]) for each in found})
    return Violation("procMount", f"{named(found)} must not set securityContext.procMount to {quoted(values)}")


def seccomp(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    """Profiles that are named and not allowed."""

    def is_bad(owner: Mapping[str, Any]) -> bool:
        return (security(owner).get("seccompProfile") or {}).get("type", "RuntimeDefault") not in ("RuntimeDefault", "Localhost")

    found = [each for each in containers(spec) if is_bad(each)]
    if not found and not is_bad(spec):
        return None
    values = sorted({str(security(each)["seccompProfile"]["type"]) for each in [spec, *found] if is_bad(each)})
    return Violation(
        "seccompProfile", f"{setters(is_bad(spec), found)} must not set securityContext.seccompProfile.type to {quoted(values)}"
    )


def selinux(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    def options(owner: Mapping[str, Any]) -> Mapping[str, str]:
        return security(owner).get("seLinuxOptions") or {}

    def is_bad(owner: Mapping[str, Any]) -> bool:
        return options(owner).get("type", "") not in _SELINUX_TYPES or bool(options(owner).get("user") or options(owner).get("role"))

    found = [each for each in containers(spec) if is_bad(each)]
    owners = [each for each in [spec, *found] if is_bad(each)]
    if not owners:
        return None
    types = sorted({options(each)["type"] for each in owners if options(each).get("type", "") not in _SELINUX_TYPES})
    told = [f"{'type' if len(types) == 1 else 'types'} {quoted(types)}"] if types else []
    told += [f"{field} may not be set" for field in ("user", "role") if any(options(each).get(field) for each in owners)]
    return Violation("seLinuxOptions", f"{setters(is_bad(spec), found)} set forbidden securityContext.seLinuxOptions: {'; '.join(told)}")


def sysctls(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    found = [str(each.get("name")) for each in security(spec).get("sysctls") or () if each.get("name") not in _SYSCTLS]
    return Violation("forbidden sysctls", ", ".join(found)) if found else None


def windows_host_process(metadata: Mapping[str, Any], spec: Spec) -> Violation | None:
    def is_bad(owner: Mapping[str, Any]) -> bool:
        return bool((security(owner).get("windowsOptions") or {}).get("hostProcess"))

    found = [each for each in containers(spec) if is_bad(each)]
    if not found and not is_bad(spec):
        return None
    return Violation("hostProcess", f"{setters(is_bad(spec), found)} must not set securityContext.windowsOptions.hostProcess=true")


RULES = (
    Rule(app_armor),
    Rule(capabilities),
    Rule(host_namespaces),
    Rule(host_paths),
    Rule(host_ports),
    Rule(probe_hosts, since=34),
    Rule(privileged),
    Rule(proc_mount),
    Rule(selinux),
    Rule(seccomp),
    Rule(sysctls),
    Rule(windows_host_process),
)
