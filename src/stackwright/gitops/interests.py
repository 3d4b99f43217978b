"""Who wants to know of which living object: Applications by what they want, and by where they look for what nobody owns."""

from stackwright.api.meta import Object, ObjectKey, key_of, namespace_of, owners_of

Key = tuple[str, str]


class Interests:
    """Shape: a place is a server and a namespace."""

    def __init__(self) -> None:
        self._by_target: dict[tuple[str, ObjectKey], set[Key]] = {}
        self._targets: dict[Key, tuple[str, frozenset[ObjectKey]]] = {}
        self._orphan_watchers: dict[tuple[str, str], set[Key]] = {}

    def is_target(self, server: str, key: ObjectKey) -> bool:
        return (server, key) in self._by_target

    def wanting(self, server: str, obj: Object) -> set[Key]:
        """Who wants the object: it is noticed also when it does not say whose it is."""
        return set(self._by_target.get((server, key_of(obj)), ()))

    def looking(self, server: str, obj: Object) -> set[Key]:
        """Who looks for orphans where the object is, if it may be one."""
        return set() if owners_of(obj) else self._orphan_watchers.get((server, namespace_of(obj)), set())

    def orphan_watchers(self) -> list[Key]:
        return sorted({key for keys in self._orphan_watchers.values() for key in keys})

    def note_targets(self, key: Key, server: str, targets: frozenset[ObjectKey]) -> None:
        if self._targets.get(key) == (server, targets):
            return
        old_server, old = self._targets.pop(key, ("", frozenset()))
        for target in old:
            holders = self._by_target.get((old_server, target), set())
            holders.discard(key)
            if not holders:
                self._by_target.pop((old_server, target), None)
        if targets:
            self._targets[key] = (server, targets)
            for target in targets:
                self._by_target.setdefault((server, target), set()).add(key)

    def note_orphans(self, key: Key, place: tuple[str, str] | None) -> None:
        """None for who does not want to know."""
        if place is not None and key in self._orphan_watchers.get(place, ()):
            return
        for known in [known for known, keys in self._orphan_watchers.items() if key in keys]:
            self._orphan_watchers[known].discard(key)
            if not self._orphan_watchers[known]:
                del self._orphan_watchers[known]
        if place is not None:
            self._orphan_watchers.setdefault(place, set()).add(key)

    def forget(self, key: Key) -> None:
        self.note_targets(key, "", frozenset())
        self.note_orphans(key, None)
