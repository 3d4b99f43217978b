"""Results as people and programs want them: an aligned table, JSON or YAML."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from stackwright.kernel import json, yaml

_GAP = "   "


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, as kubectl prints them."""
    widths = [max(len(row[index]) for row in (headings, *rows)) for index in range(len(headings))]
    return "\n".join(_GAP.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in (headings, *rows))


def show(output: str, records: Sequence[Mapping[str, Any]], headings: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """Prints in the form asked for."""
    match output:
        case "json":
            click.echo(json.pretty(list(records)))
        case "yaml":
            click.echo(yaml.dump(list(records)), nl=False)
        case _ if not rows:
            click.echo(empty, err=True)
        case _:
            click.echo(table(headings, rows))


def show_one(output: str, record: Any) -> None:
    """Prints one value as JSON or YAML."""
    click.echo(json.pretty(record) if output == "json" else yaml.dump(record).rstrip())
