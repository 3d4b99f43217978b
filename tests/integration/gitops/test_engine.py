"""The engine at work on an embedded cluster."""

from typing import Any

from stackwright.api.meta import annotations_of, metadata_of, uid_of
from stackwright.client.kinds import APPLICATIONS, CONFIG_MAPS, NAMESPACES, PODS
from stackwright.gitops.application import REFRESH

ONE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {value: first}\n"
TWO = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\n"
HOOK = """
apiVersion: v1
kind: Pod
metadata: {name: migrate, annotations: {argocd.argoproj.io/hook: PreSync}}
spec: {restartPolicy: Never, containers: [{name: main, image: "registry.invalid/none:1"}]}
"""


def sync_status(app: Any) -> Any:
    return ((app.get("status") or {}).get("sync") or {}).get("status")


def phase(app: Any) -> Any:
    return ((app.get("status") or {}).get("operationState") or {}).get("phase")


def conditions(app: Any) -> dict[str, str]:
    return {item["type"]: item["message"] for item in (app.get("status") or {}).get("conditions") or ()}


async def test_an_automated_application_goes_live_and_follows_pushes(rig: Any) -> None:
    first = rig.git.push(ONE)
    await rig.application(automated={})
    rig.start()
    app = await rig.until(lambda app: sync_status(app) == "Synced" and phase(app) == "Succeeded")
    assert app["status"]["sync"]["revision"] == first
    assert app["status"]["health"]["status"] == "Healthy"
    assert "operation" not in app
    assert [entry["revision"] for entry in app["status"]["history"]] == [first]
    second = rig.git.push(ONE.replace("first", "second"))
    await rig.until(lambda app: len(app["status"]["history"]) == 2 and sync_status(app) == "Synced")
    assert (await rig.config_map("one"))["data"] == {"value": "second"}
    assert (await rig.app())["status"]["sync"]["revision"] == second


async def test_an_own_write_is_not_remembered_once_a_watch_has_seen_it(rig: Any) -> None:
    rig.git.push(ONE)
    await rig.application(automated={})
    rig.start()
    await rig.until(lambda app: sync_status(app) == "Synced" and phase(app) == "Succeeded")
    memory = rig.engine._reconciler.memory(("argocd", "web"))
    await rig.until(lambda _app: memory.written is None)


async def test_what_is_applied_carries_the_marks_of_its_application(rig: Any) -> None:
    rig.git.push(ONE)
    await rig.application(automated={})
    rig.start()
    await rig.until(lambda app: phase(app) == "Succeeded")
    assert annotations_of(await rig.config_map("one"))["argocd.argoproj.io/tracking-id"] == "web:/ConfigMap:default/one"


async def test_without_automation_nothing_is_applied_until_a_sync_is_asked_for(rig: Any) -> None:
    rig.git.push(ONE)
    await rig.application()
    rig.start()
    await rig.until(lambda app: sync_status(app) == "OutOfSync")
    assert await rig.config_map("one") is None
    await rig.sync()
    app = await rig.until(lambda app: phase(app) == "Succeeded" and sync_status(app) == "Synced")
    assert app["status"]["operationState"]["syncResult"]["resources"][0]["message"] == "configmap/one created"


async def test_what_git_lacks_is_pruned_only_when_asked(rig: Any) -> None:
    rig.git.push(f"{ONE}---\n{TWO}")
    await rig.application()
    rig.start()
    await rig.sync()
    await rig.until(lambda app: phase(app) == "Succeeded" and sync_status(app) == "Synced")
    rig.git.push(ONE)
    app = await rig.until(lambda app: sync_status(app) == "OutOfSync")
    assert [item["name"] for item in app["status"]["resources"] if item.get("requiresPruning")] == ["two"]
    await rig.sync()
    await rig.until(lambda app: phase(app) == "Succeeded" and "operation" not in app)
    assert await rig.config_map("two") is not None
    await rig.sync(prune=True)
    await rig.until(lambda app: phase(app) == "Succeeded" and sync_status(app) == "Synced")
    assert await rig.config_map("two") is None


async def test_drift_is_healed_only_where_that_is_asked_for(rig: Any) -> None:
    rig.git.push(ONE)
    await rig.application(automated={"selfHeal": True})
    rig.start()
    await rig.until(lambda app: phase(app) == "Succeeded" and sync_status(app) == "Synced")
    await rig.client.patch(CONFIG_MAPS, "one", "default", {"data": {"value": "mine"}})

    async def healed() -> bool:
        return bool((await rig.config_map("one"))["data"]["value"] == "first")

    await rig.eventually(healed)
    app = await rig.until(lambda app: sync_status(app) == "Synced" and "operation" not in app)
    assert app["status"]["operationState"]["operation"]["sync"]["autoHealAttemptsCount"] == 1
    assert len(app["status"]["history"]) == 1


async def test_an_operation_survives_a_crash_of_the_engine(rig: Any) -> None:
    rig.git.push(f"{HOOK}---\n{ONE}")
    await rig.application()
    rig.start()
    await rig.sync()
    await rig.until(lambda app: phase(app) == "Running")

    async def hook() -> Any:
        return await rig.client.find(PODS, "migrate", "default")

    before = await rig.eventually(hook)
    await rig.crash()
    rig.start()
    await rig.client.patch(PODS, "migrate", "default", {"status": {"phase": "Succeeded"}}, subresource="status")
    app = await rig.until(lambda app: phase(app) == "Succeeded")
    results = {item["name"]: item["hookPhase"] for item in app["status"]["operationState"]["syncResult"]["resources"]}
    assert results["migrate"] == "Succeeded"
    assert uid_of(await hook()) == uid_of(before)
    assert await rig.config_map("one") is not None


async def test_a_termination_ends_a_running_operation(rig: Any) -> None:
    rig.git.push(f"{HOOK}---\n{ONE}")
    await rig.application()
    rig.start()
    await rig.sync()
    await rig.until(lambda app: phase(app) == "Running")
    await rig.patch({"status": {"operationState": {"phase": "Terminating"}}})
    app = await rig.until(lambda app: phase(app) == "Failed" and "operation" not in app)
    assert app["status"]["operationState"]["message"] == "Operation terminated"
    assert await rig.config_map("one") is None


async def test_what_cannot_be_rendered_leaves_what_lives_alone(rig: Any) -> None:
    rig.git.push(ONE)
    await rig.application(automated={"prune": True, "selfHeal": True})
    rig.start()
    await rig.until(lambda app: phase(app) == "Succeeded" and sync_status(app) == "Synced")
    rig.git.broken = "the folder is gone"
    await rig.patch({"metadata": {"annotations": {REFRESH: "normal"}}})
    app = await rig.until(lambda app: sync_status(app) == "Unknown")
    assert conditions(app) == {"ComparisonError": "Failed to load target state: the folder is gone"}
    assert REFRESH not in annotations_of(app)
    assert not metadata_of(await rig.config_map("one")).get("deletionTimestamp")


async def test_a_deleted_application_takes_what_it_deployed_along(rig: Any) -> None:
    rig.git.push(f"{ONE}---\n{TWO.replace('two}', 'two, annotations: {argocd.argoproj.io/sync-options: Delete=false}}')}")
    await rig.application(automated={}, finalizers=["resources-finalizer.argocd.argoproj.io/background"])
    rig.start()
    await rig.until(lambda app: phase(app) == "Succeeded")
    await rig.client.delete(APPLICATIONS, "web", "argocd")

    async def gone() -> bool:
        return await rig.app() is None

    await rig.eventually(gone)
    assert await rig.config_map("one") is None
    assert await rig.config_map("two") is not None


async def test_the_destinations_namespace_is_made_when_asked(rig: Any) -> None:
    rig.git.push(ONE)
    await rig.application(
        syncPolicy={
            "automated": {},
            "syncOptions": ["CreateNamespace=true"],
            "managedNamespaceMetadata": {"labels": {"team": "blue"}},
        },
        destination={"server": "https://kubernetes.default.svc", "namespace": "fresh"},
    )
    rig.start()
    app = await rig.until(lambda app: phase(app) == "Succeeded" and sync_status(app) == "Synced")
    assert [item["kind"] for item in app["status"]["operationState"]["syncResult"]["resources"]] == ["Namespace", "ConfigMap"]
    namespace = await rig.client.get(NAMESPACES, "fresh")
    assert metadata_of(namespace)["labels"]["team"] == "blue"


async def test_a_pass_that_changes_nothing_writes_nothing(rig: Any) -> None:
    rig.git.push(ONE)
    await rig.application(automated={})
    rig.start()
    app = await rig.until(lambda app: phase(app) == "Succeeded" and sync_status(app) == "Synced" and "operation" not in app)
    await rig.client.patch(CONFIG_MAPS, "one", "default", {"metadata": {"labels": {"seen": "yes"}}})

    async def passed() -> Any:
        found = await rig.config_map("one")
        return metadata_of(found).get("labels") and found

    await rig.eventually(passed)
    rig.git.renders = 0
    await rig.patch({"metadata": {"labels": {"unrelated": "change"}}})
    assert metadata_of(await rig.app())["resourceVersion"] > metadata_of(app)["resourceVersion"]
    assert rig.git.renders == 0


async def test_an_expression_that_cannot_be_read_is_told_and_stops_nothing_else(rig: Any) -> None:
    rig.git.push(ONE)
    await rig.application(automated={})
    rig.start()
    await rig.until(lambda app: phase(app) == "Succeeded" and sync_status(app) == "Synced")
    broken = [{"group": "", "kind": "ConfigMap", "jqPathExpressions": [".data |"]}]
    await rig.patch({"spec": {"ignoreDifferences": broken}})
    app = await rig.until(lambda app: "UnknownError" in conditions(app))
    assert "spec.ignoreDifferences[0].jqPathExpressions[0]" in conditions(app)["UnknownError"]
    assert sync_status(app) == "Unknown"
    await rig.patch({"spec": {"ignoreDifferences": None}})
    app = await rig.until(lambda app: sync_status(app) == "Synced")
    assert conditions(app) == {}


async def test_an_application_waits_for_those_it_depends_on(rig: Any) -> None:
    rig.git.push(ONE)
    rig.git.push(TWO, url="https://git.example.com/team/db.git")
    await rig.application("web", automated={})
    await rig.patch({"metadata": {"annotations": {"stackwright.dev/depends-on": "db"}}})
    rig.start()
    app = await rig.until(lambda app: "DependencyWarning" in conditions(app))
    assert conditions(app)["DependencyWarning"] == "Waiting for argocd/db, which does not exist"
    await rig.application("db", automated={}, source={"repoURL": "https://git.example.com/team/db.git", "path": "."})
    await rig.until(lambda app: phase(app) == "Succeeded", name="db")
    await rig.until(lambda app: phase(app) == "Succeeded" and conditions(app) == {})


async def test_an_application_waits_until_an_expression_over_another_holds(rig: Any) -> None:
    rig.git.push(ONE)
    rig.git.push(TWO, url="https://git.example.com/team/db.git")
    await rig.application("web", automated={})
    rule = "- name: db\n  readyExpr: dep.metadata.?labels.?ready.orValue('') == 'yes'\n"
    await rig.patch({"metadata": {"annotations": {"stackwright.dev/depends-on": rule}}})
    await rig.application("db", automated={}, source={"repoURL": "https://git.example.com/team/db.git", "path": "."})
    rig.start()
    app = await rig.until(lambda app: "does not hold" in conditions(app).get("DependencyWarning", ""))
    assert (sync_status(app), phase(app)) == ("OutOfSync", None)
    await rig.patch({"metadata": {"labels": {"ready": "yes"}}}, "db")
    await rig.until(lambda app: phase(app) == "Succeeded" and conditions(app) == {})


async def test_applications_in_a_circle_say_so_and_a_sync_by_hand_is_not_held_back(rig: Any) -> None:
    rig.git.push(ONE)
    await rig.application("web", automated={})
    await rig.application("db", automated={})
    for name, other in (("web", "db"), ("db", "web")):
        await rig.patch({"metadata": {"annotations": {"stackwright.dev/depends-on": other}}}, name)
    rig.start()
    app = await rig.until(lambda app: "DependencyError" in conditions(app))
    assert conditions(app)["DependencyError"] == "The dependencies are a circle: argocd/web -> argocd/db -> argocd/web"
    await rig.sync()
    await rig.until(lambda app: phase(app) == "Succeeded")
