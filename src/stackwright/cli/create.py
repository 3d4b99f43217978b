"""`stackwright create`: bring up or resume a platform, and wait until it is well."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from stackwright.app import platforms
from stackwright.app.creating import Moment, Packages, bring_up, classify
from stackwright.app.places import checked_name
from stackwright.app.settings import DEFAULT_HOST, DEFAULT_PORT, PlatformSettings
from stackwright.cli.frame import EXIT_INTERRUPTED, EXIT_TIMED_OUT, EXIT_UNHEALTHY, data_dir_option
from stackwright.cli.telling import JsonTeller, Teller, TextTeller
from stackwright.kernel import duration
from stackwright.kernel.errors import BadInput

_DOCKER_ONLY = {
    "kind_config": "--kind-config",
    "kube_version": "--kube-version",
    "registry_config": "--registry-config",
    "extra_ports": "--extra-ports",
}


@click.command()
@click.option("--name", default="localdev", show_default=True, help="Name of the platform.")
@click.option("--build-name", "build_name", hidden=True)
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True, help="Port of everything, on 127.0.0.1.")
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="Host name in every URL.")
@click.option("--ingress-host-name", "ingress_host", default="", help="Further host name, when another proxy stands in front.")
@click.option("--protocol", type=click.Choice(["https", "http"], case_sensitive=False), default="https", show_default=True)
@click.option(
    "--use-path-routing/--use-subdomains",
    "path_routing",
    default=True,
    show_default=True,
    help="https://host/argocd, or https://argocd.host.",
)
@click.option(
    "-p", "--package", "packages", multiple=True, help="Folder, file or git URL (host/org/repo//path?ref=…) with Applications; repeatable."
)
@click.option("--package-dir", "packages_too", multiple=True, hidden=True)
@click.option("-c", "--package-custom-file", "custom_files", multiple=True, help="name:file that replaces objects of a core package.")
@click.option("--dev-password", is_flag=True, help="Use the password 'developer' for the administrators.")
@click.option("--recreate", is_flag=True, help="Remove the platform first, with all it knows.")
@click.option("-n", "--no-exit", is_flag=True, help="Stay and tell what changes, after everything is well too.")
@click.option("--timeout", default="10m", show_default=True, help="How long to wait until everything is well.")
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="json: one event a line.")
@click.option(
    "-l", "--log-level", type=click.Choice(["debug", "info", "warn", "error"], case_sensitive=False), default="info", show_default=True
)
@click.option("--color", is_flag=True, help="Colour the output even when it is no terminal.")
@click.option("--kind-config", help="Accepted for idpbuilder's sake; there is no kind cluster.")
@click.option("--kube-version", help="Accepted for idpbuilder's sake.", hidden=True)
@click.option("--registry-config", is_flag=False, flag_value="default", help="Accepted for idpbuilder's sake.", hidden=True)
@click.option("--extra-ports", help="Accepted for idpbuilder's sake; simulated pods open no ports.")
@data_dir_option
def create(base: Path, output: str, timeout: str, dry_run: bool, recreate: bool, no_exit: bool, color: bool, **given: Any) -> None:
    """Bring up a platform, or resume it, and wait until every Application is Synced and Healthy.

    Exit codes: 0 all is well, 2 bad input, 3 timed out, 4 unhealthy, 130 interrupted.
    """
    settings = _settings(given)
    packages = classify([*given["packages"], *given["packages_too"]], given["custom_files"])
    seconds = _timeout(timeout)
    teller: Teller = JsonTeller() if output == "json" else TextTeller(color=color or sys.stdout.isatty(), live=sys.stderr.isatty())
    for name, flag in _DOCKER_ONLY.items():
        if given[name]:
            teller.note(f"{flag} only makes sense with containers and has no effect on the embedded cluster")
    if dry_run:
        teller.plan(settings, packages)
        return
    sys.exit(_create(base, settings, packages, teller, seconds, recreate=recreate, no_exit=no_exit))


def _settings(given: dict[str, Any]) -> PlatformSettings:
    return PlatformSettings(
        name=checked_name(given["build_name"] or given["name"]),
        host=given["host"].lower(),
        ingress_host=given["ingress_host"].lower(),
        port=given["port"],
        protocol=given["protocol"].lower(),
        path_routing=given["path_routing"],
        static_password=given["dev_password"],
        log_level={"warn": "warning"}.get(given["log_level"].lower(), given["log_level"].lower()),
    )


def _timeout(text: str) -> float:
    try:
        return float(text) if text.isdigit() else duration.parse(text)
    except BadInput as error:
        raise BadInput(f"--timeout: {error.message}") from error


def _create(
    base: Path, settings: PlatformSettings, packages: Packages, teller: Teller, seconds: float, *, recreate: bool, no_exit: bool
) -> int:
    try:
        if recreate and platforms.delete_platform(base, settings.name):
            teller.note(f"removed the platform {settings.name}")
        teller.starting(settings)
        state = platforms.ensure_platform(base, settings, teller.beat)
        teller.serving(state)
        moment = asyncio.run(_follow(state, packages, teller, seconds))
        teller.ended(state, moment)
        if no_exit and moment.ending == "ready":
            asyncio.run(_stay(state, packages, teller))
    except KeyboardInterrupt:
        teller.interrupted(settings)
        return EXIT_INTERRUPTED
    match moment.ending:
        case "ready":
            return 0
        case "timed out":
            return EXIT_TIMED_OUT
        case _:
            return EXIT_UNHEALTHY


async def _follow(state: platforms.PlatformState, packages: Packages, teller: Teller, seconds: float) -> Moment:
    last: Moment | None = None
    async for moment in bring_up(state, packages, seconds):
        last = moment
        if moment.ending is None:
            teller.progress(moment.progress)
    assert last is not None
    return last


async def _stay(state: platforms.PlatformState, packages: Packages, teller: Teller) -> None:
    teller.note("staying; end with Ctrl-C (the platform goes on)")
    await asyncio.Event().wait()
