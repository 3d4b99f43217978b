"""`stackwright proj add-…|remove-…|allow-…|deny-…`: one entry of a project's lists, with argocd's verbs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from stackwright.cli import proj_spec
from stackwright.cli.frame import Command, Verbs
from stackwright.cli.proj_frame import change_project, placed, placed_by_platform

lists = Verbs()
"""Holds the commands until `proj` takes them."""


def _entry_commands(verb: str, field: str, argument: str) -> None:
    """`add-X` and `remove-X` of a list of texts."""

    @lists.command(f"add-{verb}", help=f"Add to {field} of a project.")
    @click.argument("project")
    @click.argument("entry", metavar=argument)
    @placed
    def add(base: Path, name: str, project: str, entry: str) -> None:
        change_project(base, name, project, lambda spec: proj_spec.with_entry(spec, field, entry, entry))

    @lists.command(f"remove-{verb}", help=f"Remove from {field} of a project.")
    @click.argument("project")
    @click.argument("entry", metavar=argument)
    @placed
    def remove(base: Path, name: str, project: str, entry: str) -> None:
        change_project(base, name, project, lambda spec: proj_spec.without_entry(spec, field, entry, entry))


_entry_commands("source", "sourceRepos", "URL")
_entry_commands("source-namespace", "sourceNamespaces", "NAMESPACE")


def _destination_command(verb: str, change: Callable[..., Mapping[str, Any]], told: str) -> None:
    @lists.command(f"{verb}-destination", help=told)
    @click.argument("project")
    @click.argument("cluster", metavar="SERVER|NAME")
    @click.argument("namespace")
    @click.option("--name", "by_name", is_flag=True, help="The cluster is given by its name.")
    @placed_by_platform
    def command(base: Path, name: str, project: str, cluster: str, namespace: str, by_name: bool) -> None:
        entry = proj_spec.destination(cluster, namespace, by_name=by_name)
        change_project(base, name, project, lambda spec: change(spec, "destinations", entry, f"{cluster},{namespace}"))


_destination_command("add", proj_spec.with_entry, "Let a project deploy to a namespace of a cluster.")
_destination_command("remove", proj_spec.without_entry, "Let a project no longer deploy there.")


@lists.command("add-destination-service-account")
@click.argument("project")
@click.argument("server")
@click.argument("namespace")
@click.argument("account")
@click.option("--service-account-namespace", default="", help="Namespace of the account (default: the one deployed to).")
@placed
def add_account(base: Path, name: str, project: str, server: str, namespace: str, account: str, service_account_namespace: str) -> None:
    """Deploy there as an account."""
    entry = proj_spec.service_account(server, namespace, account, service_account_namespace)
    change_project(base, name, project, lambda spec: proj_spec.with_entry(spec, "destinationServiceAccounts", entry, account))


@lists.command("remove-destination-service-account")
@click.argument("project")
@click.argument("server")
@click.argument("namespace")
@click.argument("account")
@placed
def remove_account(base: Path, name: str, project: str, server: str, namespace: str, account: str) -> None:
    """Deploy there as that account no longer."""
    entry = proj_spec.service_account(server, namespace, account)
    change_project(base, name, project, lambda spec: proj_spec.without_entry(spec, "destinationServiceAccounts", entry, account))


@lists.command("add-orphaned-ignore")
@click.argument("project")
@click.argument("group")
@click.argument("kind")
@click.option("--name", "pattern", default="", help="Name of the objects; * fits anything.")
@placed_by_platform
def add_ignored(base: Path, name: str, project: str, group: str, kind: str, pattern: str) -> None:
    """Such objects are not orphans."""
    entry = {"group": group, "kind": kind} | ({"name": pattern} if pattern else {})
    change_project(base, name, project, lambda spec: proj_spec.with_orphan_ignored(spec, entry))


@lists.command("remove-orphaned-ignore")
@click.argument("project")
@click.argument("group")
@click.argument("kind")
@click.option("--name", "pattern", default="", help="Name of the objects; * fits anything.")
@placed_by_platform
def remove_ignored(base: Path, name: str, project: str, group: str, kind: str, pattern: str) -> None:
    """Such objects are orphans again."""
    entry = {"group": group, "kind": kind, "name": pattern}
    change_project(base, name, project, lambda spec: proj_spec.without_orphan_ignored(spec, entry))


def _kind_command(verb: str, allowed: str, denied: str, usual: str) -> None:
    """`allow-X` and `deny-X`: --list says which of both lists is changed."""
    allows = verb.startswith("allow")

    @lists.command(verb, cls=Command, help=f"{'Permit' if allows else 'Refuse'} a kind in a project.")
    @click.argument("project")
    @click.argument("group")
    @click.argument("kind")
    @click.option("-l", "--list", "which", type=click.Choice(["allow", "deny"]), default=usual, show_default=True, help="List to change.")
    @placed
    def change(base: Path, name: str, project: str, group: str, kind: str, which: str) -> None:
        entry = {"group": group, "kind": kind}
        adds = (which == "allow") == allows
        field = allowed if which == "allow" else denied

        def wanted(spec: Mapping[str, Any]) -> Mapping[str, Any]:
            if adds:
                return proj_spec.with_kind(spec, entry, into=field, out_of=denied if which == "allow" else allowed)
            return proj_spec.without_kind(spec, entry, field)

        change_project(base, name, project, wanted)


_kind_command("allow-cluster-resource", proj_spec.CLUSTER_ALLOWED, proj_spec.CLUSTER_DENIED, "allow")
_kind_command("deny-cluster-resource", proj_spec.CLUSTER_ALLOWED, proj_spec.CLUSTER_DENIED, "allow")
_kind_command("allow-namespace-resource", proj_spec.NAMESPACE_ALLOWED, proj_spec.NAMESPACE_DENIED, "deny")
_kind_command("deny-namespace-resource", proj_spec.NAMESPACE_ALLOWED, proj_spec.NAMESPACE_DENIED, "deny")
