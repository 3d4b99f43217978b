"""What the commands of projects share: one project is read, changed, checked and written."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from stackwright.api.meta import Object, name_of
from stackwright.api.status import StatusError
from stackwright.app import platforms
from stackwright.cli.app_frame import CONTROL_NAMESPACE, run_with
from stackwright.cli.frame import again_on_conflict, data_dir_option, name_option, platform_option
from stackwright.client.kinds import APP_PROJECTS
from stackwright.client.kube import KubeClient
from stackwright.gitops.project import validation
from stackwright.kernel.errors import BadInput

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
Spec = Mapping[str, Any]


def placed(command: F) -> F:
    """The options that say which platform is meant."""
    return data_dir_option(name_option(command))


def placed_by_platform(command: F) -> F:
    """As `placed`, where --name means something else."""
    return data_dir_option(platform_option(command))


async def find_project(client: KubeClient, project: str) -> Object:
    """Raises BadInput."""
    found = await client.find(APP_PROJECTS, project, CONTROL_NAMESPACE)
    if found is None:
        raise BadInput(f"there is no project {project}", hint=f"stackwright proj list; stackwright proj create {project}")
    return found


def read_project(base: Path, name: str, project: str) -> Object:
    return run_with(base, name, lambda client, _: find_project(client, project))


def require_valid(project: Object) -> None:
    """Raises BadInput with every problem."""
    problems = validation.problems(name_of(project), project.get("spec") or {})
    if problems:
        raise BadInput(f"project {name_of(project)}: {'; '.join(problems)}")


def change_project(base: Path, name: str, project: str, change: Callable[[Spec], Spec]) -> Spec:
    """The spec as it was written. Raises BadInput when the project would not be valid."""

    async def once(client: KubeClient) -> Spec:
        found = await find_project(client, project)
        wanted = {**found, "spec": change(found.get("spec") or {})}
        require_valid(wanted)
        await client.update(wanted, resource=APP_PROJECTS)
        return dict(wanted["spec"])

    return run_with(base, name, lambda client, _: again_on_conflict(lambda: once(client)))


async def create_project(client: KubeClient, project: Object, upsert: bool) -> str:
    """Raises BadInput when there is another one of the name, without `upsert`."""
    require_valid(project)
    try:
        await client.create(project, resource=APP_PROJECTS)
    except StatusError as error:
        if not error.already_exists:
            raise
        found = await find_project(client, name_of(project))
        if found.get("spec") == project.get("spec"):
            return "unchanged"
        if not upsert:
            raise BadInput(
                f"existing project spec is different: {name_of(project)}", hint="change it with --upsert, or with: stackwright proj set"
            ) from error
        await client.update({**found, "spec": project.get("spec") or {}}, resource=APP_PROJECTS)
        return "updated"
    return "created"


def run_project(base: Path, name: str, do: Callable[[KubeClient], Awaitable[T]]) -> T:
    async def run(client: KubeClient, _: platforms.PlatformState) -> T:
        return await do(client)

    return run_with(base, name, run)
