"""A git host's REST API over a real socket, answering from a table; and a way to it for addresses that are fixed."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from stackwright.adapters.json_web import JsonWeb
from stackwright.gitops.appset.ports import Answer


@dataclass
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Answering = Callable[[Asked], tuple[int, Any]]


@dataclass
class GitHost:
    url: str
    asked: list[Asked] = field(default_factory=list)

    def headers(self, name: str) -> set[str]:
        return {one.headers.get(name, "") for one in self.asked}


@contextmanager
def git_host(answering: Answering, context: ssl.SSLContext | None = None) -> Iterator[GitHost]:
    """Shape: paths are told decoded, with their query."""
    host = GitHost("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            asked = Asked(self.command, unquote(self.path), {key.lower(): value for key, value in self.headers.items()}, body)
            host.asked.append(asked)
            status, value = answering(asked)
            content = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    host.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def table(answers: Mapping[str, Any], missing: tuple[int, Any] = (404, {"message": "not found"})) -> Answering:
    """By `METHOD /path?query`; a pair is a status and a body."""

    def answer(asked: Asked) -> tuple[int, Any]:
        found = answers.get(f"{asked.method} {asked.path}")
        if found is None:
            return missing
        return found if isinstance(found, tuple) else (200, found)

    return answer


class Rerouted:
    """Asks a local server what is meant for a host whose address nobody can set."""

    def __init__(self, web: JsonWeb, base: str) -> None:
        self._web, self._base = web, base
        self.urls: list[str] = []

    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: Any = None, **trust: Any) -> Answer:
        self.urls.append(url)
        parts = urlsplit(url)
        sent = {**headers, "x-meant-for": parts.netloc}
        return await self._web.ask(method, f"{self._base}{parts._replace(scheme='', netloc='').geturl()}", sent, body, **trust)
