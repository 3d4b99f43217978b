"""A repository that only a GitHub App may read: a real git server behind a token, and GitHub's API beside it."""

import base64
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from stackwright.adapters.sources.service import ManifestSources
from stackwright.gitops.ports import SourceError

TOKEN = "ghs_given"


class Server:
    """Shape: `asked` counts how often a token was asked for; `url` is where both the API and git are."""

    def __init__(self, root: Path) -> None:
        self.asked = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if self.path == "/api/v3/app/installations/77/access_tokens":
                    outer.asked += 1
                    self._answer(201, json.dumps({"token": TOKEN, "expires_at": "2999-01-01T00:00:00Z"}).encode())
                else:
                    self._git(body)

            def do_GET(self) -> None:
                if self.path.startswith("/api/v3/app/installations"):
                    self._answer(200, json.dumps([{"id": 77, "account": {"login": "org"}}]).encode())
                else:
                    self._git(b"")

            def _git(self, body: bytes) -> None:
                told = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
                if self.headers.get("authorization") != f"Basic {told}":
                    self._answer(401, b"", ("www-authenticate", 'Basic realm="git"'))
                    return
                path, _, query = self.path.partition("?")
                environment = {
                    "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
                    "QUERY_STRING": query, "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("content-type") or "",
                    "CONTENT_LENGTH": str(len(body)), "HTTP_GIT_PROTOCOL": self.headers.get("git-protocol") or "",
                    "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding") or "",
                }  # fmt: skip
                done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=True)
                head, _, content = done.stdout.partition(b"\r\n\r\n")
                headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
                status = int(headers.pop("Status", "200").split()[0])
                self._answer(status, content, *headers.items())

            def _answer(self, status: int, content: bytes, *headers: tuple[str, str]) -> None:
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    work, root = tmp_path / "work", tmp_path / "root"
    made = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run(["git", "init", "-q", "-b", "main", str(work)], check=True)
    (work / "a.yaml").write_text("a: 1\n")
    subprocess.run([*made, "-C", str(work), "add", "."], check=True)
    subprocess.run([*made, "-C", str(work), "commit", "-qm", "a"], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(work), str(root / "org" / "shop.git")], check=True)
    found = Server(root)
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


def secret(server: Server, **fields: str) -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    data = {"url": f"{server.url}/org/shop.git", "githubAppID": "42", "githubAppPrivateKey": pem.decode(), **fields}
    labels = {"argocd.argoproj.io/secret-type": "repository"}
    return {"metadata": {"name": "shop", "labels": labels}, "data": {**data, "githubAppEnterpriseBaseUrl": server.url}}


@pytest.mark.parametrize("fields", [{"githubAppInstallationID": "77"}, {}], ids=["told", "found by the account's name"])
async def test_an_app_fetches_with_a_token_that_is_asked_for_once(server: Server, tmp_path: Path, fields: dict[str, str]) -> None:
    sources = ManifestSources(tmp_path / "data")
    credentials = (secret(server, **fields),)
    url = f"{server.url}/org/shop.git"
    try:
        assert await sources.files(url, "main", "*.yaml", credentials) == {"a.yaml": b"a: 1\n"}
        assert len(await sources.resolve({"repoURL": url, "targetRevision": "main"}, credentials)) == 40
        assert server.asked == 1
        with pytest.raises(SourceError):
            await sources.files(url, "main", "*.yaml")
    finally:
        await sources.aclose()


async def test_an_app_whose_key_cannot_be_read_is_told(server: Server, tmp_path: Path) -> None:
    sources = ManifestSources(tmp_path / "data")
    try:
        with pytest.raises(SourceError, match="githubAppPrivateKey"):
            await sources.files(f"{server.url}/org/shop.git", "main", "*", (secret(server, githubAppPrivateKey="none"),))
    finally:
        await sources.aclose()
