"""What annotations of pods mean to the API.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidatePodSpecificAnnotations, ValidatePodSpecificAnnotationUpdates).
"""

import re
from typing import Any

from stackwright.api.meta import Object, annotations_of
from stackwright.apiserver.builtin.validation.paths import descending
from stackwright.apiserver.builtin.validation.rules import Problems, forbidden, invalid, items

_PATH = "metadata.annotations"
_MIRROR = "kubernetes.io/config.mirror"
_COST = "controller.kubernetes.io/pod-deletion-cost"
_COST_FORM = re.compile(r"0|-?[1-9][0-9]*\Z")
_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP, _CONTAINER_SECCOMP = "seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/"
_SECCOMP_PROFILES = ("runtime/default", "docker/default", "unconfined")
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


def pod_annotations(obj: Object, spec: Any) -> Problems:
    """Of a pod with the spec."""
    found = annotations_of(obj)
    if _MIRROR in found and not spec.get("nodeName"):
        yield invalid(f"{_PATH}[{_MIRROR}]", found[_MIRROR], "must set spec.nodeName if mirror pod annotation is set")
    if _COST in found and not _is_cost(found[_COST]):
        yield invalid(f"{_PATH}[{_COST}]", found[_COST], "must be a 32bit integer")
    for key in sorted(found):
        if key == _SECCOMP or key.startswith(_CONTAINER_SECCOMP):
            yield from _seccomp(f"{_PATH}.{key}", found[key])
    known = {each.get("name") for key in _CONTAINERS for each in items(spec, key)}
    for key in sorted(key for key in found if key.startswith(_ARMOR)):
        yield from _app_armor(key, found[key], known)


def _is_cost(text: str) -> bool:
    return _COST_FORM.fullmatch(text) is not None and -(1 << 31) <= int(text) < 1 << 31


def _seccomp(path: str, profile: str) -> Problems:
    if profile.startswith("localhost/"):
        yield from descending(path, profile.removeprefix("localhost/"))
    elif profile not in _SECCOMP_PROFILES:
        yield invalid(path, profile, "must be a valid seccomp profile")


def _app_armor(key: str, profile: str, known: set[Any]) -> Problems:
    name = key.removeprefix(_ARMOR)
    if name not in known:
        yield invalid(f"{_PATH}[{key}]", name, "container not found")
    if profile not in ("", "runtime/default", "unconfined") and not profile.startswith("localhost/"):
        yield invalid(f"{_PATH}[{key}]", profile, f'invalid AppArmor profile name: "{profile}"')


def fixed_annotations(new: Object, old: Object) -> Problems:
    """Those that a pod has from the start, or not at all."""
    now, then = annotations_of(new), annotations_of(old)
    for key in sorted(then):
        if now.get(key) != then[key]:
            yield from _kept(key, "may not remove or update")
    for key in sorted(set(now) - set(then)):
        yield from _kept(key, "may not add")


def _kept(key: str, rule: str) -> Problems:
    if key.startswith(_ARMOR):
        yield forbidden(f"{_PATH}[{key}]", f"{rule} AppArmor annotations")
    if key == _MIRROR:
        yield forbidden(f"{_PATH}[{key}]", f"{rule} mirror pod annotation")
