"""`stackwright account`: who may log in to the portal, and what they may do there, with argocd's verbs."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from stackwright.app import platforms
from stackwright.app.accounts import Accounts
from stackwright.cli.frame import data_dir_option, name_option, output_option
from stackwright.cli.tables import show, show_one
from stackwright.kernel import duration
from stackwright.portal.accounts import ADMIN, shown

T = TypeVar("T")
_account_option = click.option("--account", "-a", default=ADMIN, show_default=True, help="Name of the account.")


@click.group()
def account() -> None:
    """Show accounts, set passwords, make tokens, ask who may do what."""


def _run(base: Path, name: str, do: Callable[[Accounts], Awaitable[T]]) -> T:
    state = platforms.running_platform(base, name)

    async def run() -> T:
        async with platforms.client_of(state, "argocd") as client:
            return await do(Accounts(client))

    return asyncio.run(run())


@account.command("list")
@output_option("wide", "name", "json", "yaml", default="wide")
@name_option
@data_dir_option
def list_(base: Path, name: str, output: str) -> None:
    """Show the accounts."""
    found = _run(base, name, lambda accounts: accounts.all()).values()
    if output == "name":
        click.echo("\n".join(each.name for each in found))
        return
    rows = [(each.name, str(each.enabled).lower(), ", ".join(each.capabilities)) for each in found]
    show("table" if output == "wide" else output, [shown(each) for each in found], ("NAME", "ENABLED", "CAPABILITIES"), rows, "no accounts")


@account.command()
@_account_option
@output_option("json", "yaml", default="yaml")
@name_option
@data_dir_option
def get(base: Path, name: str, account: str, output: str) -> None:
    """Show one account, with its tokens."""
    show_one(output, shown(_run(base, name, lambda accounts: accounts.one(account))))


@account.command("can-i")
@click.argument("action")
@click.argument("resource")
@click.argument("subresource", metavar="OBJECT")
@_account_option
@name_option
@data_dir_option
def can_i(base: Path, name: str, account: str, action: str, resource: str, subresource: str) -> None:
    """Tell whether an account may do ACTION with an OBJECT of RESOURCE, for example: sync applications 'team/*'."""
    may = _run(base, name, lambda accounts: accounts.can(account, action, resource, subresource))
    click.echo("yes" if may else "no")


@account.command("update-password")
@_account_option
@click.option(
    "--new-password",
    envvar="STACKWRIGHT_NEW_PASSWORD",
    prompt="New password",
    hide_input=True,
    confirmation_prompt=True,
    help="Better given by STACKWRIGHT_NEW_PASSWORD, or when asked.",
)
@name_option
@data_dir_option
def update_password(base: Path, name: str, account: str, new_password: str) -> None:
    """Set a password; whoever is logged in with the old one has to log in again."""
    _run(base, name, lambda accounts: accounts.set_password(account, new_password))
    click.echo(f"Password of '{account}' updated")


@account.command("generate-token")
@_account_option
@click.option("--id", default="", help="A name for the token (default: a new one).")
@click.option("--expires-in", default="0s", show_default=True, help="How long it lasts, such as 12h; 0s for ever.")
@name_option
@data_dir_option
def generate_token(base: Path, name: str, account: str, id: str, expires_in: str) -> None:
    """Make a token for the portal's API, and print it: it is shown only now."""
    seconds = int(duration.parse(expires_in))
    click.echo(_run(base, name, lambda accounts: accounts.make_token(account, id, max(0, seconds))))


@account.command("delete-token")
@click.argument("id")
@_account_option
@name_option
@data_dir_option
def delete_token(base: Path, name: str, account: str, id: str) -> None:
    """End a token."""
    _run(base, name, lambda accounts: accounts.drop_token(account, id))
    click.echo(f"Token '{id}' of '{account}' deleted")
