"""Objects in memory, and writes of them on their way to the store."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.api.user import AUTHENTICATED, User
from stackwright.apiserver.admission.chain import Attributes, Operation
from stackwright.apiserver.builtin.catalogue import resources
from stackwright.store.index import Index

RESOURCES = {resource.qualified: resource for resource in resources()}


class Shelf:
    """The part of a store that plug-ins read."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str], Object] = {}

        self.indexes: dict[str, list[Index[Any]]] = {}

    def put(self, bucket: str, obj: Object) -> None:
        key = (bucket, namespace_of(obj), name_of(obj))
        for index in self.indexes.get(bucket, ()):
            index.replace(self.objects.get(key), obj)
        self.objects[key] = obj

    def index(self, bucket: str, held: Callable[[Object], Iterable[Any]]) -> Index[Any]:
        self.indexes.setdefault(bucket, []).append(found := Index(held))
        return found

    def get(self, bucket: str, namespace: str, name: str) -> Object | None:
        return self.objects.get((bucket, namespace, name))

    def list(self, bucket: str, namespace: str | None = None) -> list[Object]:
        return [
            obj
            for key, obj in sorted(self.objects.items(), key=lambda item: item[0])
            if key[0] == bucket and namespace in (None, "", key[1])
        ]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


Write = Callable[..., Attributes]


@pytest.fixture
def write() -> Write:
    """write("pods", obj, old=…, operation=…): a write in namespace `ns` by ann."""

    def build(
        qualified: str,
        obj: Object | None,
        old: Object | None = None,
        operation: Operation | None = None,
        subresource: str = "",
        **rest: Any,
    ) -> Attributes:
        resource = RESOURCES[qualified]
        chosen: Operation = operation or ("DELETE" if obj is None else "UPDATE" if old is not None else "CREATE")
        user = rest.pop("user", User("ann", (AUTHENTICATED,)))
        namespace = "ns" if resource.namespaced else ""
        return Attributes(chosen, resource, subresource, namespace, name_of(obj or old or {}), obj, old, user, **rest)

    return build
