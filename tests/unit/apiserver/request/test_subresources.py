"""What is below objects: scale, binding, eviction, logs, connections; and how things are deleted."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from request_rig import CONFIG_MAPS, PODS, Rig, config_map

from stackwright.api.meta import Object
from stackwright.apiserver.ports import LogOptions

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "main", "image": "x"}]}}
DEPLOYMENT = {"metadata": {"name": "d"}, "spec": {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}}
POD = {"metadata": {"name": "p", "labels": {"a": "b"}}, "spec": {"containers": [{"name": "main", "image": "x"}]}}
MERGE = "application/merge-patch+json"


async def test_a_scale_is_read_patched_and_owned_by_itself(rig: Any) -> None:
    await rig.send("POST", DEPLOYMENTS, DEPLOYMENT)
    scale = await rig.json("GET", f"{DEPLOYMENTS}/d/scale")
    assert (scale["kind"], scale["spec"], scale["status"]) == ("Scale", {"replicas": 2}, {"replicas": 0, "selector": "a=b"})
    await rig.send("PATCH", f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": 5}}, content_type=MERGE)
    live = await rig.json("GET", f"{DEPLOYMENTS}/d")
    assert live["spec"]["replicas"] == 5
    assert {entry.get("subresource") for entry in live["metadata"]["managedFields"]} == {None, "scale"}
    refused = await rig.json("PATCH", f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": -1}}, content_type=MERGE)
    assert refused["details"]["causes"][0]["field"] == "spec.replicas"


async def test_an_applied_scale_conflicts_with_who_owns_the_replicas(rig: Any) -> None:
    await rig.send("POST", DEPLOYMENTS, DEPLOYMENT)
    scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "d"}, "spec": {"replicas": 7}}
    path = f"{DEPLOYMENTS}/d/scale?fieldManager=scaler"
    refused = await rig.json("PATCH", path, scale, content_type="application/apply-patch+yaml")
    assert (refused["code"], refused["details"]["causes"][0]["field"]) == (409, ".spec.replicas")
    taken = await rig.json("PATCH", f"{path}&force=true", scale, content_type="application/apply-patch+yaml")
    assert taken["spec"] == {"replicas": 7}
    live = await rig.json("GET", f"{DEPLOYMENTS}/d")
    owners = {entry["manager"]: entry for entry in live["metadata"]["managedFields"]}
    assert "f:replicas" not in owners["unknown"]["fieldsV1"]["f:spec"]
    entry = {"operation": "Apply", "apiVersion": "apps/v1", "subresource": "scale", "fieldsType": "FieldsV1"}
    assert owners["scaler"] == entry | {"manager": "scaler", "fieldsV1": {"f:spec": {"f:replicas": {}}}}


async def test_custom_kinds_say_where_their_scale_is(rig: Any) -> None:
    widgets = "/apis/example.com/v1/namespaces/default/widgets"
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 3}}
    await rig.send("POST", widgets, widget)
    assert (await rig.json("GET", f"{widgets}/w/scale"))["spec"] == {"replicas": 3}


async def test_a_pod_is_bound_once(rig: Any) -> None:
    await rig.send("POST", PODS, POD)
    binding = {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n"}}
    assert (await rig.send("POST", f"{PODS}/p/binding", binding)).status == 201
    bound = await rig.json("GET", f"{PODS}/p")
    assert bound["spec"]["nodeName"] == "n" and bound["status"]["conditions"][0]["type"] == "PodScheduled"
    again = await rig.json("POST", f"{PODS}/p/binding", binding)
    assert again["code"] == 409 and 'already assigned to node "n"' in again["message"]


async def test_a_pod_that_has_its_node_is_nominated_for_none(rig: Any) -> None:
    meta = {**POD["metadata"], "namespace": "default", "uid": "u"}
    status = {"phase": "Pending", "nominatedNodeName": "m"}
    await rig.store.create("pods", {"apiVersion": "v1", "kind": "Pod", **POD, "metadata": meta, "status": status})
    assert (await rig.send("POST", f"{PODS}/p/binding", {"target": {"name": "n"}})).status == 201
    assert "nominatedNodeName" not in (await rig.json("GET", f"{PODS}/p"))["status"]


def budget(allowed: int) -> dict[str, Any]:
    meta = {"name": "b", "namespace": "default"}
    status = {"disruptionsAllowed": allowed, "observedGeneration": 1, "desiredHealthy": 1, "currentHealthy": 1}
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": spec, "status": status}


async def running_pod(rig: Any) -> None:
    ready = [{"type": "Ready", "status": "True"}]
    pod = {"apiVersion": "v1", "kind": "Pod", **POD, "status": {"phase": "Running", "conditions": ready}}
    await rig.store.create("pods", pod | {"metadata": {**POD["metadata"], "namespace": "default", "uid": "u"}})


@pytest.mark.parametrize(("allowed", "status", "left"), [(1, 201, 0), (0, 429, 0)])
async def test_an_eviction_spends_what_the_budget_has(rig: Any, allowed: int, status: int, left: int) -> None:
    await running_pod(rig)
    await rig.store.create("poddisruptionbudgets.policy", budget(allowed))
    assert (await rig.send("POST", f"{PODS}/p/eviction", {"metadata": {"name": "p"}})).status == status
    live = rig.store.get("poddisruptionbudgets.policy", "default", "b")
    assert live["status"]["disruptionsAllowed"] == left
    assert (rig.store.get("pods", "default", "p") is None) == (status == 201)


async def test_a_pod_without_a_budget_is_evicted(rig: Any) -> None:
    await running_pod(rig)
    assert (await rig.send("POST", f"{PODS}/p/eviction", {})).status == 201


class Lines:
    async def read(self, pod: Object, options: LogOptions) -> AsyncIterator[bytes]:
        yield f"{options.container} {options.tail_lines}\n".encode()


async def test_a_log_is_of_one_container_and_none_before_there_is_a_node() -> None:
    rig = Rig(logs=Lines())
    await rig.send("POST", PODS, POD)
    assert (await rig.send("GET", f"{PODS}/p/log")).status == 204
    await rig.send("POST", f"{PODS}/p/binding", {"target": {"name": "n"}})
    assert (await rig.send("GET", f"{PODS}/p/log?tailLines=3")).body == b"main 3\n"
    assert (await rig.json("GET", f"{PODS}/p/log?container=x"))["message"] == "container x is not valid for pod p"
    assert (await rig.json("GET", f"{PODS}/p/log?tailLines=-1"))["code"] == 422


async def test_nothing_can_be_run_in_what_is_simulated(rig: Any) -> None:
    await rig.send("POST", PODS, POD)
    told = await rig.json("POST", f"{PODS}/p/exec?command=ls")
    assert told["message"] == 'pod "p" is simulated: nothing runs behind it, so no command can be executed in it'


@pytest.mark.parametrize(
    ("query", "body", "code", "text"),
    [
        ("", {"propagationPolicy": "Odd"}, 422, 'supported values: "Foreground", "Background", "Orphan", "nil"'),
        ("", {"propagationPolicy": "Orphan", "orphanDependents": True}, 422, "cannot be both set"),
        ("", {"preconditions": {"uid": "x"}}, 409, "does not match the UID in record"),
        ("?gracePeriodSeconds=abc", None, 400, 'strconv.ParseInt: parsing "abc": invalid syntax'),
        ("?dryRun=Odd", None, 422, "dryRun"),
    ],
)
async def test_a_delete_that_cannot_be_meant_deletes_nothing(rig: Any, query: str, body: Any, code: int, text: str) -> None:
    await rig.send("POST", CONFIG_MAPS, config_map("a"))
    told = await rig.json("DELETE", f"{CONFIG_MAPS}/a{query}", body)
    assert told["code"] == code and text in told["message"]
    assert (await rig.send("GET", f"{CONFIG_MAPS}/a")).status == 200


async def test_a_pod_on_a_node_is_given_time_which_may_be_shortened(rig: Any) -> None:
    await rig.send("POST", PODS, POD)
    await rig.send("POST", f"{PODS}/p/binding", {"target": {"name": "n"}})
    assert (await rig.json("DELETE", f"{PODS}/p"))["metadata"]["deletionGracePeriodSeconds"] == 30
    assert (await rig.json("DELETE", f"{PODS}/p", {"gracePeriodSeconds": 60}))["metadata"]["deletionGracePeriodSeconds"] == 30
    gone = await rig.json("DELETE", f"{PODS}/p?gracePeriodSeconds=0")
    assert gone["metadata"]["deletionGracePeriodSeconds"] == 0
    assert (await rig.send("GET", f"{PODS}/p")).status == 404


async def test_a_name_that_is_still_being_deleted_is_not_free(rig: Any) -> None:
    held = config_map("a")
    held["metadata"]["finalizers"] = ["example.com/x"]
    await rig.send("POST", CONFIG_MAPS, held)
    await rig.send("DELETE", f"{CONFIG_MAPS}/a")
    assert (await rig.json("POST", CONFIG_MAPS, config_map("a")))["message"] == ('object is being deleted: configmaps "a" already exists')
