"""What a target is."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """`tries` reads the bytes as the product would. Shape: `allowed` are the errors that may come of them; `words` help to find
    the grammar's branches; `seeds` are inputs to begin with."""

    tries: Callable[[bytes], object]
    allowed: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]
    words: tuple[str, ...] = ()
