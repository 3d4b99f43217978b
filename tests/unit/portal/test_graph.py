"""Where the nodes of a resource tree are drawn."""

from typing import Any

from stackwright.portal import graph
from stackwright.portal.pages import tree


def node(uid: str, kind: str, name: str, parent: str = "", health: str = "Healthy") -> dict[str, Any]:
    found: dict[str, Any] = {"uid": uid, "group": "", "version": "v1", "kind": kind, "namespace": "x", "name": name}
    found |= {"health": {"status": health}} if health else {}
    return found | ({"parentRefs": [{"uid": parent}]} if parent else {})


WEB = [
    node("d", "Deployment", "web"),
    node("r", "ReplicaSet", "web-1", "d"),
    node("p", "Pod", "web-1-a", "r"),
    node("q", "Pod", "web-1-b", "r"),
]


def drawn(nodes: list[dict[str, Any]], **choice: Any) -> graph.Layout:
    return graph.layout(graph.tree_of("web", "Healthy", "Synced", nodes, {}, graph.Choice(**choice)))


def test_columns_go_from_the_application_to_its_pods() -> None:
    assert [(each.column, each.node.name) for each in drawn(WEB).places] == [
        (0, "web"),
        (1, "web"),
        (2, "web-1"),
        (3, "web-1-a"),
        (3, "web-1-b"),
    ]


def test_a_parent_stands_in_the_middle_of_its_children_and_nothing_overlaps() -> None:
    places = {each.node.id: each for each in drawn([*WEB, node("s", "Service", "web")]).places}
    assert places["r"].y == (places["p"].y + places["q"].y) // 2
    boxes = [(each.column, each.y) for each in places.values()]
    same = [(a, b) for a in boxes for b in boxes if a[0] == b[0] and a[1] < b[1]]
    assert all(b[1] - a[1] >= graph.HEIGHT + graph.GAP_Y for a, b in same)


def test_many_alike_are_drawn_as_one_until_they_are_asked_for() -> None:
    nodes = [node(f"c{number}", "ConfigMap", f"setting-{number}", health="") for number in range(50)]
    assert [(each.node.kind, each.node.count) for each in drawn(nodes).places] == [("Application", 1), ("ConfigMap", 50)]
    assert len(drawn(nodes, expanded=frozenset(["ConfigMap"])).places) == 51


def test_what_is_ill_is_not_hidden_among_those_that_are_well() -> None:
    nodes = [node(f"p{number}", "Pod", f"p-{number}") for number in range(50)] + [node("ill", "Pod", "p-ill", health="Degraded")]
    assert {(each.node.name, each.node.count) for each in drawn(nodes).places if each.node.kind == "Pod"} == {
        ("50 of them", 50),
        ("p-ill", 1),
    }
    assert [each.node.name for each in drawn(nodes, trouble=True).places] == ["web", "p-ill"]


def test_who_owns_what_is_looked_for_stays() -> None:
    assert [each.node.name for each in drawn(WEB, search="web-1-b").places] == ["web", "web", "web-1", "web-1-b"]


def test_the_drawing_needs_neither_scripts_nor_styles_and_escapes_names() -> None:
    root = graph.tree_of("web", "Healthy", "Synced", [node("d", "Deployment", "<b>")], {}, graph.Choice())
    shown = tree.drawn(root, "/argocd/applications/argocd/web", graph.Choice())
    assert ("<b>" in shown, "style=" in shown, "<script" in shown, shown.count("<a ")) == (False, False, False, 2)
