"""Environment variables of a container, and the fields of the pod that they and volumes show.

Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateEnv, ValidateEnvFrom, validateObjectFieldSelector).
"""

import re
from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.quantities import amount, text
from stackwright.apiserver.builtin.validation.rules import Problems, indexed, invalid, not_supported, required, words

ENV_FIELDS = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs",
    "status.podIP", "status.podIPs",
)  # fmt: skip
VOLUME_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_CONVERTED = frozenset(
    {
        *ENV_FIELDS, *VOLUME_FIELDS, "spec.restartPolicy", "spec.schedulerName", "status.phase", "spec.host",
    }
)  # fmt: skip
_SUBSCRIPT = re.compile(r"(metadata\.(?:annotations|labels))\['(.*)'\]\Z")
_CONTAINER_RESOURCES = (
    "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory",
)  # fmt: skip
_HUGE = ("limits.hugepages-", "requests.hugepages-")
_SIZES = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")
_DIVISORS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "cpu": (("1m", "1"), "1m and 1"),
    **{kind: (_SIZES, ", ".join(_SIZES)) for kind in ("memory", "ephemeral-storage", "hugepages")},
}
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")


def environment(path: str, container: Any) -> Problems:
    """Variables, and maps of variables."""
    for place, variable in indexed(path, container, "env"):
        name = variable.get("name") or ""
        if not name:
            yield required(f"{place}.name")
        else:
            yield from words(f"{place}.name", name, names.env_name(name))
        if variable.get("valueFrom") is not None:
            yield from _source(f"{place}.valueFrom", variable["valueFrom"], variable.get("value"))
    for place, source in indexed(path, container, "envFrom"):
        yield from _map(f"{path}.envFrom", place, source)


def _source(path: str, source: Any, value: Any) -> Problems:
    given = [key for key in _SOURCES if source.get(key) is not None]
    for key in given:
        yield from _one_source(f"{path}.{key}", key, source[key])
    if not given:
        yield invalid(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`")
    elif value:
        yield invalid(path, "", "may not be specified when `value` is not empty")
    elif len(given) > 1:
        yield invalid(path, "", "may not have more than one field specified at a time")


def _one_source(path: str, key: str, source: Any) -> Problems:
    if key == "fieldRef":
        yield from field_ref(path, source, ENV_FIELDS)
    elif key == "resourceFieldRef":
        yield from resource_ref(path, source, needs_container=False)
    elif key != "fileKeyRef":
        yield from _key_ref(path, source)


def _key_ref(path: str, source: Any) -> Problems:
    yield from words(f"{path}.name", source.get("name") or "", names.subdomain(source.get("name") or ""))
    if not source.get("key"):
        yield required(f"{path}.key")
    else:
        yield from words(f"{path}.key", source["key"], names.config_key(source["key"]))


def _map(whole: str, path: str, source: Any) -> Problems:
    """Upstream tells at the list that none, or more than one, is named."""
    if prefix := source.get("prefix"):
        yield from words(f"{path}.prefix", prefix, names.env_name(prefix))
    given = [key for key in ("configMapRef", "secretRef") if source.get(key) is not None]
    for key in given:
        if not source[key].get("name"):
            yield required(f"{path}.{key}.name")
        else:
            yield from words(f"{path}.{key}.name", source[key]["name"], names.prefix(source[key]["name"], names.subdomain))
    if not given:
        yield invalid(whole, "", "must specify one of: `configMapRef` or `secretRef`")
    elif len(given) > 1:
        yield invalid(whole, "", "may not have more than one field specified at a time")


def field_ref(path: str, source: Any, supported: tuple[str, ...]) -> Problems:
    """A field of the pod itself."""
    if not source.get("apiVersion"):
        yield required(f"{path}.apiVersion")
        return
    field = source.get("fieldPath")
    if not field:
        yield required(f"{path}.fieldPath")
        return
    if match := _SUBSCRIPT.match(field):
        key = match[2]
        problems = names.qualified_lower(key) if match[1].endswith("annotations") else names.qualified(key)
        yield from words(path, key, problems)
    elif field not in _CONVERTED:
        yield invalid(f"{path}.fieldPath", field, f"error converting fieldPath: field label not supported: {field}")
    elif field not in supported:
        yield not_supported(f"{path}.fieldPath", field, supported)


def resource_ref(path: str, source: Any, *, needs_container: bool) -> Problems:
    """A resource of one of the pod's containers."""
    resource = source.get("resource") or ""
    if needs_container and not source.get("containerName"):
        yield required(f"{path}.containerName")
    elif not resource:
        yield required(f"{path}.resource")
    elif resource not in _CONTAINER_RESOURCES and not resource.startswith(_HUGE):
        yield not_supported(f"{path}.resource", resource, _CONTAINER_RESOURCES)
    yield from _divisor(f"{path}.divisor", resource, source.get("divisor"))


def _divisor(path: str, resource: str, divisor: Any) -> Problems:
    """What an amount is counted in."""
    kind = "hugepages" if resource.startswith(_HUGE) else resource.partition(".")[2]
    if not amount(divisor) or kind not in _DIVISORS:
        return
    known, told = _DIVISORS[kind]
    if text(divisor) not in known:
        yield invalid(
            path, resource, f"only divisor's values {told} are supported with the {kind.replace('ephemeral-', 'local ephemeral ')} resource"
        )
