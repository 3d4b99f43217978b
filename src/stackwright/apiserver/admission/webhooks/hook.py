"""One webhook of a configuration, read.

Source: k8s.io/api admissionregistration/v1 and k8s.io/apiserver pkg/admission/configuration.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from stackwright.api.meta import Object, name_of, uid_of

_DEFAULT_TIMEOUT = 10


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    namespace: str
    name: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Hook:
    """Shape: exactly one of `url` and `service` is set; `configuration` refers to the object that declares it."""

    name: str
    configuration: Mapping[str, str]
    url: str
    service: ServiceTarget | None
    authority: bytes
    rules: Sequence[Mapping[str, Any]]
    match_policy: str
    namespace_selector: Mapping[str, Any]
    object_selector: Mapping[str, Any]
    conditions: Sequence[Mapping[str, str]]
    fails: bool
    side_effects: str
    timeout_seconds: int
    versions: Sequence[str]
    reinvoked: bool

    @property
    def changes_other_things(self) -> bool:
        """Such a hook is not asked on a dry run."""
        return self.side_effects not in ("None", "NoneOnDryRun")

    @property
    def shown_url(self) -> str:
        if self.service is None:
            parts = urlsplit(self.url)
            return parts._replace(path=parts.path or "/", query=f"timeout={self.timeout_seconds}s").geturl()
        service = self.service
        return f"https://{service.name}.{service.namespace}.svc:{service.port}{service.path}?timeout={self.timeout_seconds}s"

    @property
    def version(self) -> str:
        """Of AdmissionReview: the first that we know."""
        return next((version for version in self.versions if version in ("v1", "v1beta1")), "v1")


def hooks_of(configurations: Sequence[Object]) -> list[Hook]:
    """In the order in which they are asked: by configuration, then as listed."""
    return [_read(hook, reference_to(each)) for each in sorted(configurations, key=name_of) for hook in each.get("webhooks") or ()]


def reference_to(obj: Object) -> dict[str, str]:
    """An ObjectReference."""
    found = {"apiVersion": str(obj.get("apiVersion") or ""), "kind": str(obj.get("kind") or "")}
    return found | {"name": name_of(obj), "uid": uid_of(obj)}


def _read(hook: Mapping[str, Any], configuration: Mapping[str, str]) -> Hook:
    client = hook.get("clientConfig") or {}
    return Hook(
        name=str(hook.get("name") or ""),
        configuration=configuration,
        url=str(client.get("url") or ""),
        service=_service(client["service"]) if client.get("service") else None,
        authority=_decoded(str(client.get("caBundle") or "")),
        rules=hook.get("rules") or (),
        match_policy=hook.get("matchPolicy") or "Equivalent",
        namespace_selector=hook.get("namespaceSelector") or {},
        object_selector=hook.get("objectSelector") or {},
        conditions=hook.get("matchConditions") or (),
        fails=hook.get("failurePolicy", "Fail") != "Ignore",
        side_effects=hook.get("sideEffects") or "Unknown",
        timeout_seconds=int(hook.get("timeoutSeconds") or _DEFAULT_TIMEOUT),
        versions=hook.get("admissionReviewVersions") or (),
        reinvoked=hook.get("reinvocationPolicy") == "IfNeeded",
    )


def _service(service: Mapping[str, Any]) -> ServiceTarget:
    namespace, name = str(service.get("namespace") or ""), str(service.get("name") or "")
    return ServiceTarget(namespace, name, int(service.get("port") or 443), str(service.get("path") or "/"))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""
