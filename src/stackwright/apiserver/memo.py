"""Bytes that several clients ask for at the same time, made once: pages of lists, and events that many watch."""

from collections.abc import Callable, Hashable


class Memo:
    """Forgets what was not asked for longest. Shape: a key says all that the bytes depend on, the revision first of all."""

    def __init__(self, limit_bytes: int = 16 << 20) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._kept: dict[Hashable, bytes] = {}

    def get(self, key: Hashable) -> bytes | None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._kept[key] = found
        return found

    def keep(self, key: Hashable, value: bytes) -> bytes:
        """Gives the value back. One that would push out most of the others is not kept."""
        if len(value) > self._limit // 4 or key in self._kept:
            return value
        self._kept[key] = value
        self._size += len(value)
        while self._size > self._limit:
            oldest = next(iter(self._kept))
            self._size -= len(self._kept.pop(oldest))
        return value

    def once(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        found = self.get(key)
        return self.keep(key, make()) if found is None else found
