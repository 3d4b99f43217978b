"""One webhook's address, as its configuration gives it, and asking it there.

Source: k8s.io/apiserver pkg/util/webhook (client.go).
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from stackwright.apiserver.auth.rbac import Objects
from stackwright.apiserver.calling.ports import Caller
from stackwright.apiserver.calling.reach import Served, ServiceTarget, Simulated, Unserved, resolve
from stackwright.kernel.calls import Call, CallFailed


@dataclass(frozen=True, slots=True)
class HookClient:
    """Shape: exactly one of `url` and `service` is set; `authority` is PEM, empty for the system's."""

    url: str
    service: ServiceTarget | None
    authority: bytes
    timeout_seconds: int

    @property
    def shown_url(self) -> str:
        if self.service is None:
            parts = urlsplit(self.url)
            return parts._replace(path=parts.path or "/", query=f"timeout={self.timeout_seconds}s").geturl()
        service = self.service
        return f"https://{service.name}.{service.namespace}.svc:{service.port}{service.path}?timeout={self.timeout_seconds}s"

    async def ask(self, body: bytes, caller: Caller, objects: Objects) -> bytes | None:
        """The answer; None when only simulated pods serve the webhook, and nobody could give one. Raises CallFailed."""
        connect_to = None
        if self.service is not None:
            match resolve(self.service, objects):
                case Served(address, port):
                    connect_to = (address, port)
                case Simulated():
                    return None
                case Unserved(reason):
                    raise CallFailed(f'Post "{self.shown_url}": {reason}')
        return await caller.post(Call(self.shown_url, body, self.timeout_seconds, self.authority, connect_to))


def read_client(config: Mapping[str, Any], timeout_seconds: int) -> HookClient:
    """From a WebhookClientConfig."""
    service = _service(config["service"]) if config.get("service") else None
    return HookClient(str(config.get("url") or ""), service, _decoded(str(config.get("caBundle") or "")), timeout_seconds)


def _service(service: Mapping[str, Any]) -> ServiceTarget:
    namespace, name = str(service.get("namespace") or ""), str(service.get("name") or "")
    return ServiceTarget(namespace, name, int(service.get("port") or 443), str(service.get("path") or "/"))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""
