"""What the app commands share: which Application of which platform is meant, and a client to ask."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from stackwright.app import platforms
from stackwright.cli.frame import EXIT_TIMED_OUT, data_dir_option, name_option
from stackwright.client.kube import KubeClient
from stackwright.gitops import requests as applications
from stackwright.kernel.errors import BadInput

CONTROL_NAMESPACE = "argocd"
"""Where the platform's own settings are; Applications may live elsewhere."""
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def placed(command: F) -> F:
    """The options that say which Application of which platform is meant. An `app_name` may be NAMESPACE/NAME."""

    @wraps(command)
    def run(**given: Any) -> Any:
        if "app_name" in given:
            given["app_namespace"], given["app_name"] = qualified(given["app_name"], given["app_namespace"])
        return command(**given)

    option = click.option("-N", "--app-namespace", default=CONTROL_NAMESPACE, show_default=True, help="Namespace of the Application.")
    return cast("F", data_dir_option(name_option(option(run))))


def qualified(name: str, namespace: str) -> tuple[str, str]:
    """The namespace and name of an Application that is called NAME or NAMESPACE/NAME. Raises BadInput."""
    first, separator, rest = name.partition("/")
    if not separator:
        return namespace, name
    if not first or not rest or "/" in rest:
        raise BadInput(f"{name!r}: expected NAME or NAMESPACE/NAME")
    return first, rest


def run_with(base: Path, name: str, do: Callable[[KubeClient, platforms.PlatformState], Awaitable[T]]) -> T:
    state = platforms.running_platform(base, name)

    async def run() -> T:
        async with platforms.client_of(state, "argocd") as client:
            return await do(client, state)

    try:
        return asyncio.run(run())
    except applications.TimedOut as error:
        click.echo(f"Error: {error.message}", err=True)
        sys.exit(EXIT_TIMED_OUT)
