"""The paths that are no resources: version, health, discovery and schemas.

Source: k8s.io/apiserver pkg/server/routes and pkg/server/healthz.
"""

from stackwright.apiserver.answers import answer, method_not_allowed, text
from stackwright.apiserver.discovery import Discovery
from stackwright.apiserver.openapi import OpenApi
from stackwright.apiserver.registry import Registry
from stackwright.kernel.http import Request, Response

VERSION = {
    "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2", "gitCommit": "", "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z", "goVersion": "",
    "compiler": "gc", "platform": "linux/amd64",
}  # fmt: skip
PUBLIC = ("/healthz", "/livez", "/readyz")
_CHECKS = ("ping", "log", "etcd")


class Documents:
    """Answers for one registry."""

    def __init__(self, registry: Registry) -> None:
        self._discovery = Discovery(registry)
        self._openapi = OpenApi(registry)

    def answer(self, request: Request) -> Response:
        """Raises StatusError 404, 405, 406."""
        path = request.path.rstrip("/")
        first = path.split("/")[1] if "/" in path else ""
        if first in ("version", "api", "apis") and request.method not in ("GET", "HEAD"):
            raise method_not_allowed()
        if path == "/version":
            return answer(VERSION)
        if f"/{first}" in PUBLIC:
            return _health(request, path)
        host = request.headers.get("host", "")
        found = self._openapi.answer(request) if first == "openapi" else self._discovery.answer(request, host)
        return found or text("404 page not found\n", 404)


def _health(request: Request, path: str) -> Response:
    endpoint, _, check = path[1:].partition("/")
    if check and check not in _CHECKS:
        return text("404 page not found\n", 404)
    if check or request.param("verbose") is None:
        return text("ok")
    listed = "".join(f"[+]{name} ok\n" for name in _CHECKS)
    return text(f"{listed}{endpoint} check passed\n")
