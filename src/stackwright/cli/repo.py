"""`stackwright repo` and `repocreds`: how repositories let us in, with argocd's verbs and flags."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.api.meta import Object, name_of
from stackwright.api.status import StatusError
from stackwright.cli.app_frame import CONTROL_NAMESPACE
from stackwright.cli.frame import Verbs, output_option
from stackwright.cli.proj_frame import placed, placed_by_platform, run_project
from stackwright.cli.repo_flags import credential_flags, secret_fields
from stackwright.cli.tables import show, show_one
from stackwright.client.kinds import SECRETS
from stackwright.client.kube import KubeClient
from stackwright.gitops.clusters import SECRET_TYPE, decoded
from stackwright.gitops.project.rules import normalised_url
from stackwright.gitops.repositories import CREDENTIALS, REPOSITORY, repository_secret, shown
from stackwright.kernel.errors import BadInput

F = TypeVar("F", bound=Callable[..., Any])
_HEADINGS = ("TYPE", "NAME", "REPO", "INSECURE", "OCI", "LFS", "CREDS", "PROJECT")
_CREDS_HEADINGS = ("URL PATTERN", "TYPE", "USERNAME", "SSH_CREDS", "TLS_CREDS")


@click.group(cls=Verbs)
def repo() -> None:
    """Manage repositories."""


@click.group(cls=Verbs)
def repocreds() -> None:
    """Manage credentials for all repositories whose URLs begin alike."""


async def _listed(client: KubeClient, kind: str) -> list[Object]:
    return await client.list(SECRETS, CONTROL_NAMESPACE, labels=f"{SECRET_TYPE}={kind}")


async def _add(client: KubeClient, secret: Object, upsert: bool) -> None:
    """Raises BadInput when another is there, without `upsert`."""
    try:
        await client.create(secret, resource=SECRETS)
    except StatusError as error:
        if not error.already_exists:
            raise
        found = await client.get(SECRETS, name_of(secret), CONTROL_NAMESPACE)
        if found.get("data") == secret["data"]:
            return
        if not upsert:
            raise BadInput(f"{decoded(secret)['data']['url']} is there already", hint="replace it with --upsert") from error
        await client.update({**found, "data": secret["data"]}, resource=SECRETS)


async def _found(client: KubeClient, kind: str, url: str, project: str = "") -> list[Object]:
    """Raises BadInput when it is not registered."""
    found = [secret for secret in await _listed(client, kind) if is_meant(decoded(secret)["data"], url, project)]
    if not found:
        raise BadInput(f"{url} is not registered", hint=f"stackwright {'repo' if kind == REPOSITORY else 'repocreds'} list")
    return found


def is_meant(fields: Mapping[str, str], url: str, project: str) -> bool:
    """Whether the fields of a Secret are about a URL, and a project where one is named."""
    return normalised_url(fields.get("url", "")) == normalised_url(url) and (not project or fields.get("project") == project)


@repo.command("add")
@click.argument("url")
@click.option("--name", "title", default="", help="A name for people; needed for charts.")
@click.option("--project", default="", help="Only for Applications of this project.")
@click.option("--proxy", default="", help="URL of a proxy to go through.")
@click.option("--no-proxy", default="", help="Hosts that are reached without it.")
@click.option("--upsert", is_flag=True, help="Replace one that is there.")
@credential_flags
@placed_by_platform
def add_repo(base: Path, name: str, url: str, title: str, project: str, proxy: str, no_proxy: str, upsert: bool, **given: Any) -> None:
    """Register the repository at URL."""
    if given["kind"] == "helm" and not title:
        raise BadInput("a repository of charts also needs --name")
    fields = {**secret_fields(given), "name": title, "project": project, "proxy": proxy, "noProxy": no_proxy}
    secret = repository_secret(url, REPOSITORY, fields)
    run_project(base, name, lambda client: _add(client, secret, upsert))
    click.echo(f"Repository '{url}' added")


@repocreds.command("add")
@click.argument("url")
@click.option("--proxy-url", "proxy", default="", help="URL of a proxy to go through.")
@click.option("--upsert", is_flag=True, help="Replace those that are there.")
@credential_flags
@placed
def add_creds(base: Path, name: str, url: str, proxy: str, upsert: bool, **given: Any) -> None:
    """Register credentials for repositories whose URLs begin with URL."""
    secret = repository_secret(url, CREDENTIALS, {**secret_fields(given), "proxy": proxy})
    run_project(base, name, lambda client: _add(client, secret, upsert))
    click.echo(f"Repository credentials for '{url}' added")


@repo.command("list")
@output_option("wide", "url", "json", "yaml", default="wide")
@placed
def list_repos(base: Path, name: str, output: str) -> None:
    """Show the repositories."""
    _show(base, name, REPOSITORY, output, _HEADINGS, repo_row, "no repositories")


@repocreds.command("list")
@output_option("wide", "url", "json", "yaml", default="wide")
@placed
def list_creds(base: Path, name: str, output: str) -> None:
    """Show the credentials."""
    _show(base, name, CREDENTIALS, output, _CREDS_HEADINGS, creds_row, "no credentials")


def _show(
    base: Path,
    name: str,
    kind: str,
    output: str,
    headings: tuple[str, ...],
    row: Callable[[Mapping[str, str]], tuple[str, ...]],
    empty: str,
) -> None:
    secrets = run_project(base, name, lambda client: _listed(client, kind))
    if output == "url":
        click.echo("".join(f"{decoded(secret)['data'].get('url', '')}\n" for secret in secrets), nl=False)
        return
    rows = [row(decoded(secret)["data"]) for secret in secrets]
    show("table" if output == "wide" else output, [shown(secret) for secret in secrets], headings, rows, empty)


def repo_row(fields: Mapping[str, str]) -> tuple[str, ...]:
    """One line of `repo list`: whether there are credentials, not which."""
    ways = ("password", "bearerToken", "sshPrivateKey", "githubAppPrivateKey", "tlsClientCertData")
    switches = [fields.get(field) or "false" for field in ("insecure", "enableOCI", "enableLfs")]
    creds = str(any(fields.get(field) for field in ways)).lower()
    return (fields.get("type") or "git", fields.get("name") or "", fields.get("url") or "", *switches, creds, fields.get("project") or "")


def creds_row(fields: Mapping[str, str]) -> tuple[str, ...]:
    """One line of `repocreds list`."""
    ssh, tls = (str(bool(fields.get(field))).lower() for field in ("sshPrivateKey", "tlsClientCertData"))
    return (fields.get("url") or "", fields.get("type") or "git", fields.get("username") or "-", ssh, tls)


@repo.command("get")
@click.argument("url")
@click.option("--project", default="", help="The one of this project.")
@output_option("wide", "url", "json", "yaml", default="wide")
@placed
def get_repo(base: Path, name: str, url: str, project: str, output: str) -> None:
    """Show one repository."""
    found = run_project(base, name, lambda client: _found(client, REPOSITORY, url, project))
    if output == "url":
        click.echo(decoded(found[0])["data"]["url"])
    elif output == "wide":
        show("table", found, _HEADINGS, [repo_row(decoded(each)["data"]) for each in found], "")
    else:
        show_one(output, shown(found[0]))


@repocreds.command("get")
@click.argument("url")
@output_option("json", "yaml", default="yaml")
@placed
def get_creds(base: Path, name: str, url: str, output: str) -> None:
    """Show one entry."""
    show_one(output, shown(run_project(base, name, lambda client: _found(client, CREDENTIALS, url))[0]))


async def _remove(client: KubeClient, kind: str, url: str, project: str = "") -> None:
    for secret in await _found(client, kind, url, project):
        await client.delete(SECRETS, name_of(secret), CONTROL_NAMESPACE)


@repo.command("rm")
@click.argument("urls", nargs=-1, required=True)
@click.option("--project", default="", help="Those of this project.")
@placed
def remove_repos(base: Path, name: str, urls: tuple[str, ...], project: str) -> None:
    """Remove repositories."""

    async def run(client: KubeClient) -> None:
        for url in urls:
            await _remove(client, REPOSITORY, url, project)
            click.echo(f"Repository '{url}' removed")

    run_project(base, name, run)


@repocreds.command("rm")
@click.argument("urls", nargs=-1, required=True)
@placed
def remove_creds(base: Path, name: str, urls: tuple[str, ...]) -> None:
    """Remove credentials."""

    async def run(client: KubeClient) -> None:
        for url in urls:
            await _remove(client, CREDENTIALS, url)
            click.echo(f"Repository credentials for '{url}' removed")

    run_project(base, name, run)
