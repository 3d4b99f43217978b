"""An Application that goes over to server-side apply."""

from typing import Any

from stackwright.api.meta import annotations_of, metadata_of

BEFORE = "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {kept: a, removed: b}}"
AFTER = "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {kept: a}}"


async def test_what_client_side_apply_left_behind_is_removed_later(rig: Any) -> None:
    rig.git.push(BEFORE)
    await rig.application()
    rig.start()
    await rig.sync()
    await rig.until(lambda app: "operation" not in app and app["status"]["sync"]["status"] == "Synced")
    rig.git.push(AFTER)
    await rig.until(lambda app: app["status"]["sync"]["status"] == "OutOfSync")
    await rig.sync(syncOptions=["ServerSideApply=true"])
    app = await rig.until(lambda app: "operation" not in app and app["status"]["sync"]["status"] == "Synced")
    assert app["status"]["operationState"]["syncResult"]["resources"][0]["message"] == "configmap/one serverside-applied"
    one = await rig.config_map("one")
    assert one["data"] == {"kept": "a"}
    assert "kubectl.kubernetes.io/last-applied-configuration" not in annotations_of(one)
    managers = {(entry["manager"], entry["operation"]) for entry in metadata_of(one)["managedFields"]}
    assert managers == {("argocd-controller", "Apply")}
