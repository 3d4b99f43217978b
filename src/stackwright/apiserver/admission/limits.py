"""Containers get the defaults of their namespace's LimitRanges, and nothing goes beyond them.

Source: k8s.io/kubernetes plugin/pkg/admission/limitranger.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, annotations_of, is_deleting, metadata_of
from stackwright.api.pod_resources import pod_total
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.rbac import Objects
from stackwright.kernel.quantity import canonical, parse

_ANNOTATION = "kubernetes.io/limit-ranger"
_CONTAINERS = (("containers", "container"), ("initContainers", "init container"))
_CLAIM = "PersistentVolumeClaim"

Amounts = Mapping[str, str]
Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LimitRanger:
    """A Mutator and a Validator."""

    objects: Objects

    async def mutate(self, attributes: Attributes) -> Object | None:
        pod = attributes.object
        if pod is None or not attributes.concerns("pods", "CREATE"):
            return pod
        for limits in self._ranges(attributes):
            pod = with_defaults(pod, _items(limits))
        return pod

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError 403 with all problems of the first LimitRange that has some."""
        obj = attributes.object
        if obj is None or (attributes.old is not None and is_deleting(obj)):
            return ()
        if attributes.concerns("pods", "CREATE"):
            self._refuse(attributes, pod_problems, obj.get("spec") or {})
        elif attributes.concerns("persistentvolumeclaims", "CREATE", "UPDATE"):
            self._refuse(attributes, claim_problems, obj.get("spec") or {})
        return ()

    def _refuse(self, attributes: Attributes, problems: Any, spec: Mapping[str, Any]) -> None:
        for limits in self._ranges(attributes):
            found = list(dict.fromkeys(text for item in _items(limits) for text in problems(spec, item)))
            if found:
                raise attributes.refused(found[0] if len(found) == 1 else f"[{', '.join(found)}]")

    def _ranges(self, attributes: Attributes) -> list[Object]:
        return self.objects.list("limitranges", attributes.namespace)


def _items(limits: Object) -> Sequence[Item]:
    return (limits.get("spec") or {}).get("limits") or ()


def with_defaults(pod: Object, items: Sequence[Item]) -> Object:
    """The pod with default requests and limits, and an annotation that tells which."""
    requests = _defaults(items, "defaultRequest")
    limits = _defaults(items, "default")
    spec, told = dict(pod.get("spec") or {}), []
    for field, called in _CONTAINERS:
        filled = []
        for container in spec.get(field) or ():
            new, added = _filled(container, requests, limits)
            filled.append(new)
            told += [f"{', '.join(sorted(names))} {side} for {called} {container.get('name')}" for side, names in added if names]
        if filled:
            spec[field] = filled
    if not told:
        return pod
    annotations = {**annotations_of(pod), _ANNOTATION: f"LimitRanger plugin set: {'; '.join(told)}"}
    return {**pod, "metadata": {**metadata_of(pod), "annotations": annotations}, "spec": spec}


def _defaults(items: Sequence[Item], field: str) -> dict[str, str]:
    return {name: str(amount) for item in items if item.get("type") == "Container" for name, amount in (item.get(field) or {}).items()}


def _filled(container: Mapping[str, Any], requests: Amounts, limits: Amounts) -> tuple[Mapping[str, Any], list[tuple[str, set[str]]]]:
    resources = dict(container.get("resources") or {})
    added = []
    for side, defaults in (("requests", requests), ("limits", limits)):
        own = resources.get(side) or {}
        missing = {name: amount for name, amount in defaults.items() if name not in own}
        if missing:
            resources[side] = {**own, **missing}
        added.append((side[:-1], set(missing)))
    return {**container, "resources": resources}, added


def pod_problems(spec: Mapping[str, Any], item: Item) -> Iterator[str]:
    """What a pod breaks of one item of a LimitRange."""
    if item.get("type") == "Container":
        for field, _ in _CONTAINERS:
            for container in spec.get(field) or ():
                resources = container.get("resources") or {}
                yield from _broken(item, resources.get("requests") or {}, resources.get("limits") or {})
    if item.get("type") == "Pod":
        yield from _broken(item, pod_total(spec, "requests"), pod_total(spec, "limits"))


def claim_problems(spec: Mapping[str, Any], item: Item) -> Iterator[str]:
    """What a volume claim breaks of one item of a LimitRange."""
    if item.get("type") != _CLAIM:
        return
    requests = (spec.get("resources") or {}).get("requests") or {}
    for name, bound in (item.get("min") or {}).items():
        yield from _below(name, _CLAIM, bound, requests, {})
    for name, bound in (item.get("max") or {}).items():
        head = f"maximum {name} usage per {_CLAIM} is {canonical(bound)}"
        if name not in requests:
            yield f"{head}.  No request is specified"
        elif parse(requests[name]) > parse(bound):
            yield f"{head}, but request is {canonical(requests[name])}"


def _broken(item: Item, requests: Amounts, limits: Amounts) -> Iterator[str]:
    type = str(item.get("type"))
    for name, bound in (item.get("min") or {}).items():
        yield from _below(name, type, bound, requests, limits)
    for name, bound in (item.get("max") or {}).items():
        yield from _above(name, type, bound, requests, limits)
    for name, bound in (item.get("maxLimitRequestRatio") or {}).items():
        yield from _ratio(name, type, bound, requests, limits)


def _below(name: str, type: str, bound: str, requests: Amounts, limits: Amounts) -> Iterator[str]:
    head = f"minimum {name} usage per {type} is {canonical(bound)}"
    if name not in requests:
        yield f"{head}.  No request is specified"
    elif parse(requests[name]) < parse(bound):
        yield f"{head}, but request is {canonical(requests[name])}"
    elif name in limits and parse(limits[name]) < parse(bound):
        yield f"{head}, but limit is {canonical(limits[name])}"


def _above(name: str, type: str, bound: str, requests: Amounts, limits: Amounts) -> Iterator[str]:
    head = f"maximum {name} usage per {type} is {canonical(bound)}"
    if name not in limits:
        yield f"{head}.  No limit is specified"
    elif parse(limits[name]) > parse(bound):
        yield f"{head}, but limit is {canonical(limits[name])}"
    elif name in requests and parse(requests[name]) > parse(bound):
        yield f"{head}, but request is {canonical(requests[name])}"


def _ratio(name: str, type: str, bound: str, requests: Amounts, limits: Amounts) -> Iterator[str]:
    head = f"{name} max limit to request ratio per {type} is {canonical(bound)}"
    request, limit = parse(requests.get(name, 0)), parse(limits.get(name, 0))
    if not request:
        yield f"{head}, but no request is specified or request is 0"
    elif not limit:
        yield f"{head}, but no limit is specified or limit is 0"
    elif limit / request > parse(bound):
        yield f"{head}, but provided ratio is {limit / request:.6f}"
