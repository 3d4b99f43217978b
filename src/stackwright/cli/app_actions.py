"""`stackwright app actions`: what can be done with the resources of an Application, with argocd's verbs and flags."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.api.meta import Object, gvk_of, name_of, namespace_of
from stackwright.app import platforms
from stackwright.cli.app_frame import CONTROL_NAMESPACE, placed, run_with
from stackwright.cli.frame import output_option, pairs
from stackwright.cli.tables import show
from stackwright.client.kube import KubeClient
from stackwright.gitops.actions import requests as actions
from stackwright.gitops.actions.types import Action
from stackwright.gitops.requests import find_app

F = TypeVar("F", bound=Callable[..., Any])
_HEADINGS = ("GROUP", "KIND", "NAMESPACE", "NAME", "ACTION", "DISABLED")


def _selecting(command: F) -> F:
    for flag, words in (
        ("--namespace", "Only resources of this namespace."),
        ("--resource-name", "Only resources of this name."),
        ("--group", "Only resources of this group."),
        ("--kind", "Only resources of this kind."),
    ):
        command = click.option(flag, default="", help=words)(command)
    return command


@click.group("actions")
def group() -> None:
    """See and run actions on the resources of an Application."""


@group.command("list")
@click.argument("app_name")
@_selecting
@output_option("wide", "json", "yaml", default="wide")
@placed
def list_(base: Path, name: str, app_namespace: str, app_name: str, output: str, **selection: str) -> None:
    """Show which actions there are, and which make sense now."""

    async def fetch(client: KubeClient, _: platforms.PlatformState) -> list[tuple[Object, Action]]:
        return await actions.offered(client, await find_app(client, app_name, app_namespace), _selection(selection), CONTROL_NAMESPACE)

    found = run_with(base, name, fetch)
    records = [{**dict(zip(("group", "kind", "namespace", "name"), _place(obj))), "action": asdict(action)} for obj, action in found]
    rows = [(*_place(obj), action.name, str(action.disabled).lower()) for obj, action in found]
    show("table" if output == "wide" else output, records, _HEADINGS, rows, "no actions")


@group.command("run")
@click.argument("app_name")
@click.argument("action")
@_selecting
@click.option("--param", "given", multiple=True, metavar="NAME=VALUE", help="What the action asks for; repeatable.")
@click.option("--all", "several", is_flag=True, help="On every resource that is meant.")
@placed
def run_(
    base: Path, name: str, app_namespace: str, app_name: str, action: str, given: tuple[str, ...], several: bool, **selection: str
) -> None:
    """Run one action."""
    parameters, now = pairs("--param", given, "NAME=VALUE"), datetime.now(UTC)

    async def run(client: KubeClient, _: platforms.PlatformState) -> Any:
        found = await find_app(client, app_name, app_namespace)
        chosen = _selection(selection)
        return await actions.run_selected(
            client, found, chosen, action, parameters=parameters, now=now, namespace=CONTROL_NAMESPACE, several=several
        )

    for obj in run_with(base, name, run):
        click.echo(f"{action}: {gvk_of(obj).kind} {namespace_of(obj)}/{name_of(obj)}")


def _selection(asked: Mapping[str, str]) -> actions.Selection:
    return actions.Selection(asked["group"], asked["kind"], asked["resource_name"], asked["namespace"])


def _place(obj: Object) -> tuple[str, str, str, str]:
    gvk = gvk_of(obj)
    return gvk.group, gvk.kind, namespace_of(obj), name_of(obj)
