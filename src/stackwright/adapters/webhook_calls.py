"""Asks admission webhooks over HTTPS, and words failures as Go's HTTP client does."""

import errno
import ipaddress
import ssl
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from stackwright.kernel.calls import Call, CallFailed

MAX_ANSWER_BYTES = 3 * 1024 * 1024
_REFUSED = "connect: connection refused"


class WebhookCalls:
    """A Caller. Every call is a connection of its own: hooks are few, and come and go."""

    async def post(self, call: Call) -> bytes:
        """Raises CallFailed."""
        url, headers, extensions = _request(call)
        try:
            async with (
                httpx.AsyncClient(verify=_context(call.authority), trust_env=False, timeout=call.timeout_seconds) as client,
                client.stream("POST", url, content=call.body, headers=headers, extensions=extensions) as response,
            ):
                return await _body(response, call)
        except httpx.TimeoutException as error:
            raise CallFailed(f'Post "{call.url}": context deadline exceeded') from error
        except httpx.TransportError as error:
            raise CallFailed(f'Post "{call.url}": {_reason(error, call)}') from error


def _request(call: Call) -> tuple[str, dict[str, str], dict[str, Any]]:
    """A Service is asked by its name, at the address where it is served."""
    headers = {"content-type": "application/json", "accept": "application/json, */*"}
    if call.connect_to is None:
        return call.url, headers, {}
    parts, (address, port) = urlsplit(call.url), call.connect_to
    host = f"[{address}]" if ":" in address else address
    url = parts._replace(netloc=f"{host}:{port}").geturl()
    return url, headers | {"host": parts.netloc}, {"sni_hostname": parts.hostname}


async def _body(response: httpx.Response, call: Call) -> bytes:
    pieces, size = [], 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > MAX_ANSWER_BYTES:
            raise CallFailed(f'Post "{call.url}": http: request body too large')
        pieces.append(piece)
    body = b"".join(pieces)
    if response.status_code != 200:
        shown = body[:1024].decode(errors="replace").strip()
        if response.status_code == 404:
            raise CallFailed("the server could not find the requested resource")
        raise CallFailed(f'an error on the server ("{shown or "unknown"}") has prevented the request from succeeding')
    return body


@lru_cache(maxsize=64)
def _context(authority: bytes) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.decode()) if authority else ssl.create_default_context()


def _reason(error: httpx.TransportError, call: Call) -> str:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"tls: failed to verify certificate: x509: {_certificate_problem(cause)}"
    if isinstance(cause, ssl.SSLError):
        return "http: server gave HTTP response to HTTPS client" if cause.reason == "WRONG_VERSION_NUMBER" else str(cause.reason)
    if isinstance(cause, ConnectionRefusedError) or _connect_failed(error):
        return _dial(call)
    return "EOF" if isinstance(error, httpx.RemoteProtocolError) else str(error) or type(error).__name__


def _connect_failed(error: httpx.TransportError) -> bool:
    return isinstance(error, httpx.ConnectError) and ("[Errno 111]" in str(error) or "All connection attempts failed" in str(error))


def _dial(call: Call) -> str:
    parts = urlsplit(call.url)
    host, port = call.connect_to or (parts.hostname or "", parts.port or 443)
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return f"dial tcp: lookup {host}: no such host" if host != "localhost" else f"dial tcp 127.0.0.1:{port}: {_REFUSED}"
    return f"dial tcp {shown}: {_REFUSED}"


def _certificate_problem(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in (18, 19, 20, 21):
        return "certificate signed by unknown authority"
    if error.verify_code == 10:
        return "certificate has expired or is not yet valid"
    return error.verify_message or str(errno.EPROTO)
