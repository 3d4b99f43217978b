"""What the API warns of in objects that it accepts, by qualified resource.

Source: k8s.io/kubernetes pkg/api/*/warnings.go and the WarningsOnCreate/WarningsOnUpdate of pkg/registry/*/strategy.go.
"""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, metadata_of, name_of
from stackwright.apiserver.builtin.validation import names
from stackwright.kernel.errors import BadInput
from stackwright.kernel.quantity import parse

_Map = Mapping[str, Any]

_TEMPLATES: Mapping[str, Sequence[str]] = {
    "deployments.apps": ("spec", "template"),
    "replicasets.apps": ("spec", "template"),
    "daemonsets.apps": ("spec", "template"),
    "statefulsets.apps": ("spec", "template"),
    "replicationcontrollers": ("spec", "template"),
    "jobs.batch": ("spec", "template"),
    "cronjobs.batch": ("spec", "jobTemplate", "spec", "template"),
    "podtemplates": ("template",),
}
_NAMED_AFTER: Mapping[str, str] = {
    "pods": "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended",
    **dict.fromkeys(
        ("deployments.apps", "replicasets.apps", "replicationcontrollers", "jobs.batch", "cronjobs.batch"),
        "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended",
    ),
}
_OLD_VOLUMES: Mapping[str, str] = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    **dict.fromkeys(("flocker", "storageos", "quobyte"), "deprecated in v1.22, non-functional in v1.25+"),
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    **dict.fromkeys(("cephfs", "rbd"), "deprecated in v1.28, non-functional in v1.31+"),
}
_OLD_LABELS: Mapping[str, str] = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}
_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
_INGRESS_CLASS = "kubernetes.io/ingress.class"


def warnings_of(qualified: str, new: Object, old: Object | None) -> Sequence[str]:
    """Texts of Warning headers for a new object, or a changed one."""
    if qualified == "pods":
        return [*_name(qualified, new, old), *_pod(new, "")]
    path = _TEMPLATES.get(qualified)
    if path is not None:
        changed = old is None or metadata_of(new).get("generation") != metadata_of(old).get("generation") or qualified == "podtemplates"
        return [*_name(qualified, new, old), *(_pod(_at(new, path), ".".join(path) + ".") if changed else ())]
    rule = _RULES.get(qualified)
    return list(rule(new, old)) if rule else ()


def _at(obj: Object, path: Sequence[str]) -> _Map:
    found: Any = obj
    for key in path:
        found = found.get(key) or {}
    given: _Map = found
    return given


def _name(qualified: str, new: Object, old: Object | None) -> Iterator[str]:
    text = _NAMED_AFTER.get(qualified)
    if text is None or old is not None:
        return
    if problems := names.label(name_of(new)):
        yield f"metadata.name: {text}: [{' '.join(problems)}]"


def _pod(pod: _Map, at: str) -> Iterator[str]:
    spec = pod.get("spec") or {}
    yield from _old_labels(spec, at)
    yield from _old_annotations(pod, spec, at)
    for index, volume in enumerate(spec.get("volumes") or ()):
        yield from (f"{at}spec.volumes[{index}].{key}: {text}" for key, text in _OLD_VOLUMES.items() if key in volume)
    yield from _repeated(spec.get("hostAliases"), f"{at}spec.hostAliases", "ip")
    yield from _repeated(spec.get("imagePullSecrets"), f"{at}spec.imagePullSecrets", "name")
    for index, item in enumerate(spec.get("imagePullSecrets") or ()):
        if not item.get("name"):
            yield f'{at}spec.imagePullSecrets[{index}].name: invalid empty name ""'
    for path, container in _containers(spec, f"{at}spec."):
        yield from _container(container, path)
    yield from _fractions(spec.get("overhead"), f"{at}spec.overhead", ("memory", "ephemeral-storage"))
    if int(spec.get("terminationGracePeriodSeconds") or 0) < 0:
        yield f"{at}spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"


def _old_labels(spec: _Map, at: str) -> Iterator[str]:
    for key in sorted(spec.get("nodeSelector") or {}):
        if key in _OLD_LABELS:
            yield f"{at}spec.nodeSelector[{key}]: {_OLD_LABELS[key]}"
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    base = f"{at}spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
    for index, term in enumerate(required.get("nodeSelectorTerms") or ()):
        for place, rule in enumerate(term.get("matchExpressions") or ()):
            if rule.get("key") in _OLD_LABELS:
                yield f"{base}[{index}].matchExpressions[{place}].key: {rule['key']} is {_OLD_LABELS[rule['key']]}"
    for index, item in enumerate(spec.get("topologySpreadConstraints") or ()):
        if (key := item.get("topologyKey")) in _OLD_LABELS:
            yield f"{at}spec.topologySpreadConstraints[{index}].topologyKey: {key} is {_OLD_LABELS[key]}"


def _old_annotations(pod: _Map, spec: _Map, at: str) -> Iterator[str]:
    given, known = annotations_of(pod), {str(each.get("name")) for _, each in _containers(spec, "")}
    prefix = "container.apparmor.security.beta.kubernetes.io/"
    for key in sorted(given):
        if key.startswith(prefix) and key.removeprefix(prefix) in known:
            yield f'{at}metadata.annotations[{key}]: deprecated since v1.30; use the "appArmorProfile" field instead'
        elif key in ("seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/pod"):
            yield f'{at}metadata.annotations[{key}]: non-functional in v1.27+; use the "seccompProfile" field instead'


def _containers(spec: _Map, at: str) -> Iterator[tuple[str, _Map]]:
    for key in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(key) or ()):
            yield f"{at}{key}[{index}]", container


def _container(container: _Map, path: str) -> Iterator[str]:
    for key in ("limits", "requests"):
        bounds = (container.get("resources") or {}).get(key)
        yield from _fractions(bounds, f"{path}.resources.{key}", ("memory", "ephemeral-storage"))
    seen: set[str] = set()
    for index, item in enumerate(container.get("env") or ()):
        name = str(item.get("name"))
        if name in seen:
            yield f'{path}.env[{index}]: hides previous definition of "{name}", which may be dropped when using apply'
        seen.add(name)
    yield from _ports(container.get("ports") or (), path)


def _ports(ports: Sequence[_Map], path: str) -> Iterator[str]:
    seen: dict[tuple[Any, ...], int] = {}
    for index, port in enumerate(ports):
        key = (port.get("containerPort"), port.get("protocol") or "TCP", port.get("hostPort") or 0, port.get("hostIP") or "")
        if key in seen:
            yield f"{path}.ports[{index}]: duplicate port definition with {path}.ports[{seen[key]}]"
        seen.setdefault(key, index)


def _fractions(amounts: Any, path: str, counted: Sequence[str]) -> Iterator[str]:
    for name in counted:
        given = (amounts or {}).get(name)
        try:
            whole = given is None or parse(given) == parse(given).to_integral_value()
        except BadInput:
            whole = True
        if not whole:
            yield f'{path}[{name}]: fractional byte value "{given}" is invalid, must be an integer'


def _repeated(items: Sequence[_Map] | None, path: str, key: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, item in enumerate(items or ()):
        value = str(item.get(key) or "")
        if value in seen:
            yield f'{path}[{index}].{key}: duplicate {key} "{value}"'
        seen.add(value)


def _service(new: Object, old: Object | None) -> Iterator[str]:
    spec = new.get("spec") or {}
    if spec.get("clusterIP") == "None":
        if spec.get("loadBalancerIP"):
            yield "spec.loadBalancerIP is ignored for headless services"
        if spec.get("externalIPs"):
            yield "spec.externalIPs is ignored for headless services"
        if spec.get("sessionAffinity") not in (None, "None"):
            yield "spec.SessionAffinity is ignored for headless services"
    if spec.get("externalName") and spec.get("type") != "ExternalName":
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'


def _ingress(new: Object, old: Object | None) -> Iterator[str]:
    if old is None and _INGRESS_CLASS in annotations_of(new):
        yield f"annotation \"{_INGRESS_CLASS}\" is deprecated, please use 'spec.ingressClassName' instead"


def _secret(new: Object, old: Object | None) -> Iterator[str]:
    data = new.get("data") or {}
    if new.get("type") != "kubernetes.io/tls" or (old is not None and (old.get("data") or {}) == data):
        return
    for key, what in (("tls.crt", "certificate"), ("tls.key", "key")):
        if not _is_pem(str(data.get(key) or "")):
            yield f"tls: failed to find any PEM data in {what} input"
            return


def _is_pem(encoded: str) -> bool:
    try:
        return b"-----BEGIN " in base64.b64decode(encoded)
    except ValueError:
        return False


def _claim(new: Object, old: Object | None) -> Iterator[str]:
    if _STORAGE_CLASS in annotations_of(new):
        yield f'metadata.annotations[{_STORAGE_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead'
    requests = ((new.get("spec") or {}).get("resources") or {}).get("requests")
    yield from _fractions(requests, "spec.resources.requests", ("storage",))


def _volume(new: Object, old: Object | None) -> Iterator[str]:
    if _STORAGE_CLASS in annotations_of(new):
        yield f'metadata.annotations[{_STORAGE_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead'
    spec = new.get("spec") or {}
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        yield (
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
            "Instead, the recommended approach is to use dynamic provisioning."
        )
    yield from (f"spec.{key}: {text}" for key, text in _OLD_VOLUMES.items() if key in spec)


_RULES: Mapping[str, Callable[[Object, Object | None], Iterator[str]]] = {
    "services": _service,
    "ingresses.networking.k8s.io": _ingress,
    "secrets": _secret,
    "persistentvolumeclaims": _claim,
    "persistentvolumes": _volume,
}
