"""`stackwright repo`, `repocreds`, `proj` and `appset`: what Applications need around them, with argocd's verbs."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.api.meta import Object, Resource, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.app import platforms
from stackwright.cli.frame import data_dir_option, name_option, output_option
from stackwright.cli.tables import show, show_one
from stackwright.client.kinds import APPLICATION_SETS, SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.clusters import SECRET_TYPE, decoded
from stackwright.gitops.repositories import CREDENTIALS, REPOSITORY, repository_secret, shown
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
_NAMESPACE = "argocd"


def _run(base: Path, name: str, do: Callable[[KubeClient], Awaitable[T]]) -> T:
    state = platforms.running_platform(base, name)

    async def run() -> T:
        async with platforms.client_of(state, "argocd") as client:
            return await do(client)

    return asyncio.run(run())


def _placed(command: F) -> F:
    return data_dir_option(name_option(command))


def _credentials(command: F) -> F:
    options = [
        click.option("--username", default="", help="User for HTTPS."),
        click.option(
            "--password",
            default="",
            help="Password or token for HTTPS; better given by STACKWRIGHT_REPO_PASSWORD.",
            envvar="STACKWRIGHT_REPO_PASSWORD",
        ),
        click.option("--ssh-private-key-path", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Key for SSH."),
        click.option("--type", "kind", type=click.Choice(["git", "helm", "oci"]), default="git", show_default=True),
        click.option("--insecure-skip-server-verification", "insecure", is_flag=True, help="Do not check the server's certificate."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _fields(username: str, password: str, ssh_private_key_path: Path | None, kind: str, insecure: bool) -> dict[str, str]:
    key = ssh_private_key_path.read_text() if ssh_private_key_path else ""
    return {"type": kind, "username": username, "password": password, "sshPrivateKey": key, "insecure": "true" if insecure else ""}


# -- repositories --------------------------------------------------------------------------------------------------


async def _listed(client: KubeClient, kind: str) -> list[Object]:
    return await client.list(SECRETS, _NAMESPACE, labels=f"{SECRET_TYPE}={kind}")


async def _add(client: KubeClient, secret: Object, upsert: bool) -> None:
    try:
        await client.create(secret, resource=SECRETS)
    except StatusError as error:
        if not error.already_exists:
            raise
        if not upsert:
            raise BadInput(f"{decoded(secret)['data']['url']} is there already", hint="replace it with --upsert") from error
        await client.patch(SECRETS, name_of(secret), _NAMESPACE, {"data": secret["data"]})


async def _remove(client: KubeClient, url: str, kind: str) -> None:
    found = [secret for secret in await _listed(client, kind) if decoded(secret)["data"].get("url") == url]
    if not found:
        raise BadInput(f"{url} is not registered", hint=f"stackwright {'repo' if kind == REPOSITORY else 'repocreds'} list")
    for secret in found:
        await client.delete(SECRETS, name_of(secret), _NAMESPACE)


def _group(name: str, kind: str, title: str) -> click.Group:
    """`repo` and `repocreds` have the same verbs."""

    @click.group(name, help=f"Manage {title}.")
    def group() -> None:
        return

    @group.command("add", help=f"Register {title} for URL.")
    @click.argument("url")
    @click.option("--name", "title_", default="", help="A name for people.")
    @click.option("--project", default="", help="Only for Applications of this project.")
    @click.option("--upsert", is_flag=True, help="Replace one that is there.")
    @_credentials
    @click.option("--platform", "platform", default="localdev", show_default=True, help="Name of the platform.")
    @data_dir_option
    def add(base: Path, platform: str, url: str, title_: str, project: str, upsert: bool, **given: Any) -> None:
        secret = repository_secret(url, kind, {**_fields(**given), "name": title_, "project": project})
        _run(base, platform, lambda client: _add(client, secret, upsert))
        click.echo(f"Repository '{url}' added")

    @group.command("list", help=f"Show {title}.")
    @output_option("wide", "url", "json", "yaml", default="wide")
    @_placed
    def list_(base: Path, name: str, output: str) -> None:
        records = [shown(secret) for secret in _run(base, name, lambda client: _listed(client, kind))]
        if output == "url":
            click.echo("\n".join(record["url"] for record in records))
            return
        rows = [
            (record.get("type", "git"), record.get("name", ""), record["url"], record.get("username", ""), record.get("project", ""))
            for record in records
        ]
        show("table" if output == "wide" else output, records, ("TYPE", "NAME", "REPO", "USER", "PROJECT"), rows, f"no {title}")

    @group.command("rm", help=f"Remove {title} for URL.")
    @click.argument("url")
    @_placed
    def remove(base: Path, name: str, url: str) -> None:
        _run(base, name, lambda client: _remove(client, url, kind))
        click.echo(f"Repository '{url}' removed")

    @group.command("get", help="Show one.")
    @click.argument("url")
    @output_option("json", "yaml", default="yaml")
    @_placed
    def get(base: Path, name: str, url: str, output: str) -> None:
        records = [shown(secret) for secret in _run(base, name, lambda client: _listed(client, kind))]
        found = next((record for record in records if record["url"] == url), None)
        if found is None:
            raise BadInput(f"{url} is not registered")
        show_one(output, found)

    return group


repo = _group("repo", REPOSITORY, "repositories")
repocreds = _group("repocreds", CREDENTIALS, "credential templates")


# -- projects and ApplicationSets ----------------------------------------------------------------------------------


def _kind_group(name: str, resource: Resource, title: str, check: Callable[[Object], list[str]]) -> click.Group:
    """list, get, create -f and delete of one of Argo CD's kinds."""

    @click.group(name, help=f"Manage {title}.")
    def group() -> None:
        return

    @group.command("list", help=f"Show {title}.")
    @output_option("wide", "name", "json", "yaml", default="wide")
    @_placed
    def list_(base: Path, name: str, output: str) -> None:
        found = _run(base, name, lambda client: client.list(resource))
        if output == "name":
            click.echo("\n".join(name_of(each) for each in found))
            return
        rows = [(name_of(each), namespace_of(each)) for each in found]
        show("table" if output == "wide" else output, found, ("NAME", "NAMESPACE"), rows, f"no {title}")

    @group.command("get", help="Show one.")
    @click.argument("object_name")
    @output_option("json", "yaml", default="yaml")
    @_placed
    def get(base: Path, name: str, object_name: str, output: str) -> None:
        found = _run(base, name, lambda client: client.find(resource, object_name, _NAMESPACE))
        if found is None:
            raise BadInput(f"there is no {resource.kind} {object_name}")
        show_one(output, found)

    @group.command("create", help="Make or change those in a file.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @_placed
    def create(base: Path, name: str, file: Path) -> None:
        objects = _wanted(file, resource, check)

        async def apply(client: KubeClient) -> None:
            for obj in objects:
                await client.apply(obj, resource=resource)
                click.echo(f"{resource.kind} '{name_of(obj)}' applied")

        _run(base, name, apply)

    @group.command("delete", help="Delete one.")
    @click.argument("object_name")
    @_placed
    def delete(base: Path, name: str, object_name: str) -> None:
        _run(base, name, lambda client: client.delete(resource, object_name, _NAMESPACE))
        click.echo(f"{resource.kind} '{object_name}' deleted")

    return group


def _wanted(file: Path, resource: Resource, check: Callable[[Object], list[str]]) -> list[Object]:
    """Raises BadInput with every problem."""
    try:
        documents = [document for document in yaml.load_all(file.read_bytes()) if document is not None]
    except yaml.YamlError as error:
        raise BadInput(f"{file}: {error}") from error
    found: list[Object] = []
    for number, document in enumerate(documents, 1):
        if document.get("kind") != resource.kind:
            raise BadInput(f"{file}: document {number}: kind: expected {resource.kind}, found {document.get('kind')}")
        problems = check(document)
        if problems:
            raise BadInput(f"{file}: document {number}: {'; '.join(problems)}")
        found.append({**document, "metadata": {"namespace": _NAMESPACE, **(document.get("metadata") or {})}})
    return found


appset = _kind_group("appset", APPLICATION_SETS, "ApplicationSets", lambda _: [])
