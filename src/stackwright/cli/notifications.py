"""`stackwright notifications`: which triggers and templates there are and what they would say, with argocd's verbs."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from stackwright.api.meta import Object
from stackwright.app import notifying, platforms
from stackwright.app.notifying import CONSOLE, Given
from stackwright.cli.app_frame import CONTROL_NAMESPACE, qualified, run_with
from stackwright.cli.frame import data_dir_option, name_option, output_option
from stackwright.cli.tables import show_one, table
from stackwright.client.kube import KubeClient
from stackwright.gitops.notifications.settings import destinations
from stackwright.gitops.notifications.trial import conditions_of, described, preview, template_of
from stackwright.gitops.notifications.types import Settings
from stackwright.gitops.requests import find_app
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput

F = TypeVar("F", bound=Callable[..., Any])
_FILES = (".yaml", ".yml", ".json")
_EMPTY = ":empty"


@click.group()
def notifications() -> None:
    """See and try the triggers and templates of notifications."""


@notifications.group()
def template() -> None:
    """Templates: what is said."""


@notifications.group()
def trigger() -> None:
    """Triggers: when it is said."""


def _configured(command: F) -> F:
    """The options that say whose settings are meant."""

    @wraps(command)
    def run(config_map: Path | None, secret: str | None, **arguments: Any) -> Any:
        found = Given(_document(config_map) if config_map else None, _secret(secret))
        return command(given=found, **arguments)

    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in (
        click.option("-n", "--namespace", default=CONTROL_NAMESPACE, show_default=True, help="Namespace whose settings are meant."),
        click.option("--secret", help=f"File of the Secret to use instead of the platform's; {_EMPTY} for none."),
        click.option("--config-map", type=file, help="File of the ConfigMap to use instead of the platform's."),
    ):
        run = option(run)
    return cast("F", data_dir_option(name_option(run)))


@template.command("get")
@click.argument("wanted", metavar="[NAME]", required=False)
@output_option("wide", "name", "json", "yaml", default="wide")
@_configured
def get_template(base: Path, name: str, given: Given, namespace: str, wanted: str | None, output: str) -> None:
    """Show the templates, or one of them."""
    settings = _settings(base, name, given, namespace)
    found = {wanted: template_of(settings, wanted)} if wanted else dict(sorted(settings.templates.items()))
    _show(output, found, ("NAME", "PREVIEW"), [(each, preview(value)) for each, value in found.items()])


@template.command()
@click.argument("template_name", metavar="NAME")
@click.argument("app_name", metavar="APPLICATION")
@click.option("--recipient", "recipients", multiple=True, default=(f"{CONSOLE}:stdout",), show_default=True, help="SERVICE:RECIPIENT.")
@_configured
def notify(base: Path, name: str, given: Given, namespace: str, template_name: str, app_name: str, recipients: tuple[str, ...]) -> None:
    """Say what a template says of an Application, to recipients or here. APPLICATION may be a file."""

    async def act(client: KubeClient, state: platforms.PlatformState) -> None:
        app, settings = await _application(client, app_name), await notifying.settings_of(client, state, given, namespace)
        async with notifying.trial(client, state, settings, app) as trial:
            for destination in destinations(recipients):
                found = await trial.notify(template_name, destination)
                if found is not None:
                    show_one("yaml", found)
                else:
                    click.echo(f"told {destination.service}:{destination.recipient}", err=True)

    run_with(base, name, act)


@trigger.command("get")
@click.argument("wanted", metavar="[NAME]", required=False)
@output_option("wide", "name", "json", "yaml", default="wide")
@_configured
def get_trigger(base: Path, name: str, given: Given, namespace: str, wanted: str | None, output: str) -> None:
    """Show the triggers, or one of them."""
    settings = _settings(base, name, given, namespace)
    found = {wanted: conditions_of(settings, wanted)} if wanted else dict(sorted(settings.triggers.items()))
    rows = [
        (each if place == 0 else "", ", ".join(condition.send), condition.when.source)
        for each, conditions in found.items()
        for place, condition in enumerate(conditions)
    ]
    records = {each: [described(condition) for condition in conditions] for each, conditions in found.items()}
    _show(output, records, ("NAME", "TEMPLATE", "CONDITION"), rows)


@trigger.command()
@click.argument("trigger_name", metavar="NAME")
@click.argument("app_name", metavar="APPLICATION")
@_configured
def run(base: Path, name: str, given: Given, namespace: str, trigger_name: str, app_name: str) -> None:
    """Tell which conditions of a trigger an Application meets now. APPLICATION may be a file."""

    async def act(client: KubeClient, state: platforms.PlatformState) -> list[tuple[str, str, str]]:
        app, settings = await _application(client, app_name), await notifying.settings_of(client, state, given, namespace)
        async with notifying.trial(client, state, settings, app) as trial:
            return [(condition.when.source, str(holds).lower(), why) for condition, holds, why in await trial.run(trigger_name)]

    rows = run_with(base, name, act)
    click.echo(table(("CONDITION", "RESULT"), [(source, result) for source, result, _ in rows]))
    for source, _, why in rows:
        if why:
            click.echo(f"{source}: {why}", err=True)


def _settings(base: Path, name: str, given: Given, namespace: str) -> Settings:
    async def fetch(client: KubeClient, state: platforms.PlatformState) -> Settings:
        return await notifying.settings_of(client, state, given, namespace)

    found = run_with(base, name, fetch)
    for problem in found.problems:
        click.echo(f"Warning: {problem}", err=True)
    return found


def _show(output: str, records: Mapping[str, Any], headings: tuple[str, ...], rows: Sequence[Sequence[str]]) -> None:
    match output:
        case "wide":
            click.echo(table(headings, rows))
        case "name":
            click.echo("\n".join(records))
        case _:
            show_one(output, dict(records))


async def _application(client: KubeClient, name: str) -> Object:
    """Raises BadInput."""
    if name.endswith(_FILES):
        return _document(Path(name))
    namespace, plain = qualified(name, CONTROL_NAMESPACE)
    return await find_app(client, plain, namespace)


def _secret(given: str | None) -> Object | None:
    if given is None:
        return None
    return {} if given == _EMPTY else _document(Path(given))


def _document(path: Path) -> Object:
    try:
        found = yaml.load(path.read_bytes())
    except (OSError, yaml.YamlError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise BadInput(f"{path}: expected one object")
    return found
