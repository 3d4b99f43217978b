"""What the app commands share: which Application of which platform is meant, and a client to ask."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.app import platforms
from stackwright.cli.frame import EXIT_TIMED_OUT, data_dir_option, name_option
from stackwright.client.kube import KubeClient
from stackwright.gitops import requests as applications

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def placed(command: F) -> F:
    """The options that say which Application of which platform is meant."""
    command = click.option("-N", "--app-namespace", default="argocd", show_default=True, help="Namespace of the Application.")(command)
    return data_dir_option(name_option(command))


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
