"""`stackwright proj`: what Applications may deploy from where to where, with argocd's verbs and flags."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.api.meta import Object, name_of
from stackwright.cli import proj_spec
from stackwright.cli.app_frame import CONTROL_NAMESPACE
from stackwright.cli.frame import Verbs, given_flags, output_option
from stackwright.cli.manifest_files import documents_of
from stackwright.cli.proj_frame import change_project, create_project, placed, read_project, run_project
from stackwright.cli.proj_lists import lists
from stackwright.cli.proj_roles import role
from stackwright.cli.proj_windows import windows
from stackwright.cli.tables import show, show_one, table
from stackwright.client.kinds import APP_PROJECTS, APPLICATIONS
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import project_of
from stackwright.kernel.errors import BadInput
from stackwright.portal.forms import editable, edited

F = TypeVar("F", bound=Callable[..., Any])
_HEADINGS = (
    "NAME",
    "DESCRIPTION",
    "DESTINATIONS",
    "SOURCES",
    "CLUSTER-RESOURCE-WHITELIST",
    "NAMESPACE-RESOURCE-BLACKLIST",
    "SIGNATURE-KEYS",
    "ORPHANED-RESOURCES",
)


@click.group(cls=Verbs)
def proj() -> None:
    """Manage projects."""


proj.add_command(role)
proj.add_command(windows)
for _command in lists.commands.values():
    proj.add_command(_command)


def _spec_flags(command: F) -> F:
    options = [
        click.option("--description", help="What the project is for."),
        click.option("-d", "--dest", multiple=True, help="SERVER,NAMESPACE that may be deployed to. Repeatable."),
        click.option("-s", "--src", multiple=True, help="URL of a repository that may be deployed from. Repeatable."),
        click.option("--source-namespaces", multiple=True, help="Namespace whose Applications may be of the project. Repeatable."),
        click.option("--allow-cluster-resource", multiple=True, help="GROUP/KIND without a namespace that is permitted. Repeatable."),
        click.option("--deny-cluster-resource", multiple=True, help="GROUP/KIND without a namespace that is not. Repeatable."),
        click.option("--allow-namespaced-resource", multiple=True, help="GROUP/KIND in namespaces that is permitted. Repeatable."),
        click.option("--deny-namespaced-resource", multiple=True, help="GROUP/KIND in namespaces that is not. Repeatable."),
        click.option("--dest-service-accounts", multiple=True, help="SERVER,NAMESPACE,ACCOUNT to deploy as. Repeatable."),
        click.option("--orphaned-resources/--no-orphaned-resources", default=None, help="Look for objects that nothing wants."),
        click.option("--orphaned-resources-warn/--no-orphaned-resources-warn", default=None, help="Such objects are a condition."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@proj.command()
@click.argument("project", default="")
@click.option("-f", "--file", help="File with projects; - for standard input.")
@click.option("--upsert", is_flag=True, help="Change one that is there, if it differs.")
@_spec_flags
@placed
def create(base: Path, name: str, project: str, file: str | None, upsert: bool, **flags: Any) -> None:
    """Make a project from flags, or projects from a file (flags then change them)."""
    documents: list[dict[str, Any]] = documents_of(file, "AppProject") if file else [{}]
    if project and len(documents) > 1:
        raise BadInput(f"{file} has {len(documents)} projects: leave the name away")
    wanted = [_project(document, project, given_flags(**flags)) for document in documents]

    async def run(client: KubeClient) -> None:
        for each in wanted:
            click.echo(f"project '{name_of(each)}' {await create_project(client, each, upsert)}")

    run_project(base, name, run)


def _project(document: Object, name: str, flags: Mapping[str, Any]) -> dict[str, Any]:
    """Raises BadInput when it has no name."""
    metadata = {"namespace": CONTROL_NAMESPACE, **(document.get("metadata") or {})}
    metadata |= {"name": name} if name else {}
    if not metadata.get("name"):
        raise BadInput("give the name of the project, or a file with -f")
    spec = proj_spec.with_flags(document.get("spec") or {}, flags)
    return {"apiVersion": APP_PROJECTS.api_version, "kind": "AppProject", "metadata": metadata, "spec": spec}


@proj.command("set")
@click.argument("project")
@_spec_flags
@placed
def set_(base: Path, name: str, project: str, **flags: Any) -> None:
    """Change a project; a list that is given replaces the one there."""
    given = given_flags(**flags)
    if not given:
        raise BadInput("set at least one option", hint="stackwright proj set --help")
    change_project(base, name, project, lambda spec: proj_spec.with_flags(spec, given))


@proj.command()
@click.argument("project")
@placed
def edit(base: Path, name: str, project: str) -> None:
    """Change a project in the editor ($EDITOR)."""
    found = read_project(base, name, project)
    text = click.edit(editable(found), extension=".yaml")
    if text is None or text == editable(found):
        click.echo("Edit cancelled, no changes made.")
        return
    wanted, problems = edited(text, found, known=None)
    if problems:
        raise BadInput(f"project {project}: {'; '.join(problems)}")
    change_project(base, name, project, lambda _: wanted["spec"])
    click.echo(f"project '{project}' edited")


@proj.command("list")
@output_option("wide", "name", "json", "yaml", default="wide")
@placed
def list_(base: Path, name: str, output: str) -> None:
    """Show the projects."""
    found: Sequence[Object] = run_project(base, name, lambda client: client.list(APP_PROJECTS))
    if output == "name":
        click.echo("\n".join(name_of(each) for each in found))
        return
    show("table" if output == "wide" else output, found, _HEADINGS, [_row(each) for each in found], "no projects")


def _row(project: Object) -> tuple[str, ...]:
    spec = project.get("spec") or {}
    return (
        name_of(project),
        str(spec.get("description") or ""),
        _counted([_place(item) for item in spec.get("destinations") or ()], "destinations"),
        _counted(spec.get("sourceRepos") or (), "repos"),
        _counted([_kind(item) for item in spec.get(proj_spec.CLUSTER_ALLOWED) or ()], "resources"),
        _counted([_kind(item) for item in spec.get(proj_spec.NAMESPACE_DENIED) or ()], "resources"),
        _counted([str(item.get("keyID")) for item in spec.get("signatureKeys") or ()], "key(s)"),
        _orphans(spec),
    )


def _counted(texts: Sequence[str], what: str) -> str:
    return "<none>" if not texts else texts[0] if len(texts) == 1 else f"{len(texts)} {what}"


def _place(item: Mapping[str, Any]) -> str:
    return f"{item.get('server') or item.get('name') or ''},{item.get('namespace') or ''}"


def _kind(item: Mapping[str, Any]) -> str:
    return f"{item.get('group') or ''}/{item.get('kind') or ''}"


def _orphans(spec: Mapping[str, Any]) -> str:
    settings = spec.get("orphanedResources")
    if settings is None:
        return "disabled"
    ignored = len(settings.get("ignore") or ())
    return f"enabled (warn={str(bool(settings.get('warn'))).lower()}{f', ignored {ignored}' if ignored else ''})"


@proj.command()
@click.argument("project")
@output_option("wide", "json", "yaml", default="wide")
@placed
def get(base: Path, name: str, project: str, output: str) -> None:
    """Show one project."""
    found = read_project(base, name, project)
    if output != "wide":
        show_one(output, found)
        return
    spec = found.get("spec") or {}
    lists = [
        ("Destinations", [_place(item) for item in spec.get("destinations") or ()]),
        ("Repositories", spec.get("sourceRepos") or ()),
        ("Source Namespaces", spec.get("sourceNamespaces") or ()),
        ("Allowed Cluster Resources", [_kind(item) for item in spec.get(proj_spec.CLUSTER_ALLOWED) or ()]),
        ("Denied Cluster Resources", [_kind(item) for item in spec.get(proj_spec.CLUSTER_DENIED) or ()]),
        ("Allowed Namespaced Resources", [_kind(item) for item in spec.get(proj_spec.NAMESPACE_ALLOWED) or ()]),
        ("Denied Namespaced Resources", [_kind(item) for item in spec.get(proj_spec.NAMESPACE_DENIED) or ()]),
        ("Signature keys", [str(item.get("keyID")) for item in spec.get("signatureKeys") or ()]),
    ]
    lines = [("Name", name_of(found)), ("Description", str(spec.get("description") or ""))]
    lines += [(title if number == 0 else "", text) for title, texts in lists for number, text in enumerate(texts or ["<none>"])]
    lines += [("Orphaned Resources", _orphans(spec))]
    click.echo("\n".join(f"{title + ':' if title else '':<30}{text}".rstrip() for title, text in lines))
    if spec.get("roles"):
        click.echo("\n" + table(("ROLE", "DESCRIPTION"), [(each["name"], str(each.get("description") or "")) for each in spec["roles"]]))


@proj.command()
@click.argument("projects", nargs=-1, required=True)
@placed
def delete(base: Path, name: str, projects: tuple[str, ...]) -> None:
    """Delete projects that no Application is of."""

    async def run(client: KubeClient) -> None:
        apps = await client.list(APPLICATIONS)
        for project in projects:
            members = [name_of(app) for app in apps if project_of(app) == project]
            if members:
                raise BadInput(f"project {project} is referenced by {len(members)} applications: {', '.join(members)}")
            await client.delete(APP_PROJECTS, project, CONTROL_NAMESPACE)
            click.echo(f"project '{project}' deleted")

    run_project(base, name, run)
