"""`/api/webhook`: git hosts tell of pushes; the Applications concerned are refreshed.

Source: Argo CD's server (util/webhook).
"""

import base64
from collections.abc import AsyncIterator, Mapping
from typing import Any

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATIONS
from stackwright.client.kube import KubeClient
from stackwright.gitops import webhooks
from stackwright.gitops.application import REFRESH
from stackwright.kernel.http import BodyTooLarge, Request, Response, whole
from stackwright.store.objects import ObjectStore

MAX_BODY_MEGABYTES = 50
_TEXT = {"content-type": "text/plain; charset=utf-8"}
_TOO_LARGE = "Webhook processing failed: payload must be valid JSON under {} MB\n"
_APPLICATIONS = "applications.argoproj.io"


class WebhookService:
    """Anybody may call it: what it causes is a look at git; a configured secret is checked."""

    def __init__(self, store: ObjectStore, client: KubeClient, namespace: str = "argocd") -> None:
        self._store = store
        self._client = client
        self._namespace = namespace

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response:
        limit = self._limit()
        try:
            content = await whole(body, limit * 1024 * 1024)
            pushes = webhooks.parse(request.method, request.headers, content, self._secrets())
        except BodyTooLarge:
            return Response(400, _TOO_LARGE.format(limit).encode(), _TEXT)
        except webhooks.WebhookRefused as error:
            return Response(error.http_status, f"{error.message}\n".encode(), _TEXT)
        apps = self._store.list(_APPLICATIONS)
        chosen = {(namespace_of(app), name_of(app)): app for push in pushes for app in webhooks.concerned(push, apps)}
        for app in chosen.values():
            await self._refresh(app)
        return Response(200, b"", _TEXT)

    def _limit(self) -> int:
        """What the operator allows, the usual at most. Units: MiB."""
        config = self._store.get("configmaps", self._namespace, "argocd-cm") or {}
        text = str((config.get("data") or {}).get("webhook.maxPayloadSizeMB") or "")
        return min(int(text), MAX_BODY_MEGABYTES) if text.isdigit() and int(text) else MAX_BODY_MEGABYTES

    async def _refresh(self, app: Object) -> None:
        patch: Mapping[str, Any] = {"metadata": {"annotations": {REFRESH: "normal"}}}
        try:
            await self._client.patch(APPLICATIONS, name_of(app), namespace_of(app), patch)
        except StatusError as error:
            if not error.not_found:
                raise

    def _secrets(self) -> Mapping[str, str]:
        """The webhook secrets of argocd-secret, by their key."""
        secret = self._store.get("secrets", self._namespace, "argocd-secret") or {}
        return {
            key: base64.b64decode(value).decode(errors="replace")
            for key, value in (secret.get("data") or {}).items()
            if key.startswith("webhook.")
        }
