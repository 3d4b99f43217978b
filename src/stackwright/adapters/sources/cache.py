"""Results by content: what was rendered from the same files with the same options is not rendered again."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")

MAX_VARIANTS = 4


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Value]):
    """Shape: `read` maps the paths that the result depends on to the names of their contents then."""

    read: Mapping[str, str]
    value: Value


class ContentCache(Generic[Value]):
    """Keeps results with what they were made from. An unrelated change of the repository leaves them valid."""

    def __init__(self, max_keys: int = 2000) -> None:
        self._max_keys = max_keys
        self._kept: OrderedDict[str, list[_Kept[Value]]] = OrderedDict()

    def find(self, key: str, content_of: Callable[[str], str]) -> Value | None:
        """`content_of` tells the name of the content that lies at a path now."""
        for kept in self._kept.get(key, ()):
            if all(content_of(path) == content for path, content in kept.read.items()):
                self._kept.move_to_end(key)
                return kept.value
        return None

    def keep(self, key: str, read: Iterable[str], content_of: Callable[[str], str], value: Value) -> None:
        kept = _Kept({path: content_of(path) for path in read}, value)
        self._kept[key] = [kept, *self._kept.get(key, [])][:MAX_VARIANTS]
        self._kept.move_to_end(key)
        while len(self._kept) > self._max_keys:
            self._kept.popitem(last=False)
