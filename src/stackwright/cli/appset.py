"""`stackwright appset`: sets of Applications, with argocd's verbs and flags."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from stackwright.api.meta import Object, labels_of, metadata_of, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.cli.app_choice import labels_meant
from stackwright.cli.app_frame import CONTROL_NAMESPACE, qualified
from stackwright.cli.frame import Verbs, output_option
from stackwright.cli.manifest_files import documents_of
from stackwright.cli.proj_frame import placed, run_project
from stackwright.cli.tables import show, show_one, table
from stackwright.client.kinds import APPLICATION_SETS
from stackwright.client.kube import KubeClient
from stackwright.kernel.errors import BadInput

_HEADINGS = ("NAME", "PROJECT", "SYNCPOLICY", "CONDITIONS", "REPO", "PATH", "TARGET")
_namespace_option = click.option(
    "-N", "--appset-namespace", default=CONTROL_NAMESPACE, show_default=True, help="Namespace of the ApplicationSet."
)


@click.group(cls=Verbs)
def appset() -> None:
    """Manage ApplicationSets."""


def row(found: Object) -> tuple[str, ...]:
    """One line of the list, a cell for each heading."""
    spec = found.get("spec") or {}
    template = (spec.get("template") or {}).get("spec") or {}
    source: Mapping[str, Any] = template.get("source") or next(iter(template.get("sources") or ()), {})
    conditions = [item["type"] for item in (found.get("status") or {}).get("conditions") or () if item.get("status") == "True"]
    return (
        f"{namespace_of(found)}/{name_of(found)}",
        str(template.get("project") or "default"),
        "nil" if not spec.get("syncPolicy") else ",".join(f"{key}={value}" for key, value in spec["syncPolicy"].items()),
        ",".join(conditions) or "<none>",
        str(source.get("repoURL") or ""),
        str(source.get("path") or source.get("chart") or ""),
        str(source.get("targetRevision") or ""),
    )


@appset.command("list")
@click.option("-l", "--selector", help="Only those with these labels.")
@click.option("-p", "--project", "projects", multiple=True, help="Only those of these projects.")
@click.option("-N", "--appset-namespace", default="", help="Only those of this namespace.")
@output_option("wide", "name", "json", "yaml", default="wide")
@placed
def list_(base: Path, name: str, selector: str | None, projects: tuple[str, ...], appset_namespace: str, output: str) -> None:
    """Show the ApplicationSets."""
    labels = labels_meant("--selector", selector)
    found = run_project(base, name, lambda client: client.list(APPLICATION_SETS, appset_namespace or None))
    chosen = [each for each in found if labels.matches(labels_of(each)) and (not projects or row(each)[1] in projects)]
    if output == "name":
        click.echo("".join(f"{namespace_of(each)}/{name_of(each)}\n" for each in chosen), nl=False)
        return
    show("table" if output == "wide" else output, chosen, _HEADINGS, [row(each) for each in chosen], "no ApplicationSets")


@appset.command()
@click.argument("set_name")
@_namespace_option
@output_option("wide", "json", "yaml", default="wide")
@placed
def get(base: Path, name: str, set_name: str, appset_namespace: str, output: str) -> None:
    """Show one ApplicationSet."""
    namespace, plain = qualified(set_name, appset_namespace)
    found = run_project(base, name, lambda client: client.find(APPLICATION_SETS, plain, namespace))
    if found is None:
        raise BadInput(f"there is no ApplicationSet {namespace}/{plain}", hint="stackwright appset list")
    if output != "wide":
        show_one(output, found)
        return
    titles = ("Name", "Project", "SyncPolicy", "Conditions", "Repo", "Path", "Target")
    click.echo("\n".join(f"{title + ':':<20}{text}".rstrip() for title, text in zip(titles, row(found), strict=True)))
    conditions = (found.get("status") or {}).get("conditions") or ()
    if conditions:
        rows = [tuple(str(each.get(field) or "") for field in ("type", "status", "message", "lastTransitionTime")) for each in conditions]
        click.echo("\n" + table(("CONDITION", "STATUS", "MESSAGE", "LAST TRANSITION"), rows))


@appset.command()
@click.argument("files", nargs=-1, required=True)
@click.option("-N", "--appset-namespace", default="", help="Namespace for those that name none.")
@click.option("--upsert", is_flag=True, help="Change those that are there, if they differ.")
@click.option("--dry-run", is_flag=True, help="Let the API check them, change nothing.")
@output_option("wide", "json", "yaml", default="wide")
@placed
def create(base: Path, name: str, files: tuple[str, ...], appset_namespace: str, upsert: bool, dry_run: bool, output: str) -> None:
    """Make the ApplicationSets in files; - for standard input."""
    documents = [document for file in files for document in documents_of(file, APPLICATION_SETS.kind)]
    wanted = [
        {**document, "metadata": {"namespace": appset_namespace or CONTROL_NAMESPACE, **metadata_of(document)}} for document in documents
    ]

    async def run(client: KubeClient) -> None:
        for each in wanted:
            word, made = await _create(client, each, upsert, dry_run)
            if output == "wide":
                click.echo(f"ApplicationSet '{name_of(each)}' {word}{' (dry run)' if dry_run else ''}")
            else:
                show_one(output, made)

    run_project(base, name, run)


async def _create(client: KubeClient, wanted: Object, upsert: bool, dry_run: bool) -> tuple[str, Object]:
    """Raises BadInput when a different one is there, without `upsert`."""
    try:
        return "created", await client.create(wanted, resource=APPLICATION_SETS, dry_run=dry_run)
    except StatusError as error:
        if not error.already_exists:
            raise
        found = await client.get(APPLICATION_SETS, name_of(wanted), namespace_of(wanted))
        if found.get("spec") == wanted.get("spec"):
            return "unchanged", found
        if not upsert:
            raise BadInput(f"existing ApplicationSet spec is different: {name_of(wanted)}", hint="change it with --upsert") from error
        marks = {key: metadata_of(wanted)[key] for key in ("labels", "annotations") if metadata_of(wanted).get(key)}
        changed = {**found, "metadata": {**metadata_of(found), **marks}, "spec": wanted.get("spec")}
        return "updated", await client.update(changed, resource=APPLICATION_SETS, dry_run=dry_run)


@appset.command()
@click.argument("set_names", nargs=-1, required=True)
@_namespace_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@placed
def delete(base: Path, name: str, set_names: tuple[str, ...], appset_namespace: str, yes: bool) -> None:
    """Delete ApplicationSets, and the Applications that they made. On a terminal, asks first."""

    async def run(client: KubeClient) -> None:
        for namespace, plain in (qualified(each, appset_namespace) for each in set_names):
            if not yes and sys.stdin.isatty() and not click.confirm(f"Delete '{plain}' and its Applications?"):
                click.echo(f"The command to delete '{plain}' was cancelled.")
                continue
            await client.delete(APPLICATION_SETS, plain, namespace)
            click.echo(f"ApplicationSet '{plain}' deleted")

    run_project(base, name, run)
