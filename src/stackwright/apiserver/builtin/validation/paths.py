"""Paths and modes of files in volumes.

Source: k8s.io/kubernetes pkg/apis/core/validation (validateLocalDescendingPath, ValidateLocalNonReservedPath, validateKeyToPath).
"""

from typing import Any

from stackwright.apiserver.builtin.validation.rules import Problems, indexed, invalid, required

_MODE_RULE = "must be a number between 0 and 0777 (octal), both inclusive"


def no_way_up(path: str, value: str) -> Problems:
    if ".." in value.split("/"):
        yield invalid(path, value, "must not contain '..'")


def descending(path: str, value: str) -> Problems:
    """A path that stays below where it starts."""
    if value.startswith("/"):
        yield invalid(path, value, "must be a relative path")
    yield from no_way_up(path, value)


def local_path(path: str, value: str) -> Problems:
    """A path that does not begin with two dots either."""
    yield from descending(path, value)
    if value.startswith("..") and not value.startswith("../"):
        yield invalid(path, value, "must not start with '..'")


def mode(path: str, value: Any) -> Problems:
    if isinstance(value, int) and not 0 <= value <= 0o777:
        yield invalid(path, value, _MODE_RULE)


def keys_to_paths(path: str, value: Any) -> Problems:
    """The `items` of a source of keys."""
    for place, item in indexed(path, value, "items"):
        if not item.get("key"):
            yield required(f"{place}.key")
        if not item.get("path"):
            yield required(f"{place}.path")
        yield from local_path(f"{place}.path", item.get("path") or "")
        yield from mode(f"{place}.mode", item.get("mode"))
