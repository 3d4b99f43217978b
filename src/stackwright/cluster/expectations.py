"""What a controller has done and not seen yet, so that it does not do it twice.

Source: k8s.io/kubernetes pkg/controller (UIDTrackingControllerExpectations).
"""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from stackwright.api.meta import Object, uid_of
from stackwright.client.informer import Change

K = TypeVar("K")
_FORGOTTEN_SECONDS = 60.0


class Expectations(Generic[K]):
    """By key, the uids whose creation or deletion the informer has yet to tell. What never comes is given up after a minute."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._created: dict[K, dict[str, float]] = {}
        self._deleted: dict[K, dict[str, float]] = {}
        self._keys: dict[str, K] = {}

    def created(self, key: K, uid: str, known: bool) -> None:
        """`known`: the informer has the object already."""
        if not known:
            self._note(self._created, key, uid)

    def deleted(self, key: K, uid: str) -> None:
        self._note(self._deleted, key, uid)

    def _note(self, table: dict[K, dict[str, float]], key: K, uid: str) -> None:
        table.setdefault(key, {})[uid] = self._monotonic()
        self._keys[uid] = key

    def observe(self, change: Change, obj: Object, previous: Object | None) -> None:
        """A Listener of the informer of the dependents."""
        uid = uid_of(obj)
        key = self._keys.get(uid)
        if key is None:
            return
        self._forget(self._created, key, uid)
        if change == "deleted" or (obj.get("metadata") or {}).get("deletionTimestamp"):
            self._forget(self._deleted, key, uid)
        if uid not in self._created.get(key, {}) and uid not in self._deleted.get(key, {}):
            self._keys.pop(uid, None)

    def _forget(self, table: dict[K, dict[str, float]], key: K, uid: str) -> None:
        waiting = table.get(key)
        if waiting is not None and waiting.pop(uid, None) is not None and not waiting:
            del table[key]

    def met(self, key: K) -> bool:
        """True when the informer has caught up with everything done for this key."""
        now = self._monotonic()
        for table in (self._created, self._deleted):
            for uid, since in list(table.get(key, {}).items()):
                if now - since > _FORGOTTEN_SECONDS:
                    self._forget(table, key, uid)
                    self._keys.pop(uid, None)
        return key not in self._created and key not in self._deleted

    def drop(self, key: K) -> None:
        """The key's object is gone."""
        for table in (self._created, self._deleted):
            for uid in table.pop(key, {}):
                self._keys.pop(uid, None)
