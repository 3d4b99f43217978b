"""Where optional values may not stand: handing a list or map with one in it to Python ends the evaluator's whole process."""

from stackwright.kernel.cel.tree import Call, MakeList, MakeMap, Node, Tree, children

_HIDING = frozenset(("dyn", "cel.@mapInsert"))
"""Functions behind which the type of an optional is not known any more, or that put it into a map."""


def kept(tree: Tree) -> Node | None:
    """An optional that is put where the evaluator cannot bear it; None when there is none. `[?x]` and `{?'a': x}` are fine."""
    waiting: list[Node] = [tree.root] if tree.optionals else []
    while waiting:
        node = waiting.pop()
        found = next((part for part in _parts(node) if part.id in tree.optionals), None)
        if found is not None:
            return found
        waiting.extend(children(node))
    return None


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case MakeList():
            return tuple(item for index, item in enumerate(node.items) if index not in node.optional)
        case MakeMap():
            return tuple(value for index, (_, value) in enumerate(node.entries) if index not in node.optional)
        case Call() if node.function in _HIDING:
            return node.arguments
        case _:
            return ()
