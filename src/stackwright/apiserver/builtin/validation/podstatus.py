"""How a pod may say it is.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePodStatusUpdate, ValidateContainerStateTransition).
"""

from typing import Any

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.podannotations import fixed_annotations, pod_annotations
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    duplicate,
    forbidden,
    indexed,
    invalid,
    items,
    mapping,
    unchanged,
    words,
)

_SYSTEM = ("PodScheduled", "Ready", "Initialized")


def pod_status(new: Object, old: Object) -> Problems:
    now, then, spec = mapping(new, "status"), mapping(old, "status"), mapping(old, "spec")
    yield from fixed_annotations(new, old)
    yield from pod_annotations(new, spec)
    for index, each in enumerate(items(now, "conditions")):
        kind = each.get("type") or ""
        if kind not in _SYSTEM:
            yield from words(f"metadata.conditions[{index}].Type", kind, names.qualified(kind))
    nominated = now.get("nominatedNodeName")
    if nominated and nominated != then.get("nominatedNodeName"):
        yield from words("status.nominatedNodeName", nominated, names.subdomain(nominated))
    yield from unchanged("status.qosClass", now.get("qosClass"), then.get("qosClass"))
    yield from _states(new, old)
    yield from _addresses("podIPs", items(now, "podIPs"))
    hosts = items(now, "hostIPs")
    if hosts and hosts[0].get("ip") != now.get("hostIP"):
        yield invalid("status.hostIPs[0].ip", hosts[0].get("ip"), "must be equal to `hostIP`")
    yield from _addresses("hostIPs", hosts)


def _states(new: Object, old: Object) -> Problems:
    """What has ended stays ended, where nothing restarts it."""
    spec = mapping(old, "spec")
    policy = spec.get("restartPolicy")
    sidecars = {each.get("name") for each in items(spec, "initContainers") if each.get("restartPolicy") == "Always"}
    for key, own in (("containerStatuses", policy), ("initContainerStatuses", policy), ("ephemeralContainerStatuses", "Never")):
        now = {each.get("name"): each for each in items(mapping(new, "status"), key)}
        for place, before in indexed("status", mapping(old, "status"), key):
            ended, after = mapping(before, "state").get("terminated"), now.get(before.get("name"))
            restarts = own == "Always" or (own == "OnFailure" and mapping({"t": ended}, "t").get("exitCode"))
            if ended is None or restarts or after is None or (key.startswith("init") and before.get("name") in sidecars):
                continue
            if mapping(after, "state").get("terminated") is None:
                yield forbidden(f"{place}.state", "may not be transitioned to non-terminated state")


def _addresses(key: str, found: list[Any]) -> Problems:
    texts = [each.get("ip") or "" for each in found]
    for index, text in enumerate(texts):
        yield from words(f"status.{key}[{index}]", text, names.ip(text))
    versions = {address.version for text in texts if (address := names.address_of(text))}
    if len(texts) > 1 and (len(versions) < 2 or len(texts) > 2):
        yield invalid(f"status.{key}", [{"IP": text} for text in texts], "may specify no more than one IP for each IP family")
    for index, text in enumerate(texts):
        if text in texts[:index]:
            yield duplicate(f"status.{key}[{index}]", {"IP": text})
