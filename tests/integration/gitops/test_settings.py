"""Settings of argocd-cm and argocd-cmd-params-cm at work."""

import asyncio
from typing import Any

import pytest

from stackwright.api.meta import labels_of, name_of
from stackwright.client.kinds import APP_PROJECTS, APPLICATIONS, CONFIG_MAPS, EVENTS, NAMESPACES, PODS

ONE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {value: first}\n"
HOOK = """
apiVersion: v1
kind: Pod
metadata: {name: migrate, annotations: {argocd.argoproj.io/hook: PreSync}}
spec: {restartPolicy: Never, schedulerName: nobody, containers: [{name: main, image: "registry.invalid/none:1"}]}
"""


async def settings(rig: Any, name: str = "argocd-cm", **data: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "argocd"}}
    await rig.client.apply({**body, "data": {key.replace("__", "."): value for key, value in data.items()}})


async def parameters(rig: Any, **data: str) -> None:
    await settings(rig, "argocd-cmd-params-cm", **data)


async def project(rig: Any, name: str, labels: dict[str, str] | None = None, **spec: Any) -> None:
    whole = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}], **spec}
    metadata = {"name": name, "namespace": "argocd", "labels": labels or {}}
    await rig.client.apply({"apiVersion": APP_PROJECTS.api_version, "kind": "AppProject", "metadata": metadata, "spec": whole})


def message(app: Any) -> str:
    return str(((app.get("status") or {}).get("operationState") or {}).get("message"))


def phase(app: Any) -> Any:
    return ((app.get("status") or {}).get("operationState") or {}).get("phase")


def conditions(app: Any) -> dict[str, str]:
    return {item["type"]: item["message"] for item in (app.get("status") or {}).get("conditions") or ()}


# -- times ---------------------------------------------------------------------------------------------------------------------


async def test_an_operation_that_takes_too_long_is_ended_with_its_hooks_and_not_tried_again(rig: Any) -> None:
    await parameters(rig, controller__sync__timeout__seconds="1")
    rig.git.push(HOOK + "---\n" + ONE)
    await rig.application()
    rig.start()
    await rig.until(lambda app: (app.get("status") or {}).get("sync"))
    await rig.patch({"operation": {"sync": {}, "retry": {"limit": 3}}})
    app = await rig.until(lambda app: phase(app) == "Failed")
    assert message(app) == "Operation terminated, triggered by controller sync timeout"
    assert await rig.client.find(PODS, "migrate", "default") is None
    assert await rig.config_map("one") is None


async def test_an_interval_looks_at_the_sources_anew(rig: Any) -> None:
    await settings(rig, timeout__reconciliation="200ms", timeout__reconciliation__jitter="0s")
    rig.git.push(ONE)
    await rig.application(automated={})
    rig.start()
    await rig.until(lambda app: phase(app) == "Succeeded")
    rig.git.push(ONE.replace("first", "second"), tell=False)
    await rig.eventually(lambda: has_value(rig, "second"))


async def has_value(rig: Any, value: str) -> bool:
    return bool(((await rig.config_map("one") or {}).get("data") or {}).get("value") == value)


async def test_a_hard_interval_renders_without_a_cache(rig: Any) -> None:
    asked: list[bool] = []
    render = rig.git.render

    async def noted(request: Any) -> Any:
        asked.append(request.no_cache)
        return await render(request)

    rig.git.render = noted
    await settings(rig, timeout__reconciliation="0s", timeout__hard__reconciliation="300ms")
    rig.git.push(ONE)
    await rig.application(automated={})
    rig.start()

    async def three() -> bool:
        return asked.count(True) >= 2

    await rig.eventually(three)
    assert asked[0] is False


# -- impersonation -------------------------------------------------------------------------------------------------------------

ENTRY = {"server": "https://kubernetes.default.svc", "namespace": "default", "defaultServiceAccount": "deployer"}


async def allow(rig: Any, account: str, *verbs: str) -> None:
    subject = {"kind": "ServiceAccount", "name": account, "namespace": "default"}
    rbac = "rbac.authorization.k8s.io"
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": list(verbs)}]
    metadata = {"name": account, "namespace": "default"}
    await rig.client.apply({"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": rules})
    binding = {"roleRef": {"apiGroup": rbac, "kind": "Role", "name": account}, "subjects": [subject]}
    await rig.client.apply({"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": metadata, **binding})


async def test_a_sync_writes_as_the_account_that_the_project_names(rig: Any) -> None:
    await settings(rig, application__sync__impersonation__enabled="true")
    await project(rig, "team", destinationServiceAccounts=[ENTRY])
    rig.git.push(ONE)
    await rig.application(project="team", finalizers=["resources-finalizer.argocd.argoproj.io"])
    rig.start()
    await rig.until(lambda app: (app.get("status") or {}).get("sync"))
    await rig.sync()
    app = await rig.until(lambda app: phase(app) == "Failed")
    [result] = app["status"]["operationState"]["syncResult"]["resources"]
    assert result["status"] == "SyncFailed"
    assert 'User "system:serviceaccount:default:deployer" cannot' in result["message"]
    await allow(rig, "deployer", "get", "create", "patch")
    await rig.sync()
    await rig.until(lambda app: phase(app) == "Succeeded")
    await rig.client.delete(APPLICATIONS, "web", "argocd")
    app = await rig.until(lambda app: "DeletionError" in conditions(app))
    assert 'User "system:serviceaccount:default:deployer" cannot delete' in conditions(app)["DeletionError"]
    await allow(rig, "deployer", "get", "create", "patch", "delete")

    async def gone() -> bool:
        return await rig.app() is None and await rig.config_map("one") is None

    await rig.eventually(gone)


async def test_a_sync_without_an_account_is_an_error_unless_it_may_fall_back(rig: Any) -> None:
    await settings(rig, application__sync__impersonation__enabled="true")
    rig.git.push(ONE)
    await rig.application()
    rig.start()
    await rig.until(lambda app: (app.get("status") or {}).get("sync"))
    await rig.sync()
    app = await rig.until(lambda app: phase(app) == "Error")
    assert message(app) == (
        "failed to find a matching service account to impersonate: "
        "no matching service account found for destination server https://kubernetes.default.svc and namespace default"
    )
    await settings(rig, application__sync__impersonation__enabled="true", application__sync__impersonation__enforced="false")
    await rig.sync()
    await rig.until(lambda app: phase(app) == "Succeeded")


# -- projects and namespaces ---------------------------------------------------------------------------------------------------


async def test_a_global_project_gives_what_the_own_one_lacks(rig: Any) -> None:
    await project(rig, "team", {"tier": "app"}, sourceRepos=[])
    await project(rig, "base", destinations=[])
    rig.git.push(ONE)
    await rig.application(project="team")
    rig.start()
    app = await rig.until(lambda app: "InvalidSpecError" in conditions(app))
    assert "is not permitted in project 'team'" in conditions(app)["InvalidSpecError"]
    await settings(rig, globalProjects="[{projectName: base, labelSelector: {matchLabels: {tier: app}}}]")
    await rig.until(lambda app: not conditions(app) and app["status"]["sync"]["status"] == "OutOfSync")
    await project(rig, "base", destinations=[], sourceRepos=["https://elsewhere"])
    await rig.until(lambda app: "InvalidSpecError" in conditions(app))


async def elsewhere(rig: Any, namespace: str, of_project: str = "default") -> None:
    await rig.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, resource=NAMESPACES)
    source = {"repoURL": "https://git.example.com/team/app.git", "path": ".", "targetRevision": "HEAD"}
    destination = {"server": "https://kubernetes.default.svc", "namespace": "default"}
    await rig.client.create(
        {
            "apiVersion": APPLICATIONS.api_version,
            "kind": APPLICATIONS.kind,
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {"project": of_project, "source": source, "destination": destination, "syncPolicy": {"automated": {}}},
        }
    )


async def test_applications_live_where_settings_and_project_both_let_them(rig: Any) -> None:
    await parameters(rig, application__namespaces="team-*")
    await project(rig, "tenants", sourceNamespaces=["team-a"])
    rig.git.push(ONE)
    rig.start()
    for namespace in ("team-a", "team-b", "other"):
        await elsewhere(rig, namespace, "tenants")

    async def found(namespace: str) -> Any:
        return await rig.client.get(APPLICATIONS, "web", namespace)

    async def settled() -> Any:
        return phase(await found("team-a")) == "Succeeded" and conditions(await found("team-b"))

    await rig.eventually(settled)
    marks = (await rig.config_map("one"))["metadata"]["annotations"]
    assert marks["argocd.argoproj.io/tracking-id"] == "team-a_web:/ConfigMap:default/one"
    told = conditions(await found("team-b"))["InvalidSpecError"]
    assert told == "application 'web' in namespace 'team-b' is not allowed to use project 'tenants'"
    assert "status" not in await found("other")
    await parameters(rig, application__namespaces="team-*,other")

    async def noticed() -> Any:
        return "InvalidSpecError" in conditions(await found("other"))

    await rig.eventually(noticed)


@pytest.mark.parametrize(("switch", "refused"), [("true", False), ("false", True)])
async def test_our_own_cluster_can_be_closed(rig: Any, switch: str, refused: bool) -> None:
    await settings(rig, cluster__inClusterEnabled=switch)
    rig.git.push(ONE)
    await rig.application()
    rig.start()
    app = await rig.until(lambda app: (app.get("status") or {}).get("sync"))
    assert ("is disabled" in conditions(app).get("InvalidSpecError", "")) is refused


async def test_events_carry_labels_of_the_application(rig: Any) -> None:
    await settings(rig, resource__includeEventLabelKeys="team")
    rig.git.push(ONE)
    await rig.application(automated={})
    await rig.patch({"metadata": {"labels": {"team": "shop", "other": "x"}}})
    rig.start()

    async def labelled() -> Any:
        return [event for event in await rig.client.list(EVENTS, "argocd") if labels_of(event) == {"team": "shop"}]

    assert await rig.eventually(labelled)
    assert name_of((await labelled())[0]).startswith("web.")


# -- what wakes the engine -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("switch", "looks"), [("true", False), ("false", True)])
async def test_a_change_that_is_ignored_leads_to_no_pass(rig: Any, switch: str, looks: bool) -> None:
    rules = {"resource__customizations__ignoreResourceUpdates__ConfigMap": "jsonPointers: [/metadata/annotations/tick]"}
    await settings(rig, resource__ignoreResourceUpdatesEnabled=switch, **rules)
    rig.git.push(ONE)
    await rig.application(automated={})
    rig.start()
    await rig.until(lambda app: phase(app) == "Succeeded" and "operation" not in app)
    await asyncio.sleep(0.3)
    before = rig.engine.queue_numbers()[1]
    await rig.client.patch(CONFIG_MAPS, "one", "default", {"metadata": {"annotations": {"tick": "1"}}})
    await asyncio.sleep(0.3)
    assert (rig.engine.queue_numbers()[1] > before) is looks


# -- what is told --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("switch", "told"), [("true", True), ("false", False)])
async def test_the_health_of_single_objects_is_told_unless_it_is_not_wanted(rig: Any, switch: str, told: bool) -> None:
    await parameters(rig, controller__resource__health__persist=switch)
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, annotations: {link.argocd.argoproj.io/docs: 'https://docs'}}\n"
    rig.git.push(service + "spec: {ports: [{port: 80}]}\n")
    await rig.application(automated={})
    rig.start()
    app = await rig.until(lambda app: phase(app) == "Succeeded" and app["status"]["health"]["status"] == "Healthy")
    [resource] = app["status"]["resources"]
    assert ("health" in resource, app["status"].get("resourceHealthSource")) == (told, None if told else "appTree")
    assert app["status"]["summary"]["externalURLs"] == ["https://docs"]
    await parameters(rig, controller__resource__health__persist="true")
    await rig.until(lambda app: "health" in app["status"]["resources"][0] and "resourceHealthSource" not in app["status"])
