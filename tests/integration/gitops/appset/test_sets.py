"""ApplicationSets in a real embedded cluster, with git and the web played."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from stackwright.api.crds import definitions
from stackwright.api.status import StatusError
from stackwright.app.embedded import EmbeddedCluster, EmbeddedOptions
from stackwright.app.places import Places
from stackwright.app.webhook_service import WebhookService
from stackwright.client.errors import UnknownKind
from stackwright.client.informer import InformerSet
from stackwright.client.kinds import APP_PROJECTS, APPLICATION_SETS, APPLICATIONS, CONFIG_MAPS, CRDS, EVENTS, NAMESPACES, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.appset import ApplicationSetController
from stackwright.gitops.appset.ports import Answer
from stackwright.gitops.ports import SourceError
from stackwright.kernel import json
from stackwright.kernel.clock import SystemClock
from stackwright.kernel.http import Request

REPO = "https://git.example.com/apps.git"
VERSION = "argoproj.io/v1alpha1"


class Git:
    """One repository, which tells of pushes and may be out of reach."""

    def __init__(self) -> None:
        self.folders: tuple[str, ...] = ("one",)
        self.reachable = True
        self.moved: list[str] = []
        self._listeners: list[Callable[[str], None]] = []

    async def directories(self, repo_url: str, revision: str, credentials: Any = (), project: str = "") -> tuple[str, ...]:
        if not self.reachable:
            raise SourceError(f"{repo_url} cannot be reached", transient=True)
        return self.folders

    async def files(self, repo_url: str, revision: str, pattern: str, credentials: Any = (), project: str = "") -> Mapping[str, bytes]:
        return {}

    def on_push(self, listener: Callable[[str], None]) -> None:
        self._listeners.append(listener)

    def push(self, *folders: str) -> None:
        self.folders = folders
        for listener in self._listeners:
            listener(REPO)


class NoWeb:
    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: Any = None, **_trust: Any) -> Answer:
        return Answer(404, None)


class Rig:
    def __init__(self, client: KubeClient, git: Git, webhook: WebhookService) -> None:
        self.client, self.git, self.webhook = client, git, webhook

    async def names(self) -> list[str]:
        return sorted(app["metadata"]["name"] for app in await self.client.list(APPLICATIONS, "argocd"))

    async def until(self, question: Callable[[], Any], wanted: Any) -> None:
        found = None
        for _ in range(250):
            found = await question()
            if found == wanted:
                return
            await asyncio.sleep(0.02)
        assert found == wanted

    async def condition(self, type: str) -> tuple[str, str]:
        appset = await self.client.get(APPLICATION_SETS, "set", "argocd")
        found = {one["type"]: one for one in (appset.get("status") or {}).get("conditions") or ()}
        return (found[type]["status"], found[type]["message"]) if type in found else ("", "")

    async def create_set(self, generator: Any, name: str = "{{path.basename}}", **spec: Any) -> None:
        template = {
            "metadata": {"name": name},
            "spec": {"project": "default", "source": {"repoURL": REPO, "path": "x"}, "destination": {"namespace": "n"}},
        }
        appset = {"apiVersion": VERSION, "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"}}
        await self.client.create({**appset, "spec": {"generators": [generator], "template": template, **spec}}, resource=APPLICATION_SETS)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    cluster = EmbeddedCluster(Places(tmp_path), SystemClock(), EmbeddedOptions())
    client, git = cluster.client("test"), Git()

    async def run() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(cluster.run())
            await prepare(client)
            controller = ApplicationSetController(client, InformerSet(client, tasks), git, NoWeb(), SystemClock())
            tasks.create_task(controller.run())

    task = asyncio.create_task(run())
    yield Rig(client, git, WebhookService(cluster.store, client, git.moved.append))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    cluster.close()


async def prepare(client: KubeClient) -> None:
    for definition in definitions():
        if definition["spec"]["group"] == "argoproj.io":
            await client.create(definition, resource=CRDS)
    await client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}, resource=NAMESPACES)
    project = {"apiVersion": VERSION, "kind": "AppProject", "metadata": {"name": "default", "namespace": "argocd"}, "spec": {}}
    for _ in range(250):
        with suppress(StatusError, UnknownKind):
            await client.create(project, resource=APP_PROJECTS)
            return
        await asyncio.sleep(0.02)


@pytest.fixture
async def directories(rig: Rig) -> Any:
    for _ in range(250):
        with suppress(StatusError, UnknownKind):
            await rig.client.get(APP_PROJECTS, "default", "argocd")
            break
        await asyncio.sleep(0.02)
    return {"git": {"repoURL": REPO, "revision": "HEAD", "directories": [{"path": "*"}]}}


async def test_applications_follow_what_is_pushed(rig: Rig, directories: Any) -> None:
    await rig.create_set(directories, syncPolicy={"preserveResourcesOnDeletion": True})
    await rig.until(rig.names, ["one"])
    rig.git.push("two", "three")
    await rig.until(rig.names, ["three", "two"])
    await rig.until(lambda: rig.condition("ResourcesUpToDate"), ("True", "All applications have been generated successfully"))

    async def told() -> list[str]:
        appset = await rig.client.get(APPLICATION_SETS, "set", "argocd")
        return [one["name"] for one in appset["status"]["resources"]]

    await rig.until(told, ["three", "two"])

    async def events() -> list[str]:
        found = await rig.client.list(EVENTS, "argocd", fields="involvedObject.name=set")
        return sorted(one["message"] for one in found)

    created = [f'created Application "{name}"' for name in ("one", "three", "two")]
    await rig.until(events, ['Deleted Application "one"', *created])


async def test_nothing_is_deleted_while_git_is_out_of_reach(rig: Rig, directories: Any) -> None:
    await rig.create_set(directories)
    await rig.until(rig.names, ["one"])
    rig.git.reachable = False
    rig.git.push()
    await rig.until(lambda: rig.condition("ErrorOccurred"), ("True", f"{REPO} cannot be reached"))
    assert await rig.condition("ParametersGenerated") == ("False", f"{REPO} cannot be reached")
    assert await rig.names() == ["one"]


async def test_an_application_that_somebody_changed_or_deleted_comes_back(rig: Rig, directories: Any) -> None:
    await rig.create_set(directories, syncPolicy={"preserveResourcesOnDeletion": True})
    await rig.until(rig.names, ["one"])
    await rig.client.patch(APPLICATIONS, "one", "argocd", {"spec": {"source": {"path": "theirs"}}})

    async def path() -> str:
        return str((await rig.client.get(APPLICATIONS, "one", "argocd"))["spec"]["source"]["path"])

    await rig.until(path, "x")
    before = (await rig.client.get(APPLICATIONS, "one", "argocd"))["metadata"]["uid"]
    await rig.client.delete(APPLICATIONS, "one", "argocd")

    async def is_new() -> bool:
        found = await rig.client.find(APPLICATIONS, "one", "argocd")
        return found is not None and found["metadata"]["uid"] != before

    await rig.until(is_new, True)


async def test_a_new_cluster_gets_its_application(rig: Rig, directories: Any) -> None:
    await rig.create_set({"clusters": {"selector": {"matchLabels": {"env": "prod"}}}}, "{{name}}")
    await rig.until(lambda: rig.condition("ErrorOccurred"), ("False", "All applications have been generated successfully"))
    assert await rig.names() == []
    labels = {"argocd.argoproj.io/secret-type": "cluster", "env": "prod"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c", "namespace": "argocd", "labels": labels}}
    await rig.client.create({**secret, "stringData": {"name": "prod", "server": "https://prod"}}, resource=SECRETS)
    await rig.until(rig.names, ["prod"])


async def test_what_the_api_refuses_is_told_and_the_rest_is_made(rig: Rig, directories: Any) -> None:
    rig.git.folders = ("good", "bad")
    patch = 'spec: {revisionHistoryLimit: {{ if eq .path.basename "bad" }}many{{ else }}3{{ end }}}'
    await rig.create_set(directories, "{{.path.basename}}", goTemplate=True, templatePatch=patch)
    await rig.until(rig.names, ["good"])

    async def told() -> bool:
        status, message = await rig.condition("ErrorOccurred")
        return status == "True" and "application bad: " in message and "revisionHistoryLimit" in message

    await rig.until(told, True)


async def test_a_project_that_does_not_exist_keeps_an_application_from_being_made_until_it_does(rig: Rig, directories: Any) -> None:
    await rig.create_set(directories)
    await rig.until(rig.names, ["one"])
    await rig.client.patch(APPLICATION_SETS, "set", "argocd", {"spec": {"template": {"spec": {"project": "later"}}}})
    message = "application one: application references project later which does not exist"
    await rig.until(lambda: rig.condition("ErrorOccurred"), ("True", message))
    project = {"apiVersion": VERSION, "kind": "AppProject", "metadata": {"name": "later", "namespace": "argocd"}, "spec": {}}
    await rig.client.create(project, resource=APP_PROJECTS)
    await rig.until(lambda: rig.condition("ErrorOccurred"), ("False", "All applications have been generated successfully"))


async def test_a_rolling_set_goes_in_reverse(rig: Rig, directories: Any) -> None:
    settings = {"applicationsetcontroller.enable.progressive.syncs": "true"}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cmd-params-cm", "namespace": "argocd"}}
    await rig.client.create({**config, "data": settings}, resource=CONFIG_MAPS)
    rig.git.folders = ("first", "last")
    steps = [{"matchExpressions": [{"key": "step", "operator": "In", "values": [name]}]} for name in rig.git.folders]
    strategy = {"type": "RollingSync", "rollingSync": {"steps": steps}, "deletionOrder": "Reverse"}
    await rig.create_set(directories, strategy=strategy, templatePatch='{"metadata": {"labels": {"step": "{{path.basename}}"}}}')
    await rig.until(rig.names, ["first", "last"])

    async def finalizers() -> Any:
        return (await rig.client.get(APPLICATION_SETS, "set", "argocd"))["metadata"].get("finalizers")

    await rig.until(finalizers, ["resources-finalizer.argocd.argoproj.io"])
    await rig.client.delete(APPLICATION_SETS, "set", "argocd")

    async def going() -> list[str]:
        apps = await rig.client.list(APPLICATIONS, "argocd")
        return [app["metadata"]["name"] for app in apps if app["metadata"].get("deletionTimestamp")]

    await rig.until(going, ["last"])
    await rig.client.patch(APPLICATIONS, "last", "argocd", {"metadata": {"finalizers": None}})
    await rig.until(going, ["first"])
    await rig.client.patch(APPLICATIONS, "first", "argocd", {"metadata": {"finalizers": None}})

    async def sets() -> list[Any]:
        return await rig.client.list(APPLICATION_SETS, "argocd")

    await rig.until(sets, [])


async def test_sets_of_other_namespaces_count_where_the_operator_says_so(rig: Rig, directories: Any) -> None:
    listed = {"applicationsetcontroller.namespaces": "apps-*, /team-[0-9]+/"}
    metadata = {"name": "argocd-cmd-params-cm", "namespace": "argocd"}
    await rig.client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": listed})
    template = {"metadata": {"name": "{{path.basename}}"}, "spec": {"project": "default", "destination": {}, "source": {"repoURL": REPO}}}
    for namespace in ("apps-a", "team-1", "team-x"):
        await rig.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, resource=NAMESPACES)
        body = {"apiVersion": VERSION, "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": namespace}}
        await rig.client.create({**body, "spec": {"generators": [directories], "template": template}}, resource=APPLICATION_SETS)

    async def places() -> list[str]:
        return sorted({app["metadata"]["namespace"] for app in await rig.client.list(APPLICATIONS)})

    await rig.until(places, ["apps-a", "team-1"])


async def test_a_webhook_makes_a_set_look_at_once(rig: Rig, directories: Any) -> None:
    """Nothing else would, for three minutes."""
    await rig.create_set(directories)
    await rig.until(rig.names, ["one"])
    rig.git.folders = ("one", "two")
    repository = {"html_url": "https://git.example.com/apps", "default_branch": "main"}

    async def body() -> AsyncIterator[bytes]:
        yield json.dumps({"ref": "refs/heads/main", "repository": repository})

    request = Request("POST", "/api/webhook", headers={"x-github-event": "push"})
    assert (await rig.webhook.serve(request, body())).status == 200
    await rig.until(rig.names, ["one", "two"])
    assert rig.git.moved == ["https://git.example.com/apps"]

    async def annotations() -> Any:
        return (await rig.client.get(APPLICATION_SETS, "set", "argocd"))["metadata"].get("annotations") or {}

    await rig.until(annotations, {})
