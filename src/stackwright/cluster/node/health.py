"""Which of our own services are up: what makes the pods that they stand in for Ready."""

from collections.abc import Callable, Iterable


class ServiceHealth:
    """Shape: services are down until whoever runs them says otherwise, but for those that are up from the start."""

    def __init__(self, up: Iterable[str] = ()) -> None:
        self._up = set(up)
        self._listeners: list[Callable[[], None]] = []

    def is_up(self, service: str) -> bool:
        return service in self._up

    def tell(self, service: str, up: bool) -> None:
        """Listeners hear of changes only."""
        if up == (service in self._up):
            return
        (self._up.add if up else self._up.discard)(service)
        for listener in self._listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)
