"""Values as Argo CD's REST API has them."""

from typing import Any

from stackwright.api.meta import key_of
from stackwright.gitops.compare import AppState, ResourceState
from stackwright.gitops.health.types import Health
from stackwright.gitops.sync.plan import Pair
from stackwright.portal import shapes


def owned(api: str, kind: str, name: str, **rest: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "web", "uid": name}, **rest}


DEPLOYMENT = owned("apps/v1", "Deployment", "web")
REPLICA_SET = owned("apps/v1", "ReplicaSet", "web-1", spec={"replicas": 1}, status={"observedGeneration": 1, "availableReplicas": 0})
WAITING = {"name": "web", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
POD = owned("v1", "Pod", "web-1-x", spec={"restartPolicy": "Always"}, status={"phase": "Pending", "containerStatuses": [WAITING]})
SLICE = owned("discovery.k8s.io/v1", "EndpointSlice", "web-s")
CHILDREN = {"web": [REPLICA_SET, SLICE], "web-1": [POD]}


def test_a_tree_goes_down_to_pods_each_with_its_own_health() -> None:
    pair = Pair(key_of(DEPLOYMENT), DEPLOYMENT, DEPLOYMENT)
    managed = ResourceState(pair, "Synced", Health("Progressing", "Waiting for rollout to finish"))
    state = AppState([managed], [], "Synced", Health("Progressing", ""), [])
    nodes = {node["name"]: node for node in shapes.tree(state, lambda obj: CHILDREN.get(obj["metadata"]["name"], []))}
    assert nodes["web"]["health"] == {"status": "Progressing", "message": "Waiting for rollout to finish"}
    assert nodes["web-1-x"]["health"] == {"status": "Degraded", "message": "no such image"}
    assert [ref["name"] for ref in nodes["web-1-x"]["parentRefs"]] == ["web-1"]
    assert "health" not in nodes["web-s"]
    assert nodes["web-1"]["health"]["status"] == "Progressing"


def test_settings_say_whether_badges_are_on() -> None:
    assert shapes.settings({"statusbadge.enabled": "true"}, "")["statusBadgeEnabled"] is True
    assert shapes.settings({}, "")["statusBadgeEnabled"] is False
