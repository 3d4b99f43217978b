"""What the targets of patches share: a Deployment, and the words that its patches are made of."""

from copy import deepcopy
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from fuzz.shapes import Shapes
from stackwright.apiserver.builtin.kinds import BuiltinKind, builtin_kinds
from stackwright.apiserver.patching import KindPatches
from stackwright.apiserver.ports import PatchType, Writer
from stackwright.kernel import json

PATCHES = KindPatches()
LIVE: dict[str, Any] = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "b", "labels": {"a": "b"}, "finalizers": ["x/y"]},
    "spec": {
        "replicas": 1, "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {
                "containers": [
                    {"name": "a", "image": "a", "ports": [{"containerPort": 80, "protocol": "TCP"}], "env": [{"name": "a", "value": "b"}]},
                    {"name": "b", "image": "b", "args": ["a", "b"]},
                ],
                "volumes": [{"name": "a", "emptyDir": {}}],
            },
        },
    },
}  # fmt: skip
KEYS = (
    "metadata", "spec", "template", "containers", "name", "image", "ports", "containerPort", "protocol", "env", "value", "volumes", "emptyDir",
    "labels", "annotations", "finalizers", "ownerReferences", "uid", "replicas", "selector", "matchLabels", "args", "a", "b", "status",
    "conditions", "type", "strategy", "rollingUpdate", "maxSurge", "tolerations", "imagePullSecrets", "kind", "apiVersion", "resources", "limits",
    "managedFields", "fieldsV1", "manager", "operation", "time", "f:spec", "f:metadata", "f:containers", 'k:{"name":"a"}', "v:1", "i:0", ".",
    "k:{", "f:labels", "$patch", "$retainKeys", "$setElementOrder/containers", "$setElementOrder/ports", "$deleteFromPrimitiveList/finalizers",
    "$deleteFromPrimitiveList/args", "$setElementOrder/finalizers",
)  # fmt: skip
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1)
def deployment() -> BuiltinKind:
    return next(kind for kind in builtin_kinds() if kind.resource.qualified == "deployments.apps")


def shapes(data: bytes) -> Shapes:
    return Shapes(data, KEYS)


def patch(type: PatchType, live: Any, patch: Any, writer: str = "a", *, force: bool = False) -> Any:
    """The patched object; asserts that neither argument was changed."""
    before = deepcopy((live, patch))
    found = PATCHES.patched(deployment(), live, type, patch, Writer(writer, "", _NOW, force))
    assert (live, patch) == before, "an argument was changed"
    json.dumps(found)
    return found


def owned(new: Any, old: Any, writer: str) -> Any:
    return PATCHES.owned(deployment(), new, old, Writer(writer, "", _NOW))


def spec_patch(shape: Shapes) -> dict[str, Any]:
    """One that goes deep more often than chance would have it."""
    spec = {"spec": {"template": {"spec": shape.map()}}} if shape.number(2) else {}
    return {**shape.map(), **spec}
