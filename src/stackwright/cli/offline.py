"""`stackwright health` and `stackwright render`: what can be told of manifests without any cluster."""

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import click

from stackwright.adapters.sources.service import ManifestSources
from stackwright.api.meta import Object, gvk_of, name_of, namespace_of
from stackwright.app.rendering import render_package
from stackwright.cli.frame import output_option
from stackwright.cli.tables import show_one, table
from stackwright.gitops.customizations import parse_customizations
from stackwright.gitops.health.resource import health_of
from stackwright.gitops.ports import SourceError
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput
from stackwright.stacks.reading import read_package
from stackwright.stacks.types import Source

_HEADINGS = ("KIND", "NAMESPACE", "NAME", "STATUS", "MESSAGE")


@click.command()
@click.option("-f", "--filename", "files", multiple=True, required=True, help="File of manifests, '-' for standard input; repeatable.")
@click.option(
    "--settings", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An argocd-cm whose resource.customizations count."
)
@output_option("table", "json", "yaml", default="table")
def health(files: tuple[str, ...], settings: Path | None, output: str) -> None:
    """Tell the health of every object in manifests, offline. An object without a notion of health has an empty status."""
    customizations = parse_customizations(_settings(settings))
    records = [_record(obj, customizations) for name in files for obj in _objects(name)]
    if output == "table":
        click.echo(table(_HEADINGS, [tuple(record.values()) for record in records]))
    else:
        show_one(output, records)


def _settings(path: Path | None) -> Mapping[str, str]:
    document = yaml.load(path.read_bytes()) if path is not None else {}
    return (document or {}).get("data") or {}


def _objects(name: str) -> list[Object]:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        documents = list(yaml.load_all(content))
    except OSError as error:
        raise BadInput(f"{name}: {error.strerror}") from error
    except (yaml.YamlError, UnicodeDecodeError) as error:
        raise BadInput(f"{name}: cannot be read: {error}") from error
    found: list[Object] = []
    for number, document in enumerate(documents, 1):
        if document is None:
            continue
        if not isinstance(document, Mapping) or not document.get("kind"):
            raise BadInput(f"{name}: document {number}: kind: missing")
        found += document.get("items") or [] if document["kind"] == "List" else [document]
    return found


def _record(obj: Object, customizations: Any) -> dict[str, str]:
    found = health_of(obj, customizations)
    status, message = (found.status, found.message) if found is not None else ("", "")
    return {"kind": gvk_of(obj).kind, "namespace": namespace_of(obj), "name": name_of(obj), "status": status, "message": message}


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--app", "only", help="Only this Application.")
def render(path: Path, only: str | None) -> None:
    """Print what the Applications of a package give, offline: PATH is a package folder or an Application's file."""
    folder = path if path.is_dir() else path.parent
    names = [item for item in sorted(path.iterdir()) if item.suffix in (".yaml", ".yml")] if path.is_dir() else [path]
    files = {item.name: item.read_bytes() for item in names if item.is_file()}
    reading = read_package(Source("dir", str(folder)), PurePosixPath(folder.resolve()), files, 0)
    for warning in reading.warnings:
        click.echo(f"note: {warning}", err=True)
    apps = [package for package in reading.packages if package.kind == "Application" and (not only or package.app_name == only)]
    if not apps:
        raise BadInput(f"{path}: no Application to render" + (f" named {only}" if only else ""))
    failed = asyncio.run(_render(apps))
    sys.exit(1 if failed else 0)


async def _render(apps: list[Any]) -> bool:
    failed = False
    with tempfile.TemporaryDirectory(prefix="stackwright-render-") as work:
        sources = ManifestSources(Path(work) / "sources", file_urls=True)
        try:
            for package in apps:
                try:
                    objects = await render_package(package, sources, Path(work))
                except SourceError as error:
                    failed = True
                    click.echo(f"Error: {package.app_name}: {error.message}", err=True)
                    continue
                click.echo(f"# Application {package.app_name}")
                click.echo(yaml.dump_all([dict(obj) for obj in objects]))
        finally:
            await sources.aclose()
    return failed
