"""One object in two versions: what it is in each, and who owns which of its fields."""

from typing import Any

AUTOSCALERS = "/apis/autoscaling/{}/namespaces/default/horizontalpodautoscalers"
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
OLD = {"metadata": {"name": "web"}, "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3, "targetCPUUtilizationPercentage": 70}}
MEMORY = {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "100Mi"}}}
NEW = {"metadata": {"name": "web"}, "spec": {"scaleTargetRef": TARGET, "maxReplicas": 5, "metrics": [MEMORY]}}


async def test_fields_gone_in_the_version_of_their_owner_are_owned_no_more(rig: Any) -> None:
    await rig.send("POST", AUTOSCALERS.format("v1"), OLD, user_agent="one")
    await rig.send("PUT", AUTOSCALERS.format("v2") + "/web", NEW, user_agent="two")
    live = await rig.json("GET", AUTOSCALERS.format("v1") + "/web")
    owned = {entry["manager"]: set(entry["fieldsV1"]["f:spec"]) for entry in live["metadata"]["managedFields"]}
    assert owned == {"one": {"f:minReplicas", "f:scaleTargetRef"}, "two": {"f:maxReplicas", "f:metrics"}}
    assert "targetCPUUtilizationPercentage" not in live["spec"]


async def test_fields_that_only_another_version_has_stay_with_their_owner(rig: Any) -> None:
    await rig.send("POST", AUTOSCALERS.format("v1"), OLD, user_agent="one")
    patch = {"spec": {"maxReplicas": 4}}
    await rig.send("PATCH", AUTOSCALERS.format("v2") + "/web", patch, user_agent="two", content_type="application/merge-patch+json")
    live = await rig.json("GET", AUTOSCALERS.format("v2") + "/web")
    owned = {entry["manager"]: set(entry["fieldsV1"]["f:spec"]) for entry in live["metadata"]["managedFields"]}
    assert owned == {"one": {"f:minReplicas", "f:scaleTargetRef", "f:targetCPUUtilizationPercentage"}, "two": {"f:maxReplicas"}}
    assert live["spec"]["metrics"][0]["resource"]["name"] == "cpu"
