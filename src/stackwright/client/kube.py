"""A typed voice for the Kubernetes API: one method a verb, raw objects in and out, errors as StatusError."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from stackwright.api.meta import GroupVersionKind, Object, Resource, gvk_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.discovery import ResourceMap, missing, parse_aggregated
from stackwright.client.observing import Listener, Observed
from stackwright.client.speaking import Speaking
from stackwright.client.transport import SharedReads, Transport
from stackwright.kernel import json
from stackwright.kernel.http import Request, Response

Propagation = Literal["Foreground", "Background", "Orphan"]
Validation = Literal["Strict", "Warn", "Ignore"]
PatchType = Literal["merge", "strategic", "json"]
Query = list[tuple[str, str]]
WatchEventType = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]

_PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
}
_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


@dataclass(frozen=True, slots=True)
class ObjectList:
    """One page of a list. Shape: `items` carry apiVersion and kind; `continue_token` is empty on the last page."""

    items: list[Object]
    resource_version: str
    continue_token: str = ""
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One line of a watch."""

    type: WatchEventType
    object: Object


class KubeClient:
    """Speaks to one cluster through one Transport."""

    def __init__(self, transport: Transport, *, field_manager: str = "stackwright") -> None:
        self._transport = transport
        self.field_manager = field_manager
        self._resources = ResourceMap()

    @property
    def shares_objects(self) -> bool:
        """Whether reads give the server's own objects: then a copy with less in it takes more."""
        return isinstance(self._transport, SharedReads)

    def named(self, field_manager: str) -> "KubeClient":
        """The same connection, writing under another name; what discovery found is shared."""
        other = KubeClient(self._transport, field_manager=field_manager)
        other._resources = self._resources
        return other

    async def aclose(self) -> None:
        """Ends the connections, where there are any."""
        close = getattr(self._transport, "aclose", None)
        if close is not None:
            await close()

    def observed(self, tell: Listener) -> "KubeClient":
        """The same connection, with somebody who is told of every answer; what discovery found is shared."""
        other = KubeClient(Observed(self._transport, tell), field_manager=self.field_manager)
        other._resources = self._resources
        return other

    def speaking_as(self, user: str) -> "KubeClient":
        """The same connection, speaking for another user; what discovery found is shared. Raises what the server says of who may not."""
        other = KubeClient(Speaking(self._transport, user), field_manager=self.field_manager)
        other._resources = self._resources
        return other

    # -- any request -----------------------------------------------------------------------------------------------

    async def send(self, request: Request) -> Response:
        """Raises StatusError for any status of 400 and above."""
        response = await self._transport.send(request)
        if response.status >= 400:
            body = response.body
            if response.stream is not None:
                body = b"".join([piece async for piece in response.stream])
            raise StatusError.parse(response.status, _decoded(body))
        return response

    async def _call(
        self, method: str, path: str, query: Sequence[tuple[str, str]] = (), body: Any = None, content_type: str = "application/json"
    ) -> Any:
        data = b"" if body is None else json.dumps(body)
        headers = {"accept": "application/json"} | ({"content-type": content_type} if data else {})
        response = await self.send(Request(method, path, tuple(query), headers, data))
        return json.loads(response.body) if response.body else None

    # -- discovery -------------------------------------------------------------------------------------------------

    async def discover(self) -> ResourceMap:
        """Reads what the cluster serves now."""
        found: list[Resource] = []
        for root in ("/api", "/apis"):
            response = await self.send(Request("GET", root, (), {"accept": _AGGREGATED}))
            found += parse_aggregated(json.loads(response.body))
        self._resources.replace(found)
        return self._resources

    async def resources(self) -> ResourceMap:
        """What the cluster served when last asked."""
        return self._resources if self._resources.all() else await self.discover()

    def known_resource(self, kind: GroupVersionKind) -> Resource | None:
        """As far as discovery was read already."""
        return self._resources.find(kind)

    def forget_resources(self) -> None:
        self._resources.forget()

    async def resource(self, kind: GroupVersionKind) -> Resource:
        """Asks discovery again when the kind is not known yet. Raises UnknownKind."""
        found = self._resources.find(kind)
        if found is None and self._resources.stale:
            found = (await self.discover()).find(kind)
        if found is None:
            raise missing(kind)
        return found

    async def resource_of(self, obj: Object) -> Resource:
        return await self.resource(gvk_of(obj))

    async def version(self) -> Mapping[str, Any]:
        """The server's /version."""
        found: Mapping[str, Any] = await self._call("GET", "/version")
        return found

    async def may(self, verb: str, resource: Resource, namespace: str | None = None) -> bool:
        """Whether the cluster would let us, by its own word (SelfSubjectAccessReview)."""
        asked = {"verb": verb, "group": resource.group, "version": resource.version, "resource": resource.plural}
        spec = {"resourceAttributes": asked | ({"namespace": namespace} if namespace else {})}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}
        told = await self._call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", (), body)
        return bool((told.get("status") or {}).get("allowed"))

    # -- reading ---------------------------------------------------------------------------------------------------

    async def get(self, resource: Resource, name: str, namespace: str | None = None) -> Object:
        found: Object = await self._call("GET", _path(resource, namespace, name))
        return found

    async def find(self, resource: Resource, name: str, namespace: str | None = None) -> Object | None:
        """As `get`, with None for an object that is not there."""
        try:
            return await self.get(resource, name, namespace)
        except StatusError as error:
            if error.not_found:
                return None
            raise

    async def list_page(
        self,
        resource: Resource,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int = 0,
        continue_token: str = "",
        resource_version: str = "",
    ) -> ObjectList:
        if isinstance(self._transport, SharedReads) and not (limit or continue_token or resource_version):
            return ObjectList(*await self._transport.list_objects(resource, namespace, labels, fields))
        query = [("labelSelector", labels), ("fieldSelector", fields), ("continue", continue_token), ("resourceVersion", resource_version)]
        query += [("limit", str(limit))] if limit else []
        body = await self._call("GET", resource.path(namespace), [pair for pair in query if pair[1]])
        head = {"apiVersion": resource.api_version, "kind": resource.kind}
        meta = body.get("metadata") or {}
        items: list[Object] = [head | item for item in body.get("items") or ()]
        return ObjectList(items, meta.get("resourceVersion", ""), meta.get("continue", ""), meta.get("remainingItemCount"))

    async def list(self, resource: Resource, namespace: str | None = None, *, labels: str = "", fields: str = "") -> list[Object]:
        """Everything, page after page."""
        if isinstance(self._transport, SharedReads):
            return (await self._transport.list_objects(resource, namespace, labels, fields))[0]
        page = await self.list_page(resource, namespace, labels=labels, fields=fields, limit=5000)
        items = page.items
        while page.continue_token:
            page = await self.list_page(resource, namespace, labels=labels, fields=fields, limit=5000, continue_token=page.continue_token)
            items += page.items
        return items

    async def watch(
        self,
        resource: Resource,
        namespace: str | None = None,
        *,
        resource_version: str,
        labels: str = "",
        fields: str = "",
        timeout_seconds: int | None = None,
    ) -> AsyncGenerator[WatchEvent, None]:
        """Ends when the server ends it. Raises StatusError when the server refuses or sends ERROR (410: list again)."""
        if isinstance(self._transport, SharedReads):
            async with aclosing(self._transport.watch_objects(resource, namespace, resource_version, labels, fields)) as changes:
                async for type, obj in changes:
                    yield WatchEvent(type, obj)
            return
        query = [("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", resource_version)]
        query += [("labelSelector", labels)] if labels else []
        query += [("fieldSelector", fields)] if fields else []
        query += [("timeoutSeconds", str(timeout_seconds))] if timeout_seconds else []
        response = await self.send(Request("GET", resource.path(namespace), tuple(query), {"accept": "application/json"}))
        if response.stream is None:
            return
        async with aclosing(_lines(response.stream)) as lines:
            async for line in lines:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise StatusError.parse(int(event["object"].get("code") or 500), event["object"])
                yield WatchEvent(event["type"], event["object"])

    # -- writing ---------------------------------------------------------------------------------------------------

    async def create(
        self, obj: Object, *, resource: Resource | None = None, dry_run: bool = False, validation: Validation | None = None
    ) -> Object:
        resource = resource or await self.resource_of(obj)
        query = self._write(dry_run, validation=validation)
        created: Object = await self._call("POST", _path(resource, namespace_of(obj)), query, obj)
        return created

    async def update(
        self,
        obj: Object,
        *,
        resource: Resource | None = None,
        subresource: str | None = None,
        dry_run: bool = False,
        validation: Validation | None = None,
    ) -> Object:
        """Replaces the object; with a resourceVersion in it, only if nobody else wrote since."""
        resource = resource or await self.resource_of(obj)
        path = _path(resource, namespace_of(obj), name_of(obj), subresource)
        updated: Object = await self._call("PUT", path, self._write(dry_run, validation=validation), obj)
        return updated

    async def update_status(self, obj: Object, *, resource: Resource | None = None) -> Object:
        return await self.update(obj, resource=resource, subresource="status")

    async def patch(
        self,
        resource: Resource,
        name: str,
        namespace: str | None,
        patch: Any,
        *,
        type: PatchType = "merge",
        subresource: str | None = None,
        dry_run: bool = False,
        field_manager: str | None = None,
        validation: Validation | None = None,
    ) -> Object:
        path = _path(resource, namespace, name, subresource)
        query = self._write(dry_run, field_manager, validation)
        patched: Object = await self._call("PATCH", path, query, patch, _PATCH_TYPES[type])
        return patched

    async def apply(
        self,
        obj: Object,
        *,
        resource: Resource | None = None,
        field_manager: str | None = None,
        force: bool = True,
        dry_run: bool = False,
        subresource: str | None = None,
        validation: Validation | None = None,
    ) -> Object:
        """Server-side apply."""
        resource = resource or await self.resource_of(obj)
        query = [*self._write(dry_run, field_manager, validation), ("force", "true" if force else "false")]
        path = _path(resource, namespace_of(obj), name_of(obj), subresource)
        applied: Object = await self._call("PATCH", path, query, obj, "application/apply-patch+yaml")
        return applied

    async def delete(
        self,
        resource: Resource,
        name: str,
        namespace: str | None = None,
        *,
        propagation: Propagation | None = "Background",
        uid: str | None = None,
        resource_version: str | None = None,
        grace_period_seconds: int | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Raises StatusError: NotFound when it is gone already, Conflict when `uid` or `resource_version` is not the live one's."""
        conditions = {key: value for key, value in (("uid", uid), ("resourceVersion", resource_version)) if value}
        options: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1"}
        options |= {"propagationPolicy": propagation} if propagation else {}
        options |= {"preconditions": conditions} if conditions else {}
        options |= {"gracePeriodSeconds": grace_period_seconds} if grace_period_seconds is not None else {}
        options |= {"dryRun": ["All"]} if dry_run else {}
        deleted: Object = await self._call("DELETE", _path(resource, namespace, name), (), options)
        return deleted

    def _write(self, dry_run: bool, field_manager: str | None = None, validation: Validation | None = None) -> Query:
        query = [("fieldManager", field_manager or self.field_manager)]
        query += [("fieldValidation", validation)] if validation else []
        return [*query, ("dryRun", "All")] if dry_run else query


def _path(resource: Resource, namespace: str | None, name: str | None = None, subresource: str | None = None) -> str:
    return resource.path(namespace, quote(name, safe=":") if name else None, subresource)


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except json.JSONDecodeError:
        return body.decode(errors="replace")


async def _lines(stream: Any) -> AsyncGenerator[bytes, None]:
    rest = b""
    try:
        async for piece in stream:
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if line:
                    yield line
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()
