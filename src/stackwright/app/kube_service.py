"""The Kubernetes API as a service of the HTTP front."""

from collections.abc import AsyncIterator
from dataclasses import replace

from stackwright.api.status import StatusError
from stackwright.apiserver.answers import refused
from stackwright.apiserver.server import ApiServer
from stackwright.kernel.http import BodyTooLarge, Request, Response, whole

MAX_BODY_BYTES = 3 * 1024 * 1024


class KubeService:
    def __init__(self, server: ApiServer) -> None:
        self._server = server

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response:
        """Source: k8s.io/apiserver limits request bodies to 3 MiB."""
        if request.path == "/argocd/metrics":
            request = replace(request, path="/metrics")
        if request.method in ("GET", "HEAD"):
            return await self._server.handle(request)
        try:
            content = await whole(body, MAX_BODY_BYTES)
        except BodyTooLarge:
            return refused(StatusError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {MAX_BODY_BYTES}"))
        return await self._server.handle(replace(request, body=content))
