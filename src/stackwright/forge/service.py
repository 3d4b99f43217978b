"""The forge as one service under one base path: REST, git clients, raw files and a page for people."""

from collections.abc import AsyncIterator
from html import escape

from stackwright.forge.access import Login
from stackwright.forge.errors import ForgeError
from stackwright.forge.forge import Forge
from stackwright.forge.ports import GitProtocol
from stackwright.forge.rest import RestApi
from stackwright.forge.smart_http import SmartHttp, split_git_path
from stackwright.kernel.http import Request, Response

_API = "/api/v1"
_TEXT = {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
_HTML = {"content-type": "text/html; charset=utf-8", "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}


class ForgeService:
    """Shape: `prefix` is the path it is served under (`/gitea`), empty on a host of its own."""

    def __init__(self, forge: Forge, protocol: GitProtocol, base_url: str, prefix: str) -> None:
        self._forge = forge
        self._login = Login(forge.records)
        self._rest = RestApi(forge, self._login, base_url)
        self._git = SmartHttp(forge, self._login, protocol)
        self._prefix = prefix

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response:
        path = request.path.removeprefix(self._prefix) or "/"
        if path.startswith(f"{_API}/"):
            return await self._rest.serve(path.removeprefix(_API), request, body)
        wanted = split_git_path(path)
        if wanted is not None:
            return await self._git.serve(*wanted, request, body)
        if path in ("/api/healthz", "/-/health"):
            return Response(200, b'{"status":"pass"}', {"content-type": "application/json"})
        return self._page(path, request)

    def _page(self, path: str, request: Request) -> Response:
        parts = path.strip("/").split("/", 4)
        try:
            account = self._login.account(request.headers)
            if len(parts) >= 2:
                repository = self._forge.repository(parts[0], parts[1], account)
                if len(parts) == 5 and parts[2] in ("raw", "src"):
                    return self._file(parts, repository.owner, repository.name)
                return Response(200, _listing(repository.full_name, f"git clone {self._rest.urls.clone(repository)}"), _HTML)
        except ForgeError as error:
            return Response(error.status, f"{error.message}\n".encode(), _TEXT)
        visible = [found.full_name for found in self._forge.records.repositories() if not found.private]
        return Response(200, _listing("Repositories", *visible), _HTML)

    def _file(self, parts: list[str], owner: str, name: str) -> Response:
        """`/owner/repo/raw/branch/<branch>/<path>`."""
        ref, _, path = parts[4].partition("/")
        entry = self._forge.git.entry(owner, name, ref, path)
        return Response(200, entry.content or b"", _TEXT)


def _listing(title: str, *lines: str) -> bytes:
    items = "".join(f"<li><code>{escape(line)}</code></li>" for line in lines)
    page = f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title><h1>{escape(title)}</h1><ul>{items}</ul></html>"
    return page.encode()
