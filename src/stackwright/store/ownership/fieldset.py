"""Sets of field paths, in the very form in which managedFields writes them (fieldsV1), so that nothing is ever converted.

Shape: a node maps path elements (`f:name`, `k:{"name":"a"}`, `v:"x"`, `i:0`) to nodes. An empty node is a member without children; a node
with children is itself a member only when it has the key `.`. At the root, which is never a member, `{}` is the empty set.

Nodes are shared and never changed. Source: structured-merge-diff fieldpath.Set.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stackwright.kernel import json

Node = Mapping[str, Any]
Element = str
Path = tuple[Element, ...]

MEMBER: Node = {}
SELF = "."
NOTHING: Node = {}


def union(a: Node, b: Node) -> Node:
    """What is in either, of two roots."""
    if not a or a is b:
        return b
    return _union(a, b) if b else a


def _union(a: Node, b: Node) -> Node:
    if a is b:
        return a
    if not a or not b:
        other = a or b
        return other if not other or SELF in other else {SELF: MEMBER, **other}
    found = dict(a)
    for key, node in b.items():
        found[key] = _union(found[key], node) if key in found else node
    return found


def intersection(a: Node, b: Node) -> Node:
    """What is in both, of two roots."""
    return (_intersection(a, b) if a and b else None) or NOTHING


def _intersection(a: Node, b: Node) -> Node | None:
    found: dict[str, Any] = {}
    for key, node in a.items():
        if key != SELF and key in b and (both := _intersection(node, b[key])) is not None:
            found[key] = both
    if (not a or SELF in a) and (not b or SELF in b):
        return {SELF: MEMBER, **found} if found else MEMBER
    return found or None


def difference(a: Node, b: Node) -> Node:
    """What is in `a` and not itself in `b`, of two roots. A member of `b` takes nothing below it away."""
    return (_difference(a, b) if a and b else a) or NOTHING


def _difference(a: Node, b: Node) -> Node | None:
    found: dict[str, Any] = {}
    for key, node in a.items():
        if key == SELF:
            continue
        left = _difference(node, b[key]) if key in b else node
        if left is not None:
            found[key] = left
    if (not a or SELF in a) and b and SELF not in b:
        return {SELF: MEMBER, **found} if found else MEMBER
    return found or None


def without_trees(a: Node, b: Node) -> Node:
    """What is in `a` and neither in `b` nor below a member of `b`, of two roots."""
    found: dict[str, Any] = {}
    for key, node in a.items():
        if key not in b:
            found[key] = node
        elif b[key] and SELF not in b[key] and (left := without_trees(node, b[key])):
            found[key] = left
    return found


def has(node: Node, element: Element) -> bool:
    """Whether the child is a member."""
    child = node.get(element)
    return child is not None and (not child or SELF in child)


def paths(node: Node, prefix: Path = ()) -> Iterator[Path]:
    """The members: those of a level before those below it, each level in order."""
    elements = sorted(key for key in node if key != SELF)
    for element in elements:
        if has(node, element):
            yield (*prefix, element)
    for element in elements:
        yield from paths(node[element], (*prefix, element))


def ordered(node: Node) -> Node:
    """With the elements in the order in which a server writes them."""
    return {key: ordered(child) if child else child for key, child in sorted(node.items())}


def render(path: Path) -> str:
    """`.spec.ports[name="a"].port`."""
    return "".join(_rendered(element) for element in path)


def _rendered(element: Element) -> str:
    kind, _, rest = element.partition(":")
    match kind:
        case "f":
            return "." + rest
        case "k":
            return "[" + ",".join(f"{key}={shown(value)}" for key, value in json.loads(rest).items()) + "]"
        case "v":
            return f"[={shown(json.loads(rest))}]"
        case _:
            return f"[{rest}]"


def shown(value: Any) -> str:
    """A value as messages print it."""
    if isinstance(value, Mapping):
        return "{" + ";".join(f"{key}={shown(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(shown(item) for item in value) + "]"
    return json.dumps(value).decode()
