"""The command `stackwright`. Each command's module is read when the command is asked for: starting costs what is used."""

from importlib import import_module

import click

from stackwright.cli.frame import Commands

_COMMANDS = {
    "create": "create:create",
    "get": "get:get",
    "app": "app:app",
    "appset": "appset:appset",
    "proj": "proj:proj",
    "repo": "repo:repo",
    "repocreds": "repo:repocreds",
    "cert": "cert:cert",
    "delete": "platform:delete",
    "account": "account:account",
    "notifications": "notifications:notifications",
    "cluster": "cluster:cluster",
    "snapshot": "snapshot:snapshot",
    "health": "offline:health",
    "render": "offline:render",
    "kubectl": "platform:kubectl",
    "version": "platform:version",
    "serve": "serve:serve",
}
"""By name: the module below `stackwright.cli` and what it calls the command."""


class LazyCommands(Commands):
    def list_commands(self, context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name].partition(":")
        found: click.Command = getattr(import_module(f"stackwright.cli.{module}"), attribute)
        return found


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Bring up, reconcile and operate an Internal Developer Platform from stacks kept in git."""
