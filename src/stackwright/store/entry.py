"""One stored state of one object, with its JSON at hand so that nobody encodes it twice."""

import zlib
from collections.abc import Mapping
from functools import lru_cache
from sys import intern
from typing import Any

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.kernel import json


class Entry:
    """What it says never changes. Shape: `object` has apiVersion and kind first, and the metadata.resourceVersion that `revision` is."""

    __slots__ = ("_encoded", "_head", "_object", "_packed", "api_version", "name", "namespace", "revision")

    def __init__(self, obj: Object, revision: int, encoded: bytes | None = None) -> None:
        self._object: Object | None = obj
        self.revision = revision
        self.namespace = namespace_of(obj)
        self.name = name_of(obj)
        self.api_version = intern(str(obj.get("apiVersion") or ""))
        self._encoded = encoded
        self._packed = b""
        self._head = 0

    @property
    def object(self) -> Object:
        """Read anew each time once the entry rests or is packed."""
        if self._object is None:
            found: Object = json.loads(self.encoded)
            return found
        return self._object

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name

    @property
    def place(self) -> tuple[str, str]:
        """Where the object comes in lists: by the path that etcd would keep it under."""
        return self.namespace + "/", self.name

    @property
    def encoded(self) -> bytes:
        """The whole object."""
        if self._packed:
            return zlib.decompress(self._packed)
        if self._encoded is None:
            self._encoded = json.dumps_to_keep(self.object)
        return self._encoded

    def rest(self) -> None:
        """Keeps its JSON only, a third of what the object takes: for states that are hardly looked at."""
        if self._object is not None:
            self._encoded = self.encoded
            self._object = None

    def pack(self) -> None:
        """Keeps compressed JSON only, a fiftieth of what the object takes: for states that are past and hardly looked at."""
        if not self._packed:
            self._packed = zlib.compress(self.encoded, 1)
            self._object = self._encoded = None

    @property
    def body(self) -> bytes:
        """The object without apiVersion and kind, as an item of a typed list."""
        encoded = self.encoded
        if not self._head:
            obj = self.object
            head = json.dumps({"apiVersion": obj.get("apiVersion"), "kind": obj.get("kind")})
            self._head = len(head) if encoded.startswith(head[:-1] + b",") else -1
        if self._head > 0:
            return b"{" + encoded[self._head :]
        return json.dumps({key: value for key, value in self.object.items() if key not in ("apiVersion", "kind")})


def stored(obj: Object, revision: int) -> Entry:
    """The object as it is kept at a revision."""
    meta = {**(obj.get("metadata") or {}), "resourceVersion": str(revision)}
    head = {"apiVersion": obj.get("apiVersion"), "kind": obj.get("kind"), "metadata": _with_shared_fields(meta)}
    return Entry(head | {key: value for key, value in obj.items() if key not in head}, revision)


def loaded(data: bytes, revision: int) -> Entry:
    """The object that was kept at a revision."""
    obj = json.loads(data)
    return Entry({**obj, "metadata": _with_shared_fields(obj.get("metadata") or {})}, revision, data)


def _with_shared_fields(meta: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whoever writes many objects of a kind owns the same fields in all of them: these are half of an object, and kept once."""
    owners = meta.get("managedFields")
    if not isinstance(owners, list):
        return meta
    shared = [{**owner, "fieldsV1": _shared(owner["fieldsV1"])} if owner.get("fieldsV1") else owner for owner in owners]
    return {**meta, "managedFields": shared}


def _shared(fields: Any) -> Any:
    text = json.dumps_to_keep(fields)
    return _once(text) if len(text) <= _MOST_SHARED else fields


_MOST_SHARED = 8 * 1024


@lru_cache(maxsize=4096)
def _once(text: bytes) -> Any:
    return json.loads(text)
