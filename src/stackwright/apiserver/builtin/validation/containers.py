"""The containers of a pod: main ones, those before and those attached later.

Source: k8s.io/kubernetes pkg/apis/core/validation (validateContainers, validateInitContainers, validateEphemeralContainers).
"""

from collections.abc import Iterator
from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.environment import environment
from stackwright.apiserver.builtin.validation.mounts import mounts
from stackwright.apiserver.builtin.validation.probes import lifecycle, probes
from stackwright.apiserver.builtin.validation.quantities import claims_of, requirements, resizing
from stackwright.apiserver.builtin.validation.rules import (
    Problems,
    chosen,
    duplicate,
    forbidden,
    indexed,
    invalid,
    items,
    not_found,
    not_supported,
    one_of,
    port,
    required,
    too_many,
    words,
)
from stackwright.apiserver.builtin.validation.security import container_context
from stackwright.apiserver.kind import FieldError

PROTOCOLS = ("SCTP", "TCP", "UDP")
_PULLS = ("Always", "IfNotPresent", "Never")
_MESSAGES = ("File", "FallbackToLogsOnError")
_NOT_ATTACHED = (
    "ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", "livenessProbe", "readinessProbe", "startupProbe",
    "lifecycle",
)  # fmt: skip
_RULE_ACTIONS = ("Restart", "RestartAllContainers")
_MOST_RULES, _MOST_CODES = 20, 255
_NOT_OF_ATTACHED = "cannot be set for an Ephemeral Container"


def containers(path: str, spec: Any) -> Problems:
    """All three lists of the pod `spec`."""
    yield from _main(path, spec)
    yield from _init(path, spec)
    yield from _ephemeral(path, spec)


def _main(path: str, spec: Any) -> Problems:
    if not items(spec, "containers"):
        yield required(f"{path}.containers")
        return
    seen: set[str] = set()
    for place, container in indexed(path, spec, "containers"):
        yield from _container(place, container, spec)
        yield from _unique(place, container, seen)
        yield from lifecycle(place, container, _grace(spec))
        yield from probes(place, container)
        yield from _restarts(place, container, ("Always", "OnFailure", "Never"))
    yield from _host_ports(path, items(spec, "containers"), "containers")


def _grace(spec: Any) -> int:
    found = spec.get("terminationGracePeriodSeconds")
    return found if isinstance(found, int) else 30


def _unique(path: str, container: Any, seen: set[str]) -> Problems:
    name = container.get("name") or ""
    if name in seen:
        yield duplicate(f"{path}.name", name)
    seen.add(name)


def _restarts(path: str, container: Any, supported: tuple[str, ...]) -> Problems:
    policy, rules = container.get("restartPolicy"), items(container, "restartPolicyRules")
    if policy is not None and policy not in supported:
        yield not_supported(f"{path}.restartPolicy", policy, supported)
    elif policy is None and rules:
        yield required(f"{path}.restartPolicy", "must specify restartPolicy when restart rules are used")
    if len(rules) > _MOST_RULES:
        yield too_many(f"{path}.restartPolicyRules", len(rules), _MOST_RULES)
    for place, rule in indexed(path, container, "restartPolicyRules"):
        yield from one_of(f"{place}.action", rule.get("action") or "", _RULE_ACTIONS)
        codes = rule.get("exitCodes")
        if codes is None:
            yield required(f"{place}.exitCodes", "must be specified")
            continue
        yield from one_of(f"{place}.exitCodes.operator", codes.get("operator") or "", ("In", "NotIn"))
        if len(items(codes, "values")) > _MOST_CODES:
            yield too_many(f"{place}.exitCodes.values", len(items(codes, "values")), _MOST_CODES)


def _init(path: str, spec: Any) -> Problems:
    seen = {each.get("name") or "" for each in items(spec, "containers")}
    for place, container in indexed(path, spec, "initContainers"):
        yield from _container(place, container, spec)
        yield from _restarts(place, container, ("Always", "OnFailure", "Never"))
        yield from _unique(place, container, seen)
        yield from _host_ports(path, [container], "initContainers")  # upstream counts each from zero
        if container.get("restartPolicy") == "Always":
            yield from lifecycle(place, container, _grace(spec))
            yield from probes(place, container)
        else:
            yield from _plain_init(place, container)


def _plain_init(path: str, container: Any) -> Problems:
    for key in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(key) is not None:
            yield forbidden(f"{path}.{key}", "may not be set for init containers without restartPolicy=Always")


def _ephemeral(path: str, spec: Any) -> Problems:
    known = {each.get("name") or "" for key in ("containers", "initContainers") for each in items(spec, key)}
    seen = set(known)
    for place, container in indexed(path, spec, "ephemeralContainers"):
        yield from _container(place, container, spec)
        yield from trimmed(place, container)
        yield from _unique(place, container, seen)
        target = container.get("targetContainerName")
        if target and target not in known:
            yield not_found(f"{place}.targetContainerName", target)
        yield from _attached(place, container)


def _attached(path: str, container: Any) -> Problems:
    """What a container that comes later cannot have."""
    for key in _NOT_ATTACHED:
        if container.get(key):
            yield forbidden(f"{path}.{key}", _NOT_OF_ATTACHED)
    for place, mount in indexed(path, container, "volumeMounts"):
        for key in ("subPath", "subPathExpr"):
            if mount.get(key):
                yield forbidden(f"{place}.{key}", _NOT_OF_ATTACHED)


def trimmed(path: str, container: Any) -> Problems:
    """Pods have images without spaces around; templates may."""
    image = container.get("image") or ""
    if image != image.strip():
        yield invalid(f"{path}.image", image, "must not have leading or trailing whitespace")


def _container(path: str, container: Any, spec: Any) -> Problems:
    name, image = container.get("name") or "", container.get("image") or ""
    if not name:
        yield required(f"{path}.name")
    else:
        yield from words(f"{path}.name", name, names.label(name))
    if not image:
        yield required(f"{path}.image")
    yield from chosen(f"{path}.terminationMessagePolicy", container.get("terminationMessagePolicy"), _MESSAGES)
    yield from ports(path, container)
    yield from environment(path, container)
    yield from mounts(path, container, spec)
    yield from chosen(f"{path}.imagePullPolicy", container.get("imagePullPolicy"), _PULLS)
    yield from requirements(f"{path}.resources", container.get("resources"), claims_of(spec))
    yield from resizing(f"{path}.resizePolicy", container, spec)
    yield from container_context(f"{path}.securityContext", container.get("securityContext"), spec)


def ports(path: str, container: Any) -> Problems:
    seen: set[str] = set()
    for place, each in indexed(path, container, "ports"):
        if name := each.get("name"):
            problems = names.port_name(name)
            yield from words(f"{place}.name", name, problems)
            if not problems and name in seen:
                yield duplicate(f"{place}.name", name)
            seen |= set() if problems else {name}
        if not each.get("containerPort"):
            yield required(f"{place}.containerPort")
        else:
            yield from port(f"{place}.containerPort", each["containerPort"])
        if each.get("hostPort"):
            yield from port(f"{place}.hostPort", each["hostPort"])
        yield from chosen(f"{place}.protocol", each.get("protocol"), PROTOCOLS)


def host_ports(path: str, spec: Any) -> Problems:
    """On the network of the host, a container's port is the port of the host."""
    if not spec.get("hostNetwork"):
        return
    for place, container in indexed(path, spec, "containers"):
        for inner, each in indexed(place, container, "ports"):
            if each.get("hostPort") and each["hostPort"] != each.get("containerPort"):
                yield invalid(f"{inner}.hostPort", each["hostPort"], "must match `containerPort` when `hostNetwork` is true")


def _host_ports(path: str, found: list[Any], key: str) -> Iterator[FieldError]:
    seen: set[str] = set()
    for index, container in enumerate(found):
        for place, each in indexed(f"{path}.{key}[{index}]", container, "ports"):
            if not each.get("hostPort"):
                continue
            taken = f"{each.get('protocol', '')}/{each.get('hostIP', '')}/{each['hostPort']}"
            if taken in seen:
                yield duplicate(f"{place}.hostPort", taken)
            seen.add(taken)
