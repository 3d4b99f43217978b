"""Garbage is found, old and new."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from stackwright.app.garbage import settle


class Ring:
    """Holds itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_new_rings_go_and_what_lives_is_put_aside() -> None:
    gone, kept = weakref.ref(Ring()), Ring()
    settle()
    assert gone() is None
    assert gc.get_freeze_count() > 0
    assert not any(each is kept for each in gc.get_objects())


def test_rings_that_lived_long_go_when_all_is_looked_through() -> None:
    ring = Ring()
    told = weakref.ref(ring)
    settle()
    del ring
    settle()
    assert told() is not None
    settle(whole=True)
    assert told() is None
