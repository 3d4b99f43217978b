"""`/api/webhook`: git hosts tell of pushes and pull requests; Applications and ApplicationSets concerned look again.

Source: Argo CD's server (util/webhook) and ApplicationSet controller (applicationset/webhook).
"""

import base64
from collections.abc import AsyncIterator, Callable, Mapping

from stackwright.api.meta import Object, Resource, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATION_SETS, APPLICATIONS
from stackwright.client.kube import KubeClient
from stackwright.gitops import webhooks
from stackwright.gitops.application import REFRESH
from stackwright.gitops.appset.reconciler import REFRESH as SET_REFRESH
from stackwright.gitops.appset.waking import concerned
from stackwright.kernel.http import BodyTooLarge, Request, Response, whole
from stackwright.store.objects import ObjectStore

MAX_BODY_MEGABYTES = 50
_TEXT = {"content-type": "text/plain; charset=utf-8"}
_TOO_LARGE = "Webhook processing failed: payload must be valid JSON under {} MB\n"
_APPLICATIONS, _APPLICATION_SETS = "applications.argoproj.io", "applicationsets.argoproj.io"
Moved = Callable[[str], None]


class WebhookService:
    """Anybody may call it: what it causes is a look at git; a configured secret is checked.

    Shape: `moved` is told of each repository, so that what was known of its references is forgotten.
    """

    def __init__(self, store: ObjectStore, client: KubeClient, moved: Moved, namespace: str = "argocd") -> None:
        self._moved = moved
        self._store = store
        self._client = client
        self._namespace = namespace

    async def serve(self, request: Request, body: AsyncIterator[bytes]) -> Response:
        limit = self._limit()
        try:
            content = await whole(body, limit * 1024 * 1024)
            told = webhooks.parse(request.method, request.headers, content, self._secrets())
        except BodyTooLarge:
            return Response(400, _TOO_LARGE.format(limit).encode(), _TEXT)
        except webhooks.WebhookRefused as error:
            return Response(error.http_status, f"{error.message}\n".encode(), _TEXT)
        apps, appsets = self._store.list(_APPLICATIONS), self._store.list(_APPLICATION_SETS)
        chosen = {(namespace_of(app), name_of(app)): app for push in told.pushes for app in webhooks.concerned(push, apps)}
        for url in dict.fromkeys(url for push in told.pushes for url in push.urls):
            self._moved(url)
        for app in chosen.values():
            await self._annotate(APPLICATIONS, app, {REFRESH: "normal"})
        for appset in concerned(told, appsets):
            await self._annotate(APPLICATION_SETS, appset, {SET_REFRESH: "true"})
        return Response(200, b"", _TEXT)

    def _limit(self) -> int:
        """What the operator allows, the usual at most. Units: MiB."""
        config = self._store.get("configmaps", self._namespace, "argocd-cm") or {}
        text = str((config.get("data") or {}).get("webhook.maxPayloadSizeMB") or "")
        return min(int(text), MAX_BODY_MEGABYTES) if text.isdigit() and int(text) else MAX_BODY_MEGABYTES

    async def _annotate(self, resource: Resource, obj: Object, annotations: Mapping[str, str]) -> None:
        try:
            await self._client.patch(resource, name_of(obj), namespace_of(obj), {"metadata": {"annotations": annotations}})
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
