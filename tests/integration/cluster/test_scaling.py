"""Autoscalers keep their bounds, and say that nobody measures."""

from typing import Any

from stackwright.client.kinds import DEPLOYMENTS
from stackwright.cluster.scaling.reconciler import AUTOSCALERS


def autoscaler(target: str = "web") -> dict[str, Any]:
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
    spec = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}, "minReplicas": 2, "maxReplicas": 4}
    head = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web", "namespace": "default"}}
    return head | {"spec": spec | {"metrics": [cpu]}}


def deployment(replicas: int) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "example/app:1"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"}, "spec": spec}


def condition(obj: Any, type: str) -> Any:
    return next((each for each in (obj.get("status") or {}).get("conditions") or () if each["type"] == type), None)


async def test_too_few_and_too_many_replicas_are_brought_within_the_bounds(rig: Any) -> None:
    await rig.client.create(deployment(1))
    await rig.client.create(autoscaler())
    await rig.becomes(DEPLOYMENTS, "web", lambda obj: obj["spec"]["replicas"] == 2)
    await rig.client.patch(DEPLOYMENTS, "web", "default", {"spec": {"replicas": 9}})
    await rig.becomes(DEPLOYMENTS, "web", lambda obj: obj["spec"]["replicas"] == 4)


async def test_without_metrics_the_autoscaler_says_so(rig: Any) -> None:
    await rig.client.create(deployment(3))
    await rig.client.create(autoscaler())
    found = await rig.becomes(AUTOSCALERS, "web", lambda obj: condition(obj, "ScalingActive"))
    assert condition(found, "AbleToScale")["reason"] == "SucceededGetScale"
    assert condition(found, "ScalingActive")["reason"] == "FailedGetResourceMetric"
    assert (found["status"]["currentReplicas"], found["status"]["desiredReplicas"]) == (3, 0)


async def test_a_missing_target_is_told(rig: Any) -> None:
    await rig.client.create(autoscaler("nobody"))
    found = await rig.becomes(AUTOSCALERS, "web", lambda obj: condition(obj, "AbleToScale"))
    assert condition(found, "AbleToScale")["reason"] == "FailedGetScale"
    assert 'deployments.apps "nobody" not found' in condition(found, "AbleToScale")["message"]
