"""The Transport to any real cluster: HTTPS with kept connections, streaming watches."""

import base64
import socket
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote, urlencode

import httpx

from stackwright.adapters import tls
from stackwright.adapters.kube_config import ClusterAccess
from stackwright.client.errors import ClusterUnreachable
from stackwright.kernel.errors import BadInput
from stackwright.kernel.http import Request, Response

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
TOKEN_FRESH_SECONDS = 30.0
_KEEPALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
]
_HOP_BY_HOP = frozenset(("connection", "transfer-encoding", "keep-alive", "content-encoding", "content-length"))
_PATH_CHARACTERS = "/:@!$&'()*+,;=~"
_TRUE = frozenset(("1", "t", "true", "True", "TRUE", "T"))


class KubeHttp:
    """Implements `client.transport.Transport`.

    Shape: an `authorization` header of the request goes before the access's own identity. Close it with `aclose`.
    """

    def __init__(self, access: ClusterAccess) -> None:
        self._access = access
        self._token = ("", 0.0)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=30)
        transport = httpx.AsyncHTTPTransport(
            verify=_context(access), limits=limits, proxy=access.proxy or None, socket_options=_KEEPALIVE
        )  # a watch may be silent for minutes: keep-alive probes tell whether the other side is still there
        self._client = httpx.AsyncClient(transport=transport, follow_redirects=False)

    async def send(self, request: Request) -> Response:
        """Raises ClusterUnreachable when no answer came."""
        streaming = _is_streaming(request)
        sent = self._client.build_request(
            request.method,
            self._url(request),
            headers={**self._identity(), **request.headers},
            content=request.body or None,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, read=None if streaming else ANSWER_SECONDS),
            extensions={"sni_hostname": self._access.server_name} if self._access.server_name else {},
        )
        try:
            answer = await self._client.send(sent, stream=True)
            headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP}
            if streaming and answer.status_code < 400:
                return Response(answer.status_code, headers=headers, stream=_pieces(answer, self._access.server))
            return Response(answer.status_code, await _whole(answer), headers)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise unreachable(self._access.server, error) from error

    async def aclose(self) -> None:
        """Ends every connection, watches included."""
        await self._client.aclose()

    def _url(self, request: Request) -> str:
        query = f"?{urlencode(request.query)}" if request.query else ""
        return f"{self._access.server}{quote(request.path, safe=_PATH_CHARACTERS)}{query}"

    def _identity(self) -> Mapping[str, str]:
        token = self._access.token or self._read_token()
        if token:
            return {"authorization": f"Bearer {token}"}
        if self._access.username:
            login = base64.b64encode(f"{self._access.username}:{self._access.password}".encode()).decode()
            return {"authorization": f"Basic {login}"}
        return {}

    def _read_token(self) -> str:
        """Tokens in files are renewed by whoever put them there."""
        if self._access.token_file is None:
            return ""
        token, read_at = self._token
        if not token or time.monotonic() - read_at > TOKEN_FRESH_SECONDS:
            try:
                token = self._access.token_file.read_text().strip()
            except OSError as error:
                raise BadInput(f"{self._access.token_file}: {error.strerror}") from error
            self._token = (token, time.monotonic())
        return token


def _context(access: ClusterAccess) -> ssl.SSLContext:
    authorities = (access.certificate_authority,) if access.certificate_authority else ()
    try:
        return tls.client_context(
            authorities=authorities, certificate=access.client_certificate, key=access.client_key, insecure=access.insecure
        )
    except (ssl.SSLError, ValueError) as error:
        raise BadInput(f"{access.server}: the certificate, key or authority cannot be read: {error}") from error


def _is_streaming(request: Request) -> bool:
    return request.method == "GET" and any(request.param(name) in _TRUE for name in ("watch", "follow"))


async def _whole(answer: httpx.Response) -> bytes:
    try:
        return await answer.aread()
    finally:
        await answer.aclose()


async def _pieces(answer: httpx.Response, server: str) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_bytes():
            yield piece
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise unreachable(server, error) from error
    finally:
        await answer.aclose()


def unreachable(server: str, error: Exception) -> ClusterUnreachable:
    """Says which server gave no answer, and why."""
    if isinstance(error, httpx.ConnectTimeout):
        reason = f"no connection within {CONNECT_SECONDS:g}s"
    elif isinstance(error, httpx.TimeoutException):
        reason = f"no answer within {ANSWER_SECONDS:g}s"
    else:
        reason = str(error) or type(error).__name__
    return ClusterUnreachable(f"the cluster at {server} did not answer: {reason}", server=server)
