"""A server of the built-in kinds in memory, spoken to as an administrator without a socket."""

from datetime import UTC, datetime
from typing import Any

from stackwright.api.user import User, component
from stackwright.apiserver.auth.ports import Access, Decision
from stackwright.apiserver.builtin import builtin_kinds
from stackwright.apiserver.custom.kind import kinds_of
from stackwright.apiserver.parts import Parts
from stackwright.apiserver.patching import KindPatches
from stackwright.apiserver.registry import Registry
from stackwright.apiserver.server import ApiServer
from stackwright.kernel import json
from stackwright.kernel.clock import ManualClock
from stackwright.kernel.http import Request, Response
from stackwright.store.journal import MemoryJournal
from stackwright.store.objects import ObjectStore

ADMIN = component("test")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WIDGETS = {
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget", "listKind": "WidgetList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}},
                    }
                },
            }
        ],
    },
}


class AllowAll:
    def authenticate(self, headers: Any) -> User:
        return ADMIN

    def authorize(self, user: User, access: Access) -> Decision:
        return Decision(True)


class Rig:
    def __init__(self, **parts: Any) -> None:
        registry = Registry()
        for kind in [*builtin_kinds(), *kinds_of(WIDGETS)]:
            registry.add(kind)
        self.clock = ManualClock(NOW)
        self.store = ObjectStore(MemoryJournal())
        self.server = ApiServer(Parts(self.store, registry, AllowAll(), AllowAll(), self.clock, patches=KindPatches(), **parts))

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        path, _, text = path.partition("?")
        query = tuple((key, value) for key, _, value in (pair.partition("=") for pair in text.split("&") if pair))
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.server.handle(Request(method, path, query, named, data), ADMIN)

    async def json(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return json.loads((await self.send(method, path, body, **headers)).body)


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
