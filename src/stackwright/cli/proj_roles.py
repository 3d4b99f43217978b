"""`stackwright proj role`: who may do what within a project, with argocd's verbs and flags."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.app.accounts import Accounts
from stackwright.cli.frame import Verbs, output_option
from stackwright.cli.proj_frame import Spec, change_project, placed, read_project, run_project
from stackwright.cli.proj_spec import with_entry, without_entry
from stackwright.cli.tables import show, table
from stackwright.gitops.rbac import role_subject
from stackwright.kernel import duration
from stackwright.kernel.errors import BadInput

F = TypeVar("F", bound=Callable[..., Any])
Role = Mapping[str, Any]


@click.group(cls=Verbs)
def role() -> None:
    """Manage the roles of a project."""


def role_of(spec: Spec, name: str) -> Role:
    """Raises BadInput."""
    roles = spec.get("roles") or ()
    for each in roles:
        if each.get("name") == name:
            return dict(each)
    raise BadInput(f"role '{name}' does not exist in the project (there are: {', '.join(each['name'] for each in roles) or 'none'})")


def with_role(spec: Spec, name: str, change: Callable[[Role], Role]) -> dict[str, Any]:
    """Raises BadInput when there is no such role."""
    wanted = change(role_of(spec, name))
    return {**spec, "roles": [wanted if each.get("name") == name else each for each in spec["roles"]]}


def policy_line(project: str, role: str, *, resource: str, action: str, target: str, effect: str) -> str:
    return f"p, proj:{project}:{role}, {resource}, {action}, {project}/{target.removeprefix(project + '/')}, {effect}"


@role.command("list")
@click.argument("project")
@output_option("wide", "name", "json", "yaml", default="wide")
@placed
def list_(base: Path, name: str, project: str, output: str) -> None:
    """Show the roles of a project."""
    roles = list((read_project(base, name, project).get("spec") or {}).get("roles") or ())
    if output == "name":
        click.echo("".join(f"{each['name']}\n" for each in roles), nl=False)
        return
    rows = [(str(each["name"]), str(each.get("description") or "")) for each in roles]
    show("table" if output == "wide" else output, roles, ("ROLE-NAME", "DESCRIPTION"), rows, "no roles")


@role.command()
@click.argument("project")
@click.argument("role_name")
@placed
def get(base: Path, name: str, project: str, role_name: str) -> None:
    """Show one role: its policies, groups and tokens."""
    found = role_of(read_project(base, name, project).get("spec") or {}, role_name)
    lines = [("Role Name", role_name), ("Description", str(found.get("description") or ""))]
    lines += [("Policies" if not number else "", line) for number, line in enumerate(found.get("policies") or ())]
    lines += [("Groups" if not number else "", line) for number, line in enumerate(found.get("groups") or ())]
    click.echo("\n".join(f"{title + ':' if title else '':<15}{text}".rstrip() for title, text in lines))
    if found.get("jwtTokens"):
        click.echo("JWT Tokens:\n" + _tokens_text(found["jwtTokens"], unixtime=False))


@role.command()
@click.argument("project")
@click.argument("role_name")
@click.option("--description", default="", help="What the role is for.")
@placed
def create(base: Path, name: str, project: str, role_name: str, description: str) -> None:
    """Make a role."""

    def change(spec: Spec) -> Spec:
        if any(each.get("name") == role_name for each in spec.get("roles") or ()):
            return dict(spec)
        made = {"name": role_name} | ({"description": description} if description else {})
        return {**spec, "roles": [*(spec.get("roles") or ()), made]}

    change_project(base, name, project, change)
    click.echo(f"Role '{role_name}' created")


@role.command()
@click.argument("project")
@click.argument("role_name")
@placed
def delete(base: Path, name: str, project: str, role_name: str) -> None:
    """Delete a role; its tokens end with it."""

    def change(spec: Spec) -> Spec:
        role_of(spec, role_name)
        return {**spec, "roles": [each for each in spec["roles"] if each.get("name") != role_name]}

    change_project(base, name, project, change)
    click.echo(f"Role '{role_name}' deleted")


def _policy_options(command: F) -> F:
    options = [
        click.option("-a", "--action", required=True, help="get, create, update, delete, sync, action/…, override or *."),
        click.option("-o", "--object", "target", required=True, help="Name of an Application; * fits anything."),
        click.option("-p", "--permission", type=click.Choice(["allow", "deny"]), default="allow", show_default=True),
        click.option("-r", "--resource", default="applications", show_default=True, help="Kind of the object."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _policy_command(verb: str, change: Callable[[Spec, str, Any, str], dict[str, Any]], words: str) -> None:
    @role.command(verb, help=words)
    @click.argument("project")
    @click.argument("role_name")
    @_policy_options
    @placed
    def run(base: Path, name: str, project: str, role_name: str, action: str, target: str, permission: str, resource: str) -> None:
        line = policy_line(project, role_name, resource=resource, action=action, target=target, effect=permission)
        change_project(base, name, project, lambda spec: with_role(spec, role_name, lambda each: change(each, "policies", line, line)))


_policy_command("add-policy", with_entry, "Let a role do something.")
_policy_command("remove-policy", without_entry, "Let a role do something no longer.")


def _group_command(verb: str, change: Callable[[Spec, str, Any, str], dict[str, Any]], words: str, told: str) -> None:
    @role.command(verb, help=words)
    @click.argument("project")
    @click.argument("role_name")
    @click.argument("group")
    @placed
    def run(base: Path, name: str, project: str, role_name: str, group: str) -> None:
        change_project(base, name, project, lambda spec: with_role(spec, role_name, lambda each: change(each, "groups", group, group)))
        click.echo(f"Group '{group}' {told} role '{role_name}'")


_group_command("add-group", with_entry, "Give a role to a group.", "added to")
_group_command("remove-group", without_entry, "Take a role from a group.", "removed from")


# -- tokens --------------------------------------------------------------------------------------------------------


@role.command("create-token")
@click.argument("project")
@click.argument("role_name")
@click.option("-e", "--expires-in", default="0s", help="How long it lasts, such as 12h (default: for ever).")
@click.option("-i", "--id", "token_id", default="", help="A name for the token (default: a new one).")
@click.option("-t", "--token-only", is_flag=True, help="Print nothing but the token.")
@placed
def create_token(base: Path, name: str, project: str, role_name: str, expires_in: str, token_id: str, token_only: bool) -> None:
    """Make a token with the rights of a role, and print it: it is shown only now."""
    lasts, now, id = max(0, int(duration.parse(expires_in))), int(time.time()), token_id or str(uuid.uuid4())
    sessions = run_project(base, name, lambda client: Accounts(client).sessions())
    token = {"iat": now, "id": id} | ({"exp": now + lasts} if lasts else {})

    def change(each: Role) -> Role:
        tokens = each.get("jwtTokens") or ()
        if any(item.get("id") == id for item in tokens):
            raise BadInput(f"role '{role_name}' has a token with the id '{id}' already", hint="choose another with --id")
        return {**each, "jwtTokens": [*tokens, token]}

    change_project(base, name, project, lambda spec: with_role(spec, role_name, change))
    issued = sessions.issue(role_subject(project, role_name), id, lasts)
    if token_only:
        click.echo(issued)
        return
    subject = role_subject(project, role_name)
    click.echo(f"Create token succeeded for {subject}.\n  ID: {id}\n  Issued At: {_moment(now)}", nl=True)
    click.echo(f"  Expires At: {_moment(now + lasts) if lasts else 'Never'}\n  Token: {issued}")


@role.command("list-tokens")
@click.argument("project")
@click.argument("role_name")
@click.option("-u", "--unixtime", is_flag=True, help="Times in seconds since 1970.")
@placed
def list_tokens(base: Path, name: str, project: str, role_name: str, unixtime: bool) -> None:
    """Show the tokens of a role."""
    found = role_of(read_project(base, name, project).get("spec") or {}, role_name)
    click.echo(_tokens_text(found.get("jwtTokens") or (), unixtime=unixtime) if found.get("jwtTokens") else "No tokens")


@role.command("delete-token")
@click.argument("project")
@click.argument("role_name")
@click.argument("issued_at", type=int)
@placed
def delete_token(base: Path, name: str, project: str, role_name: str, issued_at: int) -> None:
    """End the token that was issued at a time (seconds since 1970; see list-tokens --unixtime)."""

    def change(each: Role) -> Role:
        return without_entry(each, "jwtTokens", {"iat": issued_at}, f"a token issued at {issued_at}")

    change_project(base, name, project, lambda spec: with_role(spec, role_name, change))


def _tokens_text(tokens: Sequence[Mapping[str, Any]], *, unixtime: bool) -> str:
    told: Callable[[int], str] = str if unixtime else _moment
    rows = [(str(each.get("id") or ""), told(int(each["iat"])), told(int(each["exp"])) if each.get("exp") else "<none>") for each in tokens]
    return table(("ID", "ISSUED AT", "EXPIRES AT"), rows)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
