"""`stackwright get`: what there is, in idpbuilder's shapes."""

import asyncio
import base64
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from stackwright.api.meta import Object, annotations_of, labels_of, name_of, namespace_of
from stackwright.app import platforms
from stackwright.app.places import Places
from stackwright.cli.frame import data_dir_option, name_option, output_option
from stackwright.cli.tables import show
from stackwright.client.kinds import APPLICATIONS, CUSTOM_PACKAGES, NODES, SECRETS
from stackwright.stacks.localbuild import PRIORITY, SOURCE_PATH, namespace_of_platform

_CORE = {"argocd": ("argocd", "argocd-initial-admin-secret"), "gitea": ("gitea", "gitea-credential")}
_CLI_SECRET, _PACKAGE = "cnoe.io/cli-secret", "cnoe.io/package-name"
_LOG_TAIL = 200


@click.group()
def get() -> None:
    """Show clusters, packages, apps, secrets, logs or the kubeconfig."""


@get.command()
@output_option("table", "json", "yaml", default="table")
@data_dir_option
def clusters(output: str, base: Path) -> None:
    """Show the platforms and how to reach them."""
    states = platforms.list_platforms(base)
    records = [_cluster(state) for state in states]
    rows = [
        (each["Name"], each["ExternalPort"], each["URLKubeApi"], each["Status"], ",".join(n["Name"] for n in each["Nodes"]))
        for each in records
    ]
    headings = ("NAME", "EXTERNAL-PORT", "KUBE-API", "STATUS", "NODES")
    show(output, records, headings, rows, "no platforms; make one with: stackwright create")


def _cluster(state: platforms.PlatformState) -> dict[str, Any]:
    nodes = asyncio.run(_nodes(state)) if state.pid is not None else []
    return {
        "Name": state.settings.name,
        "URLKubeApi": state.settings.kubernetes_url,
        "KubePort": str(state.settings.port),
        "TlsCheck": state.settings.protocol == "https",
        "ExternalPort": str(state.settings.port),
        "Status": "Running" if state.pid is not None else "Stopped",
        "Nodes": nodes,
    }


async def _nodes(state: platforms.PlatformState) -> list[dict[str, Any]]:
    async with platforms.client_of(state) as client:
        return [{"Name": name_of(node), "Capacity": (node.get("status") or {}).get("capacity", {})} for node in await client.list(NODES)]


@get.command()
@name_option
@click.option("-p", "--packages", "wanted", multiple=True, help="Only these packages.")
@output_option("table", "json", "yaml", default="table")
@data_dir_option
def secrets(name: str, wanted: tuple[str, ...], output: str, base: Path) -> None:
    """Show the credentials of the platform and its packages."""
    state = platforms.running_platform(base, name)
    found = [_shown(secret) for secret in _chosen(asyncio.run(_secrets(state)), wanted)]
    rows = [
        (_cell(each, "name"), _cell(each, "namespace"), _cell(each, "username"), _cell(each, "password"), _cell(each, "token"), _data(each))
        for each in found
    ]
    headings = ("NAME", "NAMESPACE", "USERNAME", "PASSWORD", "TOKEN", "DATA")
    show(output, found, headings, rows, "no secrets found")


async def _secrets(state: platforms.PlatformState) -> list[Object]:
    async with platforms.client_of(state) as client:
        core = [await client.find(SECRETS, secret, namespace) for namespace, secret in _CORE.values()]
        listed = await client.list(SECRETS, labels=f"{_CLI_SECRET}=true")
    present = [secret for secret in core if secret is not None]
    known = {(namespace_of(secret), name_of(secret)) for secret in present}
    return present + [secret for secret in listed if (namespace_of(secret), name_of(secret)) not in known]


def _chosen(found: Sequence[Object], wanted: Sequence[str]) -> list[Object]:
    """In the order of the packages that were named; all of them without any."""
    if not wanted:
        return list(found)
    return [secret for package in wanted for secret in found if _belongs(secret, package)]


def _belongs(secret: Object, package: str) -> bool:
    if package in _CORE:
        return (namespace_of(secret), name_of(secret)) == _CORE[package]
    return labels_of(secret).get(_PACKAGE) == package


def _shown(secret: Object) -> dict[str, Any]:
    data = {key: base64.b64decode(value).decode(errors="replace") for key, value in (secret.get("data") or {}).items()}
    is_core = (namespace_of(secret), name_of(secret)) in _CORE.values()
    record: dict[str, Any] = {"IsCore": is_core, "name": name_of(secret), "namespace": namespace_of(secret)}
    if not is_core:
        return record | {"data": data}
    record["username"] = data.get("username") or "admin"
    return record | {key: data[key] for key in ("password", "token") if data.get(key)}


def _cell(record: Mapping[str, Any], field: str) -> str:
    return str(record.get(field) or "")


def _data(record: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted((record.get("data") or {}).items()))


@get.command()
@name_option
@click.option("-p", "--packages", "wanted", multiple=True, help="Only these packages.")
@output_option("table", "json", "yaml", default="table")
@data_dir_option
def packages(name: str, wanted: tuple[str, ...], output: str, base: Path) -> None:
    """Show the packages that were given to `create`."""
    state = platforms.running_platform(base, name)
    found = asyncio.run(_packages(state))
    records = [_package(each, state) for each in found if not wanted or name_of(each) in wanted or each["spec"]["argoCD"]["name"] in wanted]
    rows = [(each["Name"], each["Namespace"], each["GitRepository"], each["ArgocdRepository"], each["Status"]) for each in records]
    headings = ("NAME", "IDP NAMESPACE", "GIT REPOSITORY", "ARGOCD URL", "STATUS")
    show(output, records, headings, rows, "no packages; give one with: stackwright create -p FOLDER")


async def _packages(state: platforms.PlatformState) -> list[Object]:
    async with platforms.client_of(state) as client:
        return await client.list(CUSTOM_PACKAGES, namespace_of_platform(state.settings.name))


def _package(package: Object, state: platforms.PlatformState) -> dict[str, Any]:
    app, status = package["spec"]["argoCD"], package.get("status") or {}
    references = [reference["name"] for reference in status.get("gitRepositoryRefs") or ()]
    space = namespace_of_platform(state.settings.name)
    repository = f"{state.settings.service_url('gitea')}/giteaAdmin/{space}-{references[0]}" if references else ""
    return {
        "Name": name_of(package),
        "Namespace": namespace_of(package),
        "Type": app["type"],
        "GitRepository": repository,
        "ArgocdRepository": f"{state.settings.service_url('argocd')}/applications/{app['namespace']}/{app['name']}",
        "Status": "true" if status.get("synced") else "false",
        "Priority": annotations_of(package).get(PRIORITY, ""),
        "Source": annotations_of(package).get(SOURCE_PATH, ""),
    }


@get.command()
@name_option
@output_option("table", "json", "yaml", default="table")
@data_dir_option
def apps(name: str, output: str, base: Path) -> None:
    """Show every Application."""
    state = platforms.running_platform(base, name)
    found = asyncio.run(_apps(state))
    rows = [_app_row(app) for app in found]
    headings = ("NAME", "NAMESPACE", "SYNC", "HEALTH", "REVISION")
    records = [dict(zip(("name", "namespace", "sync", "health", "revision"), row)) for row in rows]
    show(output, records, headings, rows, "no Applications")


async def _apps(state: platforms.PlatformState) -> list[Object]:
    async with platforms.client_of(state) as client:
        return await client.list(APPLICATIONS)


def _app_row(app: Object) -> tuple[str, str, str, str, str]:
    status = app.get("status") or {}
    sync = status.get("sync") or {}
    revision = str(sync.get("revision") or ",".join(sync.get("revisions") or ()))[:7]
    health = str((status.get("health") or {}).get("status", "Unknown"))
    return name_of(app), namespace_of(app), str(sync.get("status", "Unknown")), health, revision


@get.command()
@name_option
@click.option("--path", "only_path", is_flag=True, help="Print where the file is, not what it holds.")
@data_dir_option
def kubeconfig(name: str, only_path: bool, base: Path) -> None:
    """Print the kubeconfig of the platform."""
    places = platforms.find_platform(base, name).places
    click.echo(str(places.kubeconfig) if only_path else places.kubeconfig.read_text(), nl=only_path)


@get.command()
@name_option
@click.option("--tail", type=click.IntRange(0), default=_LOG_TAIL, show_default=True, help="How many of the last lines.")
@data_dir_option
def logs(name: str, tail: int, base: Path) -> None:
    """Print the log of the platform's process."""
    _print_log(platforms.find_platform(base, name).places, tail)


def _print_log(places: Places, tail: int) -> None:
    if not places.server_log.exists():
        return
    lines = places.server_log.read_text(errors="replace").splitlines(keepends=True)
    sys.stdout.writelines(lines[-tail:] if tail else lines)
