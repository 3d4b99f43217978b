"""Pods run as a ServiceAccount that exists, and find its token where clients look for it.

Source: k8s.io/kubernetes plugin/pkg/admission/serviceaccount.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, annotations_of
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.rbac import Objects

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 a path
_VOLUME = "kube-api-access-"
_DEFAULT = "default"
_MIRROR = "kubernetes.io/config.mirror"
_ATTEMPTS, _PAUSE_SECONDS = 10, 0.1
"""The account of a new namespace is made by a controller, a moment later."""

_TOKEN_SOURCES = (
    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
)


@dataclass(frozen=True, slots=True)
class ServiceAccounts:
    """A Mutator."""

    objects: Objects
    suffix: Callable[[], str]
    pause_seconds: float = _PAUSE_SECONDS

    async def mutate(self, attributes: Attributes) -> Object | None:
        """Raises StatusError 403 when the account is not there."""
        pod = attributes.object
        if pod is None or not attributes.concerns("pods", "CREATE") or _MIRROR in annotations_of(pod):
            return pod
        spec = dict(pod.get("spec") or {})
        spec["serviceAccountName"] = name = str(spec.get("serviceAccountName") or _DEFAULT)
        account = await self._account(attributes, name)
        if _mounts(spec, account):
            spec = with_token(spec, _VOLUME + self.suffix())
        if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
            spec["imagePullSecrets"] = list(account["imagePullSecrets"])
        return {**pod, "spec": spec}

    async def _account(self, attributes: Attributes, name: str) -> Object:
        for attempt in range(_ATTEMPTS if name == _DEFAULT else 1):
            if attempt:
                await asyncio.sleep(self.pause_seconds)
            found = self.objects.get("serviceaccounts", attributes.namespace, name)
            if found is not None:
                return found
        cause = f'error looking up service account {attributes.namespace}/{name}: serviceaccount "{name}" not found'
        raise attributes.refused(cause)


def _mounts(spec: Mapping[str, Any], account: Object) -> bool:
    wanted = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken"))
    return wanted is None or bool(wanted)


def with_token(spec: Mapping[str, Any], volume: str) -> dict[str, Any]:
    """The pod spec whose containers all see a token. Shape: a volume that is there already is used instead of a new one."""
    volumes = list(spec.get("volumes") or ())
    known = next((each["name"] for each in volumes if str(each.get("name") or "").startswith(_VOLUME)), "")
    mount = {"name": known or volume, "readOnly": True, "mountPath": TOKEN_PATH}
    found, needed = dict(spec), False
    for field in ("initContainers", "containers"):
        if spec.get(field):
            found[field] = [each if _has_token(each) else _mounted(each, mount) for each in spec[field]]
            needed = needed or any(not _has_token(each) for each in spec[field])
    if needed and not known:
        found["volumes"] = [*volumes, {"name": volume, "projected": {"sources": list(_TOKEN_SOURCES), "defaultMode": 420}}]
    return found


def _has_token(container: Mapping[str, Any]) -> bool:
    return any(mount.get("mountPath") == TOKEN_PATH for mount in container.get("volumeMounts") or ())


def _mounted(container: Mapping[str, Any], mount: Mapping[str, Any]) -> dict[str, Any]:
    return {**container, "volumeMounts": [*(container.get("volumeMounts") or ()), mount]}
