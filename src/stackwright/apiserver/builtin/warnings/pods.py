"""What the API warns of in pods and in templates of pods.

Source: k8s.io/kubernetes pkg/api/pod/warnings.go.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackwright.api.meta import annotations_of
from stackwright.apiserver.builtin.warnings.addresses import address_warnings
from stackwright.apiserver.builtin.warnings.amounts import claim_fractions, fractions
from stackwright.apiserver.builtin.warnings.labels import OLD_LABELS, term_warnings

_Map = Mapping[str, Any]
_Block = tuple[str, _Map]

OLD_VOLUMES: Mapping[str, str] = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    **dict.fromkeys(("flocker", "storageos", "quobyte"), "deprecated in v1.22, non-functional in v1.25+"),
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    **dict.fromkeys(("cephfs", "rbd"), "deprecated in v1.28, non-functional in v1.31+"),
}
_SPOKEN = {"storageos": "storageOS"}
_BYTES = ("memory", "ephemeral-storage")
_SECCOMP, _SECCOMP_OF = "seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/"
_APPARMOR_OF = "container.apparmor.security.beta.kubernetes.io/"
_NO_POD = "a null labelSelector results in matching no pod"


def pod_warnings(pod: _Map, at: str) -> Iterator[str]:
    """Of a pod, or of the template that stands at `at`, which then ends with a dot."""
    spec = pod.get("spec") or {}
    yield from _old_labels(spec, at)
    yield from volume_warnings(spec.get("volumes") or (), f"{at}spec.volumes")
    yield from _repeated(spec.get("hostAliases"), f"{at}spec.hostAliases", "ip")
    yield from _repeated(spec.get("imagePullSecrets"), f"{at}spec.imagePullSecrets", "name")
    for index, item in enumerate(spec.get("imagePullSecrets") or ()):
        if not item.get("name"):
            yield f'{at}spec.imagePullSecrets[{index}].name: invalid empty name ""'
    yield from fractions(spec.get("overhead"), f"{at}spec.overhead", _BYTES)
    if _SECCOMP in annotations_of(pod) and not (spec.get("securityContext") or {}).get("seccompProfile"):
        yield f'{at}metadata.annotations[{_SECCOMP}]: non-functional in v1.27+; use the "seccompProfile" field instead'
    for path, container in _containers(spec, f"{at}spec."):
        yield from _annotations_of_container(container, annotations_of(pod), spec, at)
        yield from _container(container, path)
    yield from _ports(spec, at)
    if int(spec.get("terminationGracePeriodSeconds") or 0) < 0:
        yield f"{at}spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
    yield from _neighbours(spec, at)
    for index, text in enumerate((spec.get("dnsConfig") or {}).get("nameservers") or ()):
        yield from address_warnings(f"{at}spec.dnsConfig.nameservers[{index}]", text)
    for index, alias in enumerate(spec.get("hostAliases") or ()):
        yield from address_warnings(f"{at}spec.hostAliases[{index}].ip", str(alias.get("ip") or ""))


def volume_warnings(volumes: Sequence[_Map], path: str) -> Iterator[str]:
    for index, volume in enumerate(volumes):
        yield from source_warnings(volume, f"{path}[{index}]")
        claim = (volume.get("ephemeral") or {}).get("volumeClaimTemplate") or {}
        yield from claim_fractions(claim.get("spec"), f"{path}[{index}].ephemeral.volumeClaimTemplate.spec")


def source_warnings(given: _Map, path: str) -> Iterator[str]:
    yield from (f"{path}.{_SPOKEN.get(key, key)}: {text}" for key, text in OLD_VOLUMES.items() if given.get(key) is not None)


def _old_labels(spec: _Map, at: str) -> Iterator[str]:
    for key in sorted(spec.get("nodeSelector") or {}):
        if key in OLD_LABELS:
            yield f"{at}spec.nodeSelector[{key}]: {OLD_LABELS[key]}"
    affinity, base = (spec.get("affinity") or {}).get("nodeAffinity") or {}, f"{at}spec.affinity.nodeAffinity"
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for index, term in enumerate(required.get("nodeSelectorTerms") or ()):
        yield from term_warnings(term, f"{base}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[{index}]")
    for index, term in enumerate(affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()):
        place = f"{base}.preferredDuringSchedulingIgnoredDuringExecution[{index}].preference"
        yield from term_warnings(term.get("preference") or {}, place, values=True)
    for index, item in enumerate(spec.get("topologySpreadConstraints") or ()):
        place = f"{at}spec.topologySpreadConstraints[{index}]"
        if (key := item.get("topologyKey")) in OLD_LABELS:
            yield f"{place}.topologyKey: {key} is {OLD_LABELS[key]}"
        if item.get("labelSelector") is None:
            yield f"{place}.labelSelector: {_NO_POD}"


def _neighbours(spec: _Map, at: str) -> Iterator[str]:
    for key in ("podAffinity", "podAntiAffinity"):
        affinity, base = (spec.get("affinity") or {}).get(key) or {}, f"{at}spec.affinity.{key}"
        for index, term in enumerate(affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ()):
            if term.get("labelSelector") is None:
                yield f"{base}.requiredDuringSchedulingIgnoredDuringExecution[{index}].labelSelector: {_NO_POD}"
        for index, term in enumerate(affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()):
            if (term.get("podAffinityTerm") or {}).get("labelSelector") is None:
                yield f"{base}.preferredDuringSchedulingIgnoredDuringExecution[{index}].podAffinityTerm.labelSelector: {_NO_POD}"


def _annotations_of_container(container: _Map, given: Mapping[str, str], spec: _Map, at: str) -> Iterator[str]:
    """Annotations that fields have replaced, where the field says nothing."""
    name, security, shared = container.get("name"), container.get("securityContext") or {}, spec.get("securityContext") or {}
    if f"{_SECCOMP_OF}{name}" in given and not security.get("seccompProfile"):
        yield f'{at}metadata.annotations[{_SECCOMP_OF}{name}]: non-functional in v1.27+; use the "seccompProfile" field instead'
    if f"{_APPARMOR_OF}{name}" in given and not (at and (security.get("appArmorProfile") or shared.get("appArmorProfile"))):
        yield f'{at}metadata.annotations[{_APPARMOR_OF}{name}]: deprecated since v1.30; use the "appArmorProfile" field instead'


def _containers(spec: _Map, at: str) -> Iterator[tuple[str, _Map]]:
    for key in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(key) or ()):
            yield f"{at}{key}[{index}]", container


def _container(container: _Map, path: str) -> Iterator[str]:
    for name in _BYTES:
        for key in ("limits", "requests"):
            yield from fractions((container.get("resources") or {}).get(key), f"{path}.resources.{key}", (name,))
    seen: set[str] = set()
    for index, item in enumerate(container.get("env") or ()):
        name = str(item.get("name"))
        if name in seen and _hides(item, name):
            yield f'{path}.env[{index}]: hides previous definition of "{name}", which may be dropped when using apply'
        seen.add(name)


def _hides(item: _Map, name: str) -> bool:
    """Whether the earlier value is lost; one that goes on from it is not."""
    reference, value = f"$({name})", str(item.get("value") or "")
    return item.get("valueFrom") is not None or value == reference or reference not in value


def _ports(spec: _Map, at: str) -> Iterator[str]:
    """Ports of all containers share one address."""
    seen: dict[tuple[Any, str], list[_Block]] = {}
    for path, container in _containers(spec, f"{at}spec."):
        for index, port in enumerate(container.get("ports") or ()):
            place = f"{path}.ports[{index}]"
            if port.get("hostIP") and not port.get("hostPort"):
                yield f"{place}: hostIP set without hostPort: {_go_port(port)}"
            others = seen.setdefault((port.get("containerPort"), str(port.get("protocol") or "TCP")), [])
            yield from (found for other in others if (found := _shared(place, port, other)))
            others.append((place, port))


def _shared(place: str, port: _Map, other: _Block) -> str:
    (number, address), (other_number, other_address) = (
        (int(each.get("hostPort") or 0), str(each.get("hostIP") or "")) for each in (port, other[1])
    )
    if (number, address) == (other_number, other_address):
        return f"{place}: duplicate port definition with {other[0]}"
    if not number or not other_number:
        return f"{place}: overlapping port definition with {other[0]}"
    if number == other_number and bool(address) != bool(other_address):
        return f"{place}: dangerously ambiguous port definition with {other[0]}"
    return ""


def _go_port(port: _Map) -> str:
    name, number, protocol = port.get("name") or "", port.get("containerPort"), port.get("protocol") or "TCP"
    return f"{{Name:{name} HostPort:0 ContainerPort:{number} Protocol:{protocol} HostIP:{port.get('hostIP')}}}"


def _repeated(items: Sequence[_Map] | None, path: str, key: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, item in enumerate(items or ()):
        value = str(item.get(key) or "")
        if value in seen:
            yield f'{path}[{index}].{key}: duplicate {key} "{value}"'
        seen.add(value)
