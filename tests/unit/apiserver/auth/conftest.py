"""A cluster's objects in memory, and all of authentication and authorisation over them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.api.user import AUTHENTICATED, MASTERS, User
from stackwright.apiserver.auth.assembly import Auth, assemble
from stackwright.apiserver.auth.bootstrap import bootstrap_bindings, bootstrap_roles
from stackwright.apiserver.auth.jwt import SigningKey
from stackwright.apiserver.auth.tokens import digest
from stackwright.kernel.clock import ManualClock


class Shelf:
    """The part of a store that authorisation reads."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str], Object] = {}

    def put(self, bucket: str, obj: Object) -> None:
        self.objects[bucket, namespace_of(obj), name_of(obj)] = obj

    def drop(self, bucket: str, namespace: str, name: str) -> None:
        del self.objects[bucket, namespace, name]

    def get(self, bucket: str, namespace: str, name: str) -> Object | None:
        return self.objects.get((bucket, namespace, name))

    def list(self, bucket: str, namespace: str | None = None) -> list[Object]:
        return [self.objects[key] for key in sorted(self.objects) if key[0] == bucket and namespace in (None, "", key[1])]

    def grant(self, name: str, rules: Sequence[Any], subject: dict[str, Any], namespace: str = "ns") -> None:
        """A Role and its binding."""
        meta = {"name": name, "namespace": namespace}
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
        self.put("roles.rbac.authorization.k8s.io", {"kind": "Role", "metadata": meta, "rules": rules})
        binding = {"kind": "RoleBinding", "metadata": meta, "subjects": [subject], "roleRef": reference}
        self.put("rolebindings.rbac.authorization.k8s.io", binding)


@pytest.fixture
def shelf() -> Shelf:
    found = Shelf()
    for role in bootstrap_roles():
        found.put("clusterroles.rbac.authorization.k8s.io", role)
    for binding in bootstrap_bindings():
        found.put("clusterrolebindings.rbac.authorization.k8s.io", binding)
    return found


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture
def auth(shelf: Shelf, clock: ManualClock, key: SigningKey) -> Auth:
    return assemble(shelf, {digest("secret"): User("admin", (MASTERS, AUTHENTICATED))}, key, clock)
