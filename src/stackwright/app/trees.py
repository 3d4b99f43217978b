"""What an Application consists of, asked of the API from outside the engine: its resources, and what those own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, Resource, namespace_of, owners_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.kube import KubeClient
from stackwright.gitops.actions.requests import Selection, selected_objects

MAX_DEPTH = 8
Children = Mapping[str, Sequence[Object]]
"""By the owner's uid."""


@dataclass(frozen=True, slots=True)
class Node:
    """An object, and what it owns."""

    obj: Object
    children: Sequence["Node"]


async def tree_of(client: KubeClient, app: Object) -> list[Node]:
    """Raises ActionRefused for an Application of another cluster."""
    roots = await selected_objects(client, app, Selection())
    children = await _owned(client, {namespace_of(obj) for obj in roots if namespace_of(obj)})
    return [node_of(obj, children) for obj in roots]


def node_of(obj: Object, children: Children, depth: int = MAX_DEPTH) -> Node:
    """Pure."""
    below = children.get(uid_of(obj), ()) if depth else ()
    return Node(obj, [node_of(child, children, depth - 1) for child in below])


async def _owned(client: KubeClient, namespaces: set[str]) -> Children:
    found: dict[str, list[Object]] = defaultdict(list)
    for resource in (await client.discover()).all_preferred() if namespaces else ():
        if resource.namespaced and "list" in resource.verbs and resource.kind != "Event":
            for namespace in sorted(namespaces):
                for obj in await _listed(client, resource, namespace):
                    for owner in owners_of(obj):
                        found[str(owner.get("uid"))].append(obj)
    return found


async def _listed(client: KubeClient, resource: Resource, namespace: str) -> Sequence[Any]:
    """What may not be read, or went away since discovery, has no part in the tree."""
    try:
        return await client.list(resource, namespace)
    except StatusError as error:
        if error.http_status in (403, 404, 405):
            return ()
        raise


def flattened(nodes: Sequence[Node]) -> list[Object]:
    return [obj for node in nodes for obj in (node.obj, *flattened(node.children))]
