"""JSON values out of bytes: every input is a value, and near inputs are near values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_SCALARS: tuple[Any, ...] = (None, True, False, 0, 1, -1, 80, 2**53, 1.5, "", "a", "b", "merge", "replace", "delete", "-", "x/y~z")


@dataclass(slots=True)
class Shapes:
    """Reads on from its bytes; zeros follow when they are used up."""

    data: bytes
    keys: Sequence[str]
    _position: int = 0

    def number(self, below: int) -> int:
        byte = self.data[self._position] if self._position < len(self.data) else 0
        self._position += 1
        return byte % below

    def one_of(self, choices: Sequence[Any]) -> Any:
        return choices[self.number(len(choices))]

    def value(self, depth: int = 0) -> Any:
        kind = self.number(4 if depth < 8 else 1)
        if kind == 1:
            return [self.value(depth + 1) for _ in range(self.number(4))]
        return self.map(depth) if kind else self.one_of(_SCALARS)

    def map(self, depth: int = 0) -> dict[str, Any]:
        return {self.one_of(self.keys): self.value(depth + 1) for _ in range(self.number(6))}
