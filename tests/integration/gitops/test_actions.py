"""Actions on the resources of an Application that lives."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.api.meta import GroupVersionKind, Object, name_of
from stackwright.client.kinds import CONFIG_MAPS
from stackwright.gitops.actions.discovery import run_action
from stackwright.gitops.actions.perform import perform
from stackwright.gitops.actions.requests import Selection, offered, run_selected
from stackwright.gitops.actions.types import ActionRefused

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
TEMPLATE = "{metadata: {labels: {a: b}}, spec: {containers: [{name: main, image: 'registry.invalid/none:1'}]}}"
WORKLOADS = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec: {{replicas: 0, selector: {{matchLabels: {{a: b}}}}, template: {TEMPLATE}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: nightly}}
spec:
  schedule: "0 0 1 1 *"
  jobTemplate:
    spec:
      template:
        spec: {{restartPolicy: Never, containers: [{{name: main, image: "registry.invalid/none:1"}}]}}
"""
SETTINGS = {
    "resource.customizations.actions.apps_Deployment": """
mergeBuiltinActions: true
discovery.lua: |
  return {quiet = {disabled = false}}
definitions:
- name: quiet
  action.lua: |
    obj.metadata.labels = {volume = "low"}
    return obj
"""
}


@pytest.fixture
async def app(rig: Any) -> Object:
    rig.git.push(WORKLOADS)
    await rig.application()
    rig.start()
    await rig.sync()
    found: Object = await rig.until(
        lambda app: app["status"].get("operationState", {}).get("phase") == "Succeeded" and len(app["status"]["resources"]) >= 2
    )
    return found


async def living(rig: Any, group: str, kind: str, name: str) -> Any:
    return await rig.client.get(await rig.client.resource(GroupVersionKind(group, "v1", kind)), name, "default")


async def run(rig: Any, app: Object, action: str, selection: Selection, **parameters: str) -> list[str]:
    objects = await run_selected(rig.client, app, selection, action, parameters=parameters, now=NOW, namespace="argocd")
    return [name_of(obj) for obj in objects]


async def test_actions_of_what_is_meant_are_offered(rig: Any, app: Object) -> None:
    found = await offered(rig.client, app, Selection(kind="CronJob"), "argocd")
    assert [(name_of(obj), action.name) for obj, action in found] == [("nightly", "create-job"), ("nightly", "suspend")]


async def test_an_action_changes_or_creates_what_it_says(rig: Any, app: Object) -> None:
    assert await run(rig, app, "restart", Selection(kind="Deployment")) == ["web"]
    template = (await living(rig, "apps", "Deployment", "web"))["spec"]["template"]
    assert template["metadata"]["annotations"] == {"kubectl.kubernetes.io/restartedAt": "2026-03-04T05:06:07Z"}
    assert await run(rig, app, "create-job", Selection(kind="CronJob")) == ["nightly"]
    job = await living(rig, "batch", "Job", "nightly-2603040506")
    assert job["metadata"]["ownerReferences"][0]["name"] == "nightly"


async def test_the_operators_own_actions_are_run(rig: Any, app: Object) -> None:
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": "argocd"}, "data": SETTINGS}
    await rig.client.apply(settings, resource=CONFIG_MAPS)
    names = [action.name for _, action in await offered(rig.client, app, Selection(kind="Deployment"), "argocd")]
    assert names == ["quiet", "restart", "resume", "scale"]
    await run(rig, app, "quiet", Selection(kind="Deployment"))
    assert (await living(rig, "apps", "Deployment", "web"))["metadata"]["labels"] == {"volume": "low"}


async def test_it_must_be_clear_which_resource_is_meant(rig: Any, app: Object) -> None:
    with pytest.raises(ActionRefused, match="several resources are meant"):
        await run(rig, app, "suspend", Selection(namespace="default"))
    with pytest.raises(ActionRefused, match="no resource of the Application is meant"):
        await run(rig, app, "suspend", Selection(name="nobody"))


async def test_a_status_is_written_where_the_kind_has_one(rig: Any, app: Object) -> None:
    await run(rig, app, "create-job", Selection(kind="CronJob"))
    job = await rig.eventually(lambda: _with_status(rig))
    await perform(rig.client, job, run_action("terminate", job, parameters={}, now=NOW))
    conditions = (await living(rig, "batch", "Job", "nightly-2603040506"))["status"]["conditions"]
    assert [item["reason"] for item in conditions if item["type"] == "FailureTarget"] == ["ManuallyTerminated"]


async def _with_status(rig: Any) -> Any:
    job = await living(rig, "batch", "Job", "nightly-2603040506")
    return job if job.get("status") else None
