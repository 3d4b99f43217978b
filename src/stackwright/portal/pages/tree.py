"""What an Application consists of, drawn as a graph and told as a list."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from stackwright.portal import graph, html

MAX_DEPTH = 8
MAX_DRAWN = 1500
_NAME_CHARS, _KIND_CHARS = 26, 24
_ABBREVIATIONS = {
    "Application": "app", "ApplicationSet": "set", "AppProject": "prj", "ConfigMap": "cm", "CronJob": "cj",
    "CustomResourceDefinition": "crd",
    "DaemonSet": "ds", "Deployment": "dep", "EndpointSlice": "eps", "Endpoints": "ep", "Ingress": "ing", "Job": "job", "Namespace": "ns",
    "NetworkPolicy": "net", "PersistentVolumeClaim": "pvc", "Pod": "pod", "ReplicaSet": "rs", "Role": "role", "RoleBinding": "rb",
    "ClusterRole": "cr", "ClusterRoleBinding": "crb", "Secret": "sec", "Service": "svc", "ServiceAccount": "sa", "StatefulSet": "sts",
    "ExternalSecret": "es", "HorizontalPodAutoscaler": "hpa", "Rollout": "ro",
}  # fmt: skip


def resource_link(node: Mapping[str, Any], base: str) -> str:
    place = "/".join(quote(str(node[key]) or "-", safe="") for key in ("group", "version", "kind", "namespace", "name"))
    return f"{base}/resource/{place}"


def tools(choice: graph.Choice, view: str, nodes: Sequence[Mapping[str, Any]]) -> str:
    """How the tree is looked at: all of it is kept in the URL."""
    options = "".join(
        f'<option value="{escape(kind)}"{" selected" if kind == choice.kind else ""}>{escape(kind)} ({count})</option>'
        for kind, count in graph.kinds_of(nodes)
    )
    views = "".join(f"<option{' selected' if word == view else ''}>{word}</option>" for word in ("graph", "list"))
    trouble = html.checkbox("trouble", "Only what is not well", checked=choice.trouble).replace(
        'type="checkbox"', 'type="checkbox" data-auto'
    )
    zoom = (
        '<button type="button" class="plain" data-zoom="smaller" aria-label="Smaller">−</button>'
        '<button type="button" class="plain" data-zoom="larger" aria-label="Larger">+</button>'
        '<button type="button" class="plain" data-zoom="fit">Fit</button>'
    )
    return (
        f'<form class="bar" method="get" role="search"><label for="search">Search the tree<br><input id="search" name="search" '
        f'type="search" '
        f'value="{escape(choice.search)}"></label><label for="kind">Kind<br><select id="kind" name="kind" data-auto><option '
        f'value="">Any</option>'
        f'{options}</select></label><label for="view">As<br><select id="view" name="view" data-auto>{views}</select></label>'
        f'{trouble}<button class="plain">Show</button>{zoom if view == "graph" else ""}</form>'
    )


def drawn(root: graph.Node, base: str, choice: graph.Choice) -> str:
    """The graph. Only links and shapes: nothing of it needs a script."""
    found = graph.layout(root)
    if len(found.places) > MAX_DRAWN:
        told = f"{len(found.places)} objects are too many to be drawn one by one:"
        return html.hollow(f'{told} search, choose a kind, or <a href="?view=list">read them as a list</a>.')
    places = {each.node.id: each for each in found.places}
    edges = "".join(_edge(places[parent], places[child]) for parent, child in found.edges)
    boxes = "".join(_box(each, base, choice) for each in found.places)
    size = f'viewBox="0 0 {found.width} {found.height}" width="{found.width}" height="{found.height}"'
    return (
        f'<div class="canvas" tabindex="0" role="region" aria-label="Tree of {escape(root.name)}; arrow keys go from node to node">'
        f'<svg {size} role="group" aria-label="Resource tree">{edges}{boxes}</svg></div>'
    )


def _edge(parent: graph.Placed, child: graph.Placed) -> str:
    x1, y1, x2, y2 = parent.x + graph.WIDTH, parent.y + graph.HEIGHT // 2, child.x, child.y + graph.HEIGHT // 2
    middle = (x1 + x2) // 2
    return f'<path class="edge" data-key="e{escape(child.node.id)}" d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"/>'


def _box(placed: graph.Placed, base: str, choice: graph.Choice) -> str:
    node, x, y = placed.node, placed.x, placed.y
    told = " ".join(word for word in (node.kind, node.name, node.health, node.sync) if word)
    state = " · ".join(word for word in (node.health, node.sync if node.sync != "Synced" else "") if word)
    message = str(((node.raw or {}).get("health") or {}).get("message") or "")
    classes = f"{node.health or 'none'}{' group' if node.count > 1 else ''}"
    short = _ABBREVIATIONS.get(node.kind, node.kind[:3].lower())
    return (
        f'<a id="n{escape(node.id)}" href="{escape(_target(node, base, choice))}" class="{classes}" data-column="{placed.column}" '
        f'data-parent="n{escape(placed.parent)}"><title>{escape(f"{told}. {message}" if message else told)}</title>'
        f'<rect class="box" x="{x}" y="{y}" width="{graph.WIDTH}" height="{graph.HEIGHT}" rx="6"/>'
        f'<rect class="side-mark" x="{x}" y="{y + 6}" width="4" height="{graph.HEIGHT - 12}" rx="2"/>'
        f'<rect class="kind-box" x="{x + 10}" y="{y + 8}" width="30" height="26" rx="4"/>'
        f'<text class="abbreviation" aria-hidden="true" x="{x + 25}" y="{y + 25}" text-anchor="middle">{escape(short)}</text>'
        f'<text x="{x + 48}" y="{y + 18}">{escape(_cut(node.name, _NAME_CHARS))}</text>'
        f'<text class="kind" x="{x + 48}" y="{y + 33}">{escape(_cut(node.kind, _KIND_CHARS - len(state)))}</text>'
        f'<text class="state kind {node.sync if node.sync == "OutOfSync" and node.health in ("", "Healthy") else node.health}" '
        f'x="{x + graph.WIDTH - 8}" y="{y + 33}" text-anchor="end">{escape(state)}</text></a>'
    )


def _target(node: graph.Node, base: str, choice: graph.Choice) -> str:
    if node.raw is not None:
        return resource_link(node.raw, base) if node.raw.get("uid") else f"{base}/diff"
    if node.count > 1:
        fields = {"search": choice.search, "kind": choice.kind, "trouble": "true" if choice.trouble else ""}
        kept = [(key, value) for key, value in fields.items() if value]
        return "?" + urlencode([*kept, *(("expand", kind) for kind in sorted(choice.expanded | {node.kind}))])
    return f"{base}/manifests"


def _cut(text: str, chars: int) -> str:
    return text if len(text) <= chars else f"{text[: max(1, chars - 1)]}…"


def listed(root: graph.Node, base: str) -> str:
    """The same as a nested list."""
    return _branch(root.children, base, 0) or html.hollow("Nothing in the tree matches.")


def _branch(nodes: Sequence[graph.Node], base: str, depth: int) -> str:
    if not nodes or depth > MAX_DEPTH:
        return ""
    return f'<ul class="tree">{"".join(f"<li>{_item(node, base)}{_branch(node.children, base, depth + 1)}</li>" for node in nodes)}</ul>'


def _item(node: graph.Node, base: str) -> str:
    raw = node.raw or {}
    name = f'<a href="{escape(resource_link(raw, base))}">{escape(node.name)}</a>' if raw.get("uid") else escape(node.name)
    words = "".join(f" {html.word(word)}" for word in (node.health, node.sync if node.sync != "Synced" else "") if word)
    return f'<span class="kind">{escape(node.kind)}</span> <strong>{name}</strong>{words}{logs_link(raw, base)}'


def logs_link(node: Mapping[str, Any], base: str) -> str:
    if node.get("kind") != "Pod":
        return ""
    return f' <a href="{escape(base)}/logs/{quote(str(node["namespace"]))}/{quote(str(node["name"]))}">logs</a>'
