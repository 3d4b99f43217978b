"""What a pod needs of other objects before it can run: volumes to mount, values for its environment. Pure.

Source: k8s.io/kubernetes pkg/kubelet (volume manager, kubelet_pods makeEnvironmentVariables) and pkg/volume.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from stackwright.api.meta import Object, namespace_of
from stackwright.cluster.context import spec_of


class Lookup(Protocol):
    """Finds a ConfigMap, Secret or PersistentVolumeClaim of the pod's namespace."""

    def __call__(self, kind: str, namespace: str, name: str) -> Object | None: ...


def unmountable(pod: Object, lookup: Lookup) -> tuple[str, ...]:
    """Messages of the volumes that cannot be mounted, as the kubelet's FailedMount has them."""
    namespace = namespace_of(pod)
    found = []
    for volume in spec_of(pod).get("volumes") or ():
        problem = next(_volume_problems(volume, namespace, lookup), None)
        if problem is not None:
            found.append(f'MountVolume.SetUp failed for volume "{volume.get("name")}" : {problem}')
    return tuple(found)


def _volume_problems(volume: Mapping[str, Any], namespace: str, lookup: Lookup) -> Iterator[str]:
    for source, name_field in _sources(volume):
        for kind in ("configMap", "secret"):
            part = source.get(kind)
            if part and not part.get("optional"):
                yield from _part_problems(kind, str(part.get(name_field(kind))), part.get("items") or (), namespace, lookup)


def _sources(volume: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Volumes name a Secret by `secretName`, projections by `name`."""
    yield volume, lambda kind: "secretName" if kind == "secret" else "name"
    for source in (volume.get("projected") or {}).get("sources") or ():
        yield source, lambda kind: "name"


def _part_problems(kind: str, name: str, items: Iterable[Mapping[str, Any]], namespace: str, lookup: Lookup) -> Iterator[str]:
    obj = lookup(kind, namespace, name)
    if obj is None:
        yield f'{kind.lower()} "{name}" not found'
        return
    for item in items:
        if item.get("key") not in _keys(obj):
            yield f"{kind.lower()} references non-existent {kind.lower()} key: {item.get('key')}"


def _keys(obj: Object) -> set[str]:
    return {*(obj.get("data") or ()), *(obj.get("binaryData") or ())}


def config_problem(container: Mapping[str, Any], namespace: str, lookup: Lookup) -> str | None:
    """Why the container cannot be made: CreateContainerConfigError's message."""
    return next((problem for problem in _environment_problems(container, namespace, lookup) if problem), None)


def _environment_problems(container: Mapping[str, Any], namespace: str, lookup: Lookup) -> Iterator[str | None]:
    for source in container.get("envFrom") or ():
        for field, kind in (("configMapRef", "configMap"), ("secretRef", "secret")):
            ref = source.get(field)
            if ref and not ref.get("optional") and lookup(kind, namespace, str(ref.get("name"))) is None:
                yield f'{kind.lower()} "{ref.get("name")}" not found'
    for variable in container.get("env") or ():
        source = variable.get("valueFrom") or {}
        for field, kind in (("configMapKeyRef", "configMap"), ("secretKeyRef", "secret")):
            ref = source.get(field)
            if ref and not ref.get("optional"):
                yield _key_problem(kind, ref, namespace, lookup)


def _key_problem(kind: str, ref: Mapping[str, Any], namespace: str, lookup: Lookup) -> str | None:
    obj = lookup(kind, namespace, str(ref.get("name")))
    if obj is None:
        return f'{kind.lower()} "{ref.get("name")}" not found'
    if ref.get("key") in _keys(obj):
        return None
    title = "ConfigMap" if kind == "configMap" else "Secret"
    return f"couldn't find key {ref.get('key')} in {title} {namespace}/{ref.get('name')}"


def references(pod: Object) -> bool:
    """It mentions ConfigMaps or Secrets at all."""
    spec = spec_of(pod)
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    named = any(volume.get(kind) for volume in spec.get("volumes") or () for kind in ("configMap", "secret", "projected"))
    return named or any(container.get("env") or container.get("envFrom") for container in containers)
