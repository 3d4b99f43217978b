"""Answers cut down to the fields that somebody asked for. Pure.

Source: Argo CD's server/application (`fields` of a list: `items.metadata.name,items.spec`; with `-` in front, what to leave out).
"""

from collections.abc import Mapping
from typing import Any

_Tree = dict[str, Any]


def projected(value: Any, fields: str) -> Any:
    """Shape: a path goes through lists as if they were not there; no fields for everything."""
    text = fields.strip()
    if not text:
        return value
    tree: _Tree = {}
    for path in text.removeprefix("-").split(","):
        branch = tree
        for word in path.strip().split("."):
            branch = branch.setdefault(word, {})
    return _without(value, tree) if text.startswith("-") else _only(value, tree)


def _only(value: Any, tree: _Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_only(item, tree) for item in value]
    return {key: _only(item, tree[key]) for key, item in value.items() if key in tree} if isinstance(value, Mapping) else value


def _without(value: Any, tree: _Tree) -> Any:
    if isinstance(value, list):
        return [_without(item, tree) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {key: _without(item, tree[key]) if tree.get(key) else item for key, item in value.items() if tree.get(key) != {}}
