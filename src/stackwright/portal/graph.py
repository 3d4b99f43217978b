"""Where the nodes of a resource tree are drawn: columns from the Application to its pods, parents beside the middle of their children.

Pure: nodes in Argo CD's shape go in, places come out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

WIDTH, HEIGHT = 236, 42
GAP_X, GAP_Y = 52, 10
MARGIN = 12
MAX_DEPTH = 8
MANY = 6
"""As many leaves of one kind and state beside each other are drawn one by one; more are drawn as one."""

Raw = Mapping[str, Any]
_ROOT = "application"
_WELL = ("", "Healthy", "Suspended")


@dataclass(frozen=True, slots=True)
class Node:
    """Something to draw. Shape: `count` of objects that a group stands for, 1 for a single one, which then is `raw`."""

    id: str
    kind: str
    name: str
    health: str = ""
    sync: str = ""
    count: int = 1
    raw: Raw | None = None
    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """Units: pixels from the upper left corner."""

    node: Node
    column: int
    x: int
    y: int
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """Shape: `places` from above to below in each branch, the root first; `edges` as pairs of ids."""

    places: tuple[Placed, ...]
    edges: tuple[tuple[str, str], ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a tree is looked at. Shape: `expanded` are kinds whose groups are drawn one by one; empty words let everything through."""

    search: str = ""
    kind: str = ""
    trouble: bool = False
    expanded: frozenset[str] = field(default_factory=frozenset)


States = Mapping[tuple[str, ...], str]
"""Shape: the sync state by group, kind, namespace and name."""


def tree_of(name: str, health: str, sync: str, nodes: Sequence[Raw], states: States, choice: Choice) -> Node:
    """The Application with all below it."""
    below: dict[str, list[Raw]] = {}
    for raw in nodes:
        parents = raw.get("parentRefs") or ()
        below.setdefault(str(parents[0]["uid"]) if parents else "", []).append(raw)
    children = _children("", below, states, choice, 0)
    return Node(_ROOT, "Application", name, health, sync, children=children)


def _children(uid: str, below: Mapping[str, Sequence[Raw]], states: States, choice: Choice, depth: int) -> tuple[Node, ...]:
    if depth >= MAX_DEPTH:
        return ()
    made = []
    for number, raw in enumerate(below.get(uid, ())):
        own = str(raw.get("uid") or "")
        children = _children(own, below, states, choice, depth + 1) if own else ()
        made.append(_node(raw, f"{uid}-{number}", states, children))
    return _grouped([node for node in made if _is_shown(node, choice)], choice.expanded)


def _node(raw: Raw, place: str, states: States, children: tuple[Node, ...]) -> Node:
    key = tuple(str(raw.get(part) or "") for part in ("group", "kind", "namespace", "name"))
    health = str((raw.get("health") or {}).get("status") or "")
    return Node(str(raw.get("uid") or f"missing{place}"), key[1], key[3], health, states.get(key, ""), raw=raw, children=children)


def _is_shown(node: Node, choice: Choice) -> bool:
    """What is below counts: a Deployment stays while one of its pods is looked for."""
    if any(_is_shown(child, choice) for child in node.children):
        return True
    if choice.trouble and node.health in _WELL and node.sync in ("", "Synced"):
        return False
    if choice.kind and node.kind != choice.kind:
        return False
    return choice.search.lower() in f"{node.kind}/{node.name}".lower()


def _grouped(nodes: Sequence[Node], expanded: frozenset[str]) -> tuple[Node, ...]:
    """Leaves of one kind and one state that are many become one; the order of kinds stays as it was."""
    counts: dict[tuple[str, str, str], list[Node]] = {}
    for node in nodes:
        if not node.children and node.kind not in expanded:
            counts.setdefault((node.kind, node.health, node.sync), []).append(node)
    many = {key: group for key, group in counts.items() if len(group) > MANY}
    found: list[Node] = []
    for node in nodes:
        key = (node.kind, node.health, node.sync)
        if node.children or key not in many:
            found.append(node)
        elif many[key][0] is node:
            found.append(Node(f"{node.id}-and-more", node.kind, f"{len(many[key])} of them", *key[1:], count=len(many[key])))
    return tuple(found)


def layout(root: Node) -> Layout:
    """Every leaf has a row of its own; whoever has children stands in their middle."""
    places: list[Placed] = []
    edges: list[tuple[str, str]] = []
    _place(root, "", 0, MARGIN, places, edges)
    width = max(each.x for each in places) + WIDTH + MARGIN
    height = max(each.y for each in places) + HEIGHT + MARGIN
    return Layout(tuple(sorted(places, key=lambda each: (each.column, each.y))), tuple(edges), width, height)


def _place(node: Node, parent: str, column: int, top: int, places: list[Placed], edges: list[tuple[str, str]]) -> tuple[int, int]:
    """Where the node came to stand, and where the next one may begin; adds to `places` and `edges`, which are this module's own."""
    below, heights = top, []
    for child in node.children:
        middle, below = _place(child, node.id, column + 1, below, places, edges)
        heights.append(middle)
        edges.append((node.id, child.id))
    y = (heights[0] + heights[-1]) // 2 if heights else top
    places.append(Placed(node, column, MARGIN + column * (WIDTH + GAP_X), y, parent))
    return y, max(below, y + HEIGHT + GAP_Y)


def kinds_of(nodes: Sequence[Raw]) -> list[tuple[str, int]]:
    """Which kinds there are, and how many of each."""
    names = sorted(str(node.get("kind") or "") for node in nodes)
    return [(name, len(list(group))) for name, group in groupby(names)]
