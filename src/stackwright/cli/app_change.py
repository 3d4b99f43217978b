"""`stackwright app create|set|unset|add-source|remove-source|edit|patch`: Applications are made and changed."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.api.meta import Object, metadata_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.app import platforms
from stackwright.cli import app_spec
from stackwright.cli.app_flags import source_flags, spec_flags
from stackwright.cli.app_frame import CONTROL_NAMESPACE, placed, run_with
from stackwright.cli.app_source_spec import without_flags
from stackwright.cli.frame import Command, again_on_conflict, given_flags, pairs
from stackwright.cli.manifest_files import documents_of
from stackwright.client.kinds import APP_PROJECTS, APPLICATIONS, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops import requests as applications
from stackwright.gitops.application import IN_CLUSTER_SERVER, project_of, spec_of
from stackwright.gitops.clusters import SECRET_TYPE, Cluster, clusters_of
from stackwright.gitops.permissions import missing_project, spec_problems
from stackwright.gitops.repositories import CLUSTER
from stackwright.kernel import json, yaml
from stackwright.kernel.errors import BadInput
from stackwright.portal.forms import editable, edited

F = TypeVar("F", bound=Callable[..., Any])
_validate_option = click.option("--validate/--no-validate", default=True, help="Check the project and the cluster first.")


def _position_options(command: F) -> F:
    command = click.option("--source-position", "position", type=int, help="Which source is meant, counted from 1.")(command)
    return click.option("--source-name", "source_called", default="", help="Name of the source that is meant.")(command)


async def _check(client: KubeClient, app: Object) -> None:
    """Raises BadInput with all that keeps the Application from being synced."""
    project = await client.find(APP_PROJECTS, project_of(app), CONTROL_NAMESPACE)
    problems = [missing_project(app)] if project is None else spec_problems(app, project, await _clusters(client))
    if problems:
        verb = "create" if project is None else "get"
        hint = f"stackwright proj {verb} {project_of(app)}; or leave the check out: --validate=false"
        raise BadInput(f"application spec for {name_of(app)} is invalid: {'; '.join(problems)}", hint=hint)


async def _clusters(client: KubeClient) -> Sequence[Cluster]:
    return clusters_of(await client.list(SECRETS, CONTROL_NAMESPACE, labels=f"{SECRET_TYPE}={CLUSTER}"))


@click.command(cls=Command)
@click.argument("app_name", default="")
@click.option("-f", "--file", help="File with Applications; - for standard input.")
@click.option("--upsert", is_flag=True, help="Change one that is there, if it differs.")
@click.option("-l", "--label", "labels", multiple=True, help="KEY=VALUE. Repeatable.")
@click.option("--annotations", multiple=True, help="KEY=VALUE. Repeatable.")
@click.option("--set-finalizer", is_flag=True, help="When the Application is deleted, what it deployed goes too.")
@_validate_option
@spec_flags
@source_flags
@placed
def create(
    base: Path,
    name: str,
    app_namespace: str,
    app_name: str,
    file: str | None,
    upsert: bool,
    labels: tuple[str, ...],
    annotations: tuple[str, ...],
    set_finalizer: bool,
    validate: bool,
    **flags: Any,
) -> None:
    """Make an Application from flags, or Applications from a file (flags then change them)."""
    marks = {"labels": pairs("--label", labels), "annotations": pairs("--annotations", annotations)}
    finalizers = [applications.FINALIZER] if set_finalizer else []
    documents: list[dict[str, Any]] = documents_of(file, "Application") if file else [{}]
    if app_name and len(documents) > 1:
        raise BadInput(f"{file} has {len(documents)} Applications: leave the name away")
    wanted = [
        _application(document, app_name, app_namespace, given_flags(**flags), marks=marks, finalizers=finalizers) for document in documents
    ]

    async def run(client: KubeClient, _: platforms.PlatformState) -> None:
        for app in wanted:
            if validate:
                await _check(client, app)
            click.echo(f"application '{name_of(app)}' {await _create(client, app, upsert)}")

    run_with(base, name, run)


def _application(
    document: Object, name: str, namespace: str, flags: Mapping[str, Any], *, marks: Mapping[str, Any], finalizers: list[str]
) -> dict[str, Any]:
    """Raises BadInput when something that every Application needs is missing."""
    metadata = metadata_of(document)
    name = name or str(metadata.get("name") or "")
    given = {key: {**(metadata.get(key) or {}), **more} for key, more in marks.items() if more or metadata.get(key)}
    ending = [*(metadata.get("finalizers") or ()), *finalizers]
    spec = app_spec.with_flags({"project": "default", **(document.get("spec") or {})}, flags)
    _require(name, spec)
    kept = {"namespace": namespace, **metadata, "name": name} | given
    kept |= {"finalizers": list(dict.fromkeys(ending))} if ending else {}
    return {"apiVersion": APPLICATIONS.api_version, "kind": "Application", "metadata": kept, "spec": spec}


def _require(name: str, spec: Mapping[str, Any]) -> None:
    source, destination = spec.get("source") or {}, spec.get("destination") or {}
    several = bool(spec.get("sources"))
    missing = [] if name else ["the name of the Application"]
    missing += [] if several or source.get("repoURL") else ["--repo"]
    missing += [] if several or source.get("path") or source.get("chart") or source.get("ref") else ["--path (or --helm-chart)"]
    missing += [] if destination.get("server") or destination.get("name") else [f"--dest-server, such as {IN_CLUSTER_SERVER}"]
    if missing:
        raise BadInput(f"to make an Application, also give {', '.join(missing)}")


async def _create(client: KubeClient, app: Object, upsert: bool) -> str:
    try:
        await client.create(app, resource=APPLICATIONS)
    except StatusError as error:
        if not error.already_exists:
            raise
        found = await applications.find_app(client, name_of(app), namespace_of(app))
        if _same(found, app):
            return "unchanged"
        if not upsert:
            raise BadInput(
                f"existing application spec is different: {namespace_of(app)}/{name_of(app)}",
                hint="change it with --upsert, or with: stackwright app set",
            ) from error
        await _save(client, found, spec_of(app), {key: metadata_of(app).get(key) for key in ("labels", "annotations", "finalizers")})
        return "updated"
    return "created"


def _same(found: Object, wanted: Object) -> bool:
    marks = all((metadata_of(found).get(key) or {}) == (metadata_of(wanted).get(key) or {}) for key in ("labels", "annotations"))
    return spec_of(found) == spec_of(wanted) and marks


async def _save(client: KubeClient, app: Object, spec: Mapping[str, Any], marks: Mapping[str, Any] | None = None) -> None:
    """Only if nobody else wrote since it was read."""
    metadata = {**metadata_of(app), **{key: value for key, value in (marks or {}).items() if value}}
    await client.update({**app, "metadata": metadata, "spec": spec}, resource=APPLICATIONS)


def _changing(
    base: Path,
    name: str,
    app_namespace: str,
    app_name: str,
    change: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    validate: bool = False,
) -> None:
    async def once(client: KubeClient) -> None:
        found = await applications.find_app(client, app_name, app_namespace)
        wanted = change(spec_of(found))
        if validate:
            await _check(client, {**found, "spec": wanted})
        await _save(client, found, wanted)

    run_with(base, name, lambda client, _: again_on_conflict(lambda: once(client)))


@click.command("set", cls=Command)
@click.argument("app_name")
@_validate_option
@_position_options
@spec_flags
@source_flags
@placed
def set_(
    base: Path, name: str, app_namespace: str, app_name: str, validate: bool, position: int | None, source_called: str, **flags: Any
) -> None:
    """Change what an Application is; what is not named stays."""
    given = given_flags(**flags)
    if not given:
        raise BadInput("set at least one option", hint="stackwright app set --help")

    def change(spec: Mapping[str, Any]) -> Mapping[str, Any]:
        return app_spec.with_flags(spec, given, app_spec.position_of(spec, position, source_called))

    _changing(base, name, app_namespace, app_name, change, validate)


@click.command(cls=Command)
@click.argument("app_name")
@click.option("-p", "--parameter", multiple=True, help="Helm: name of a parameter. Repeatable.")
@click.option("--values", multiple=True, help="Helm: file of values. Repeatable.")
@click.option("--values-literal", is_flag=True, help="Helm: the values in the Application.")
@click.option("--ignore-missing-value-files", is_flag=True)
@click.option("--pass-credentials", is_flag=True)
@click.option("--nameprefix", is_flag=True)
@click.option("--namesuffix", is_flag=True)
@click.option("--kustomize-version", is_flag=True)
@click.option("--kustomize-namespace", is_flag=True)
@click.option("--kustomize-image", multiple=True, help="Name of an image. Repeatable.")
@click.option("--kustomize-replica", multiple=True, help="Name of a workload. Repeatable.")
@click.option("--ignore-missing-components", is_flag=True)
@click.option("--plugin-env", multiple=True, help="Name of a variable. Repeatable.")
@click.option("--ref", is_flag=True)
@_position_options
@placed
def unset(base: Path, name: str, app_namespace: str, app_name: str, position: int | None, source_called: str, **flags: Any) -> None:
    """Take settings of a source away again."""
    if not any(flags.values()):
        raise BadInput("name at least one setting", hint="stackwright app unset --help")

    def change(spec: Mapping[str, Any]) -> Mapping[str, Any]:
        at = app_spec.position_of(spec, position, source_called)
        return app_spec.with_source(spec, lambda source: without_flags(source, flags), at)

    _changing(base, name, app_namespace, app_name, change)


@click.command("add-source", cls=Command)
@click.argument("app_name")
@click.option("--source-name", help="Name of the new source.")
@source_flags
@placed
def add_source(base: Path, name: str, app_namespace: str, app_name: str, **flags: Any) -> None:
    """Give an Application one source more."""
    _changing(base, name, app_namespace, app_name, lambda spec: app_spec.with_added_source(spec, given_flags(**flags)), validate=True)
    click.echo(f"Application '{app_name}' updated successfully")


@click.command("remove-source", cls=Command)
@click.argument("app_name")
@_position_options
@placed
def remove_source(base: Path, name: str, app_namespace: str, app_name: str, position: int | None, source_called: str) -> None:
    """Take one of several sources away."""
    if position is None and not source_called:
        raise BadInput("say which source: --source-position 1 or --source-name NAME")

    def change(spec: Mapping[str, Any]) -> Mapping[str, Any]:
        return app_spec.without_source(spec, app_spec.position_of(spec, position, source_called) or 0)

    _changing(base, name, app_namespace, app_name, change)
    click.echo(f"Application '{app_name}' updated successfully")


@click.command(cls=Command)
@click.argument("app_name")
@placed
def edit(base: Path, name: str, app_namespace: str, app_name: str) -> None:
    """Change an Application in the editor ($EDITOR)."""
    found = run_with(base, name, lambda client, _: applications.find_app(client, app_name, app_namespace))
    text = click.edit(editable(found), extension=".yaml")
    if text is None or text == editable(found):
        click.echo("Edit cancelled, no changes made.")
        return
    wanted, problems = edited(text, found)
    if problems:
        raise BadInput(f"application {app_name}: {'; '.join(problems)}")
    run_with(base, name, lambda client, _: client.update(wanted, resource=APPLICATIONS))
    click.echo(f"application '{app_name}' edited")


@click.command(cls=Command)
@click.argument("app_name")
@click.option("--patch", "text", required=True, help="The patch, in JSON or YAML.")
@click.option("--type", "kind", type=click.Choice(["json", "merge"]), default="json", show_default=True)
@placed
def patch(base: Path, name: str, app_namespace: str, app_name: str, text: str, kind: Any) -> None:
    """Patch an Application, and print it."""
    parsed = parsed_patch(text)

    async def run(client: KubeClient, _: platforms.PlatformState) -> Object:
        await applications.find_app(client, app_name, app_namespace)
        return await client.patch(APPLICATIONS, app_name, app_namespace, parsed, type=kind)

    click.echo(yaml.dump(dict(run_with(base, name, run))).rstrip())


def parsed_patch(text: str) -> Any:
    """Raises BadInput."""
    try:
        return json.loads(text) if text.lstrip().startswith(("{", "[")) else yaml.load(text)
    except (json.JSONDecodeError, yaml.YamlError) as error:
        raise BadInput(f"--patch: cannot be read: {error}") from error


COMMANDS = (create, set_, unset, add_source, remove_source, edit, patch)
