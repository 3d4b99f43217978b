"""A table of routes: HTTP method and path pattern to handler."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

H = TypeVar("H")


class Routes(Generic[H]):
    """Routes are tried in the order they were added. Shape: `{name}` matches one segment, `{name...}` the rest of the path."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, str, re.Pattern[str], H]] = []

    def add(self, method: str, path: str) -> Callable[[H], H]:
        """A decorator that registers a handler."""
        with_rest = re.sub(r"\{(\w+)\.\.\.\}", r"(?P<\1>.*)", path)
        with_names = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", with_rest)
        pattern = re.compile(f"^{with_names}/?$")

        def register(handler: H) -> H:
            self._routes.append((method, path, pattern, handler))
            return handler

        return register

    def all(self) -> Sequence[tuple[str, str, H]]:
        """Method, path as it was added, and handler."""
        return [(method, path, handler) for method, path, _, handler in self._routes]

    def find(self, method: str, path: str) -> tuple[H, Mapping[str, str]] | None:
        """The handler, and what the pattern's names stand for."""
        for route_method, _, pattern, handler in self._routes:
            found = pattern.match(path) if route_method == method else None
            if found is not None:
                return handler, found.groupdict()
        return None
