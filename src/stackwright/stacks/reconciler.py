"""Makes the packages of a Localbuild true: repositories, Applications, and nothing that is no longer asked for."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath

from stackwright.api.meta import Object, Resource, annotations_of, metadata_of, name_of, namespace_of, owners_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change, InformerSet
from stackwright.client.kinds import APPLICATION_SETS, APPLICATIONS, CRDS, CUSTOM_PACKAGES, GIT_REPOSITORIES, LOCALBUILDS, NAMESPACES
from stackwright.client.kube import KubeClient
from stackwright.kernel.errors import BadInput
from stackwright.runtime.controller import Controller
from stackwright.stacks import localbuild as shapes
from stackwright.stacks.core import REPOSITORY
from stackwright.stacks.customise import FOLDERS, customised, read_custom
from stackwright.stacks.placeholders import placeholders
from stackwright.stacks.plan import plan_packages
from stackwright.stacks.ports import FolderError, Folders, RepositoryHost
from stackwright.stacks.reading import kinds_in, read_package
from stackwright.stacks.types import OWNER, PackagePlan, Plan, Reading, RepositoryPlan, Source, TreeFile

logger = logging.getLogger(__name__)

MANAGER = "idpbuilder"
_FINALIZER = "resources-finalizer.argocd.argoproj.io"
_KINDS = {"Application": APPLICATIONS, "ApplicationSet": APPLICATION_SETS}


class StackController:
    """Follows Localbuilds, and the local folders that they name.

    Shape: with `placeholders`, kinds of well-known operators are defined for packages that use them.
    """

    def __init__(
        self, client: KubeClient, informers: InformerSet, folders: Folders, host: RepositoryHost, *, placeholders: bool = False
    ) -> None:
        self._client = client.named(MANAGER)
        self._localbuilds = informers.informer(LOCALBUILDS)
        self._folders = folders
        self._host = host
        self._placeholders = placeholders
        self._controller: Controller[str] = Controller("stacks", self._reconcile)
        self._watched: dict[str, tuple[PurePosixPath, ...]] = {}
        self._watching: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Ends only by cancellation."""
        self._localbuilds.listen(self._changed)
        try:
            await self._controller.run()
        finally:
            for task in self._watching.values():
                task.cancel()

    def _changed(self, change: Change, obj: Object, previous: Object | None) -> None:
        if previous is None or obj.get("spec") != previous.get("spec") or annotations_of(obj) != annotations_of(previous):
            self._controller.enqueue(name_of(obj))

    # -- the story -------------------------------------------------------------------------------------------------

    async def _reconcile(self, name: str) -> float | None:
        localbuild = self._localbuilds.get(name)
        if localbuild is None:
            self._watch(name, ())
            return None
        sources = shapes.sources_of(localbuild)
        readings = [await self._read(source, priority) for priority, source in enumerate(sources)]
        plan = plan_packages(readings, name, self._host.url, self._folders.is_folder)
        await self._ensure_namespace(name)
        problems = list(plan.problems)
        for package in plan.packages:
            problems += await self._make(package, localbuild)
        problems += await self._customise(localbuild)
        await self._remove_others(plan, localbuild)
        await self._tell(localbuild, problems, plan.warnings)
        self._watch(name, self._local_folders(sources, readings, plan))
        return None

    async def _read(self, source: Source, priority: int) -> Reading:
        try:
            found = await self._folders.read(source)
        except FolderError as error:
            return Reading((), (f"{source.value}: {error.message}",))
        return read_package(source, found.folder, found.files, priority)

    async def _ensure_namespace(self, name: str) -> None:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": shapes.namespace_of_platform(name)}}
        if await self._client.find(NAMESPACES, shapes.namespace_of_platform(name)) is None:
            with suppress(StatusError):
                await self._client.create(namespace, resource=NAMESPACES)

    async def _make(self, plan: PackagePlan, localbuild: Object) -> Sequence[str]:
        """The problems that it met; one package that cannot be made holds up no other."""
        record = shapes.custom_package(plan, localbuild, self._host.url)
        await self._client.apply(record, resource=CUSTOM_PACKAGES)
        problems: list[str] = []
        for repository in plan.repositories:
            problems += await self._publish(repository, plan, localbuild)
        if not plan.problems and not problems:
            try:
                await self._client.apply(plan.obj, resource=_KINDS[plan.package.kind])
            except StatusError as error:
                problems.append(f"{plan.package.folder / plan.package.file}: {plan.package.app_name}: {error.message}")
        status = shapes.package_status(plan, str(namespace_of(record)))
        status |= {"synced": not plan.problems and not problems, "problems": [*plan.problems, *problems]}
        await self._status(CUSTOM_PACKAGES, record, status, localbuild)
        return problems

    async def _publish(self, repository: RepositoryPlan, plan: PackagePlan, localbuild: Object) -> Sequence[str]:
        record = shapes.git_repository(repository, plan.resource, localbuild, self._host.url)
        await self._client.apply(record, resource=GIT_REPOSITORIES)
        try:
            tree = await self._folders.tree(repository.path)
            await self._stand_in(tree)
            description = f"{repository.path.name} of the package {plan.package.app_name}"
            commit = await self._host.publish(repository.name, description, tree, f"updated from {repository.path}")
        except FolderError as error:
            return [f"{repository.path}: {error.message}"]
        url = f"{self._host.url}/{OWNER}/{repository.name}.git"
        await self._status(GIT_REPOSITORIES, record, shapes.repository_status(repository, commit, url), localbuild)
        return []

    async def _stand_in(self, tree: Mapping[str, TreeFile]) -> None:
        """Placeholders for kinds of well-known operators that are not there."""
        if not self._placeholders:
            return
        kinds = await asyncio.to_thread(kinds_in, [(path, file.content) for path, file in tree.items()])
        for definition in placeholders(kinds):
            if await self._client.find(CRDS, name_of(definition)) is None:
                with suppress(StatusError):
                    await self._client.create(definition, resource=CRDS)
                    logger.info("%s: a placeholder stands in for its definition", name_of(definition))

    async def _status(self, resource: Resource, record: Object, status: Object, localbuild: Object) -> None:
        await self._client.patch(resource, name_of(record), namespace_of(record), {"status": status}, subresource="status")
        observed = {shapes.OBSERVED: annotations_of(localbuild).get(shapes.STARTED, "")}
        await self._client.patch(resource, name_of(record), namespace_of(record), {"metadata": {"annotations": observed}})

    async def _tell(self, localbuild: Object, problems: Sequence[str], warnings: Sequence[str]) -> None:
        status = shapes.localbuild_status(localbuild, self._host.url, problems, warnings)
        await self._client.patch(LOCALBUILDS, name_of(localbuild), None, {"status": status}, subresource="status")
        observed = {shapes.OBSERVED: annotations_of(localbuild).get(shapes.STARTED, "")}
        await self._client.patch(LOCALBUILDS, name_of(localbuild), None, {"metadata": {"annotations": observed}})
        for problem in problems:
            logger.warning("package: %s", problem)

    # -- core packages ---------------------------------------------------------------------------------------------

    async def _customise(self, localbuild: Object) -> Sequence[str]:
        """Objects of core packages replaced in the platform's own repository."""
        wanted = ((localbuild.get("spec") or {}).get("packageConfigs") or {}).get("packageCustomization") or {}
        if not wanted:
            return []
        tree = before = await self._host.files(REPOSITORY)
        try:
            for name, custom in sorted(wanted.items()):
                content = await self._folders.content(PurePosixPath(custom["filePath"]))
                tree = customised(tree, FOLDERS[name], read_custom(content, shapes.template_values(localbuild), custom["filePath"]))
        except (FolderError, BadInput) as error:
            return [error.message]
        if tree != before:
            await self._host.publish(REPOSITORY, "The platform's own configuration", tree, "Customise core packages")
        return []

    # -- what is no longer asked for -------------------------------------------------------------------------------

    async def _remove_others(self, plan: Plan, localbuild: Object) -> None:
        namespace = shapes.namespace_of_platform(name_of(localbuild))
        wanted = {package.resource for package in plan.packages}
        objects = {(package.package.kind, package.package.namespace, package.package.app_name) for package in plan.packages}
        repositories = {repository.resource for package in plan.packages for repository in package.repositories}
        for record in await self._client.list(CUSTOM_PACKAGES, namespace):
            if name_of(record) not in wanted and _is_owned(record, localbuild):
                await self._remove_package(record, objects)
        for record in await self._client.list(GIT_REPOSITORIES, namespace):
            if name_of(record) not in repositories and _is_owned(record, localbuild):
                await self._host.remove(f"{namespace}-{name_of(record)}")
                await self._client.delete(GIT_REPOSITORIES, name_of(record), namespace)

    async def _remove_package(self, record: Object, still_wanted: set[tuple[str, str, str]]) -> None:
        """The Application goes with everything it deployed, unless another package brings it."""
        app = record["spec"]["argoCD"]
        if (app["type"], app["namespace"], app["name"]) not in still_wanted:
            await self._remove_object(_KINDS[app["type"]], app["name"], app["namespace"])
        await self._client.delete(CUSTOM_PACKAGES, name_of(record), namespace_of(record))

    async def _remove_object(self, resource: Resource, name: str, namespace: str) -> None:
        live = await self._client.find(resource, name, namespace)
        if live is None:
            return
        finalizers = list(metadata_of(live).get("finalizers") or ())
        if resource is APPLICATIONS and not any(item.startswith("resources-finalizer") for item in finalizers):
            await self._client.patch(resource, name, namespace, {"metadata": {"finalizers": [*finalizers, _FINALIZER]}})
        await self._client.delete(resource, name, namespace, uid=uid_of(live))

    # -- local folders ---------------------------------------------------------------------------------------------

    def _local_folders(self, sources: Sequence[Source], readings: Sequence[Reading], plan: Plan) -> tuple[PurePosixPath, ...]:
        local = {reading.folder for source, reading in zip(sources, readings) if source.kind != "remote" and reading.folder}
        missing = {source.value for source, reading in zip(sources, readings) if source.kind == "dir" and not reading.folder}
        used = {str(item.path) for package in plan.packages if package.package.source.kind != "remote" for item in package.repositories}
        return tuple(sorted(PurePosixPath(path) for path in local | missing | used))

    def _watch(self, name: str, folders: tuple[PurePosixPath, ...]) -> None:
        if self._watched.get(name, ()) == folders:
            return
        self._watched[name] = folders
        if (old := self._watching.pop(name, None)) is not None:
            old.cancel()
        if folders:
            self._watching[name] = asyncio.create_task(self._follow(name, folders), name=f"folders of {name}")

    async def _follow(self, name: str, folders: tuple[PurePosixPath, ...]) -> None:
        async for _ in self._folders.changes(folders):
            self._controller.enqueue(name)


def _is_owned(record: Object, localbuild: Object) -> bool:
    return any(owner.get("uid") == uid_of(localbuild) for owner in owners_of(record))
