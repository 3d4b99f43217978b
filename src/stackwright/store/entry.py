"""One stored state of one object, with its JSON at hand so that nobody encodes it twice."""

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.kernel import json


class Entry:
    """Immutable. Shape: `object` has apiVersion and kind first, and the metadata.resourceVersion that `revision` is."""

    __slots__ = ("_encoded", "_head", "name", "namespace", "object", "revision")

    def __init__(self, obj: Object, revision: int, encoded: bytes | None = None) -> None:
        self.object = obj
        self.revision = revision
        self.namespace = namespace_of(obj)
        self.name = name_of(obj)
        self._encoded = encoded
        self._head = 0

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
        if self._encoded is None:
            self._encoded = json.dumps(self.object)
        return self._encoded

    def let_go(self) -> None:
        """Forgets the JSON of a state that is past; whoever still asks has it made again."""
        self._encoded = None

    @property
    def body(self) -> bytes:
        """The object without apiVersion and kind, as an item of a typed list."""
        if not self._head:
            head = json.dumps({"apiVersion": self.object.get("apiVersion"), "kind": self.object.get("kind")})
            self._head = len(head) if self.encoded.startswith(head[:-1] + b",") else -1
        if self._head > 0:
            return b"{" + self.encoded[self._head :]
        return json.dumps({key: value for key, value in self.object.items() if key not in ("apiVersion", "kind")})


def stored(obj: Object, revision: int) -> Entry:
    """The object as it is kept at a revision."""
    meta = {**(obj.get("metadata") or {}), "resourceVersion": str(revision)}
    head = {"apiVersion": obj.get("apiVersion"), "kind": obj.get("kind"), "metadata": meta}
    return Entry(head | {key: value for key, value in obj.items() if key not in head}, revision)
