"""How defaults are written down: small functions from an object to the object filled in. None changes its argument; odd input stays odd."""

from collections.abc import Callable, Mapping
from typing import Any

Fill = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Gives an object with what is absent filled in."""


def absent(given: Mapping[str, Any], key: str) -> bool:
    """Whether a field has no value: not there, null or an empty text."""
    return given.get(key) in (None, "")


def filled(given: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """With each of `values` where the field is absent."""
    return {**given, **{key: value for key, value in values.items() if absent(given, key)}}


def within(given: Mapping[str, Any], key: str, fill: Fill) -> Mapping[str, Any]:
    """With the object at `key`, if there is one, filled."""
    child = given.get(key)
    return {**given, key: fill(child)} if isinstance(child, Mapping) else given


def inside(given: Mapping[str, Any], key: str, fill: Fill) -> Mapping[str, Any]:
    """With the object at `key` filled, and made when it is absent."""
    return within({**given, key: {}} if given.get(key) is None else given, key, fill)


def each(given: Mapping[str, Any], key: str, fill: Fill) -> Mapping[str, Any]:
    """With every object of the list at `key` filled."""
    items = given.get(key)
    if not isinstance(items, list):
        return given
    return {**given, key: [fill(item) if isinstance(item, Mapping) else item for item in items]}


def all_of(*fills: Fill) -> Fill:
    """One after the other."""

    def run(given: Mapping[str, Any]) -> Mapping[str, Any]:
        for fill in fills:
            given = fill(given)
        return given

    return run


def constants(**values: Any) -> Fill:
    """Fills absent fields with fixed values."""
    return lambda given: filled(given, values)


def at(key: str, fill: Fill) -> Fill:
    """Fills the object at `key`, if there is one."""
    return lambda given: within(given, key, fill)


def made(key: str, fill: Fill) -> Fill:
    """Fills the object at `key`, which is made when absent."""
    return lambda given: inside(given, key, fill)


def every(key: str, fill: Fill) -> Fill:
    """Fills every object of the list at `key`."""
    return lambda given: each(given, key, fill)
