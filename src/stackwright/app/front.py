"""Which service answers on the platform's one port: by host name, then by path. Pure."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from stackwright.adapters.http_server import Service
from stackwright.app.settings import PlatformSettings
from stackwright.kernel.http import Request, Response

_WEBHOOKS = frozenset(("/api/webhook", "/argocd/api/webhook"))
_PAGE_HEADERS = {"content-type": "text/html; charset=utf-8", "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}


@dataclass(frozen=True, slots=True)
class Front:
    """Shape: `forge_host` is the forge served at the root of a host of its own."""

    kubernetes: Service
    forge: Service
    forge_host: Service
    argocd: Service
    webhook: Service
    home: Service

    def choose(self, host: str, path: str) -> Service:
        """`host` in lower case without port."""
        if path in _WEBHOOKS:
            return self.webhook
        if path == "/argocd/metrics" or (host.startswith("argocd.") and path == "/metrics"):
            return self.kubernetes
        if host.startswith("gitea."):
            return self.forge_host
        if host.startswith("argocd."):
            return self.argocd
        head = path.split("/", 2)[1] if path.startswith("/") else ""
        match head:
            case "gitea":
                return self.forge
            case "argocd":
                return self.argocd
            case "":
                return self.home
            case _:
                return self.kubernetes


class Later:
    """A service that is not there yet, and then is another one."""

    def __init__(self) -> None:
        self._service: Service | None = None

    def become(self, service: Service) -> None:
        self._service = service

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response:
        if self._service is None:
            headers = {"content-type": "text/plain; charset=utf-8", "retry-after": "1"}
            return Response(503, b"the platform is starting\n", headers)
        return await self._service.serve(request, body)


class HomePage:
    """Where everything is."""

    def __init__(self, settings: PlatformSettings) -> None:
        links = {"Applications": settings.service_url("argocd"), "Repositories": settings.service_url("gitea")}
        items = "".join(f'<li><a href="{escape(url)}">{escape(name)}</a></li>' for name, url in links.items())
        title = f"Platform {escape(settings.name)}"
        self._page = (
            f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1><ul>{items}</ul></html>".encode()
        )

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response:
        return Response(200, self._page, _PAGE_HEADERS)


def repository_of_url(url: str, hosts: frozenset[str]) -> tuple[str, str] | None:
    """Owner and name of a repository of our own forge, under any of the names it is known by."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or (parts.hostname or "").lower() not in hosts:
        return None
    path = parts.path.strip("/").removesuffix(".git").split("/")
    if path[:1] == ["gitea"]:
        path = path[1:]
    return (path[0], path[1]) if len(path) == 2 and all(path) else None


def forge_hosts(settings: PlatformSettings) -> frozenset[str]:
    """The names of this machine and of this platform, and those that public stacks have written into them."""
    names = {"localhost", "127.0.0.1", "cnoe.localtest.me", settings.host, settings.ingress_host or settings.host}
    inside = {"my-gitea-http.gitea.svc.cluster.local", "my-gitea-http.gitea.svc", "my-gitea-http.gitea"}
    return frozenset({*names, *(f"gitea.{name}" for name in names), *inside})
