"""The columns that the built-in kinds are listed with, and what each cell says.

One line a column: name, type, priority, then where its description comes from: `@path` a field of the kind's own schema,
else the text itself. The first line of a table names the qualified resource. `Name` and `Age` are the same everywhere.

Source: k8s.io/kubernetes pkg/printers/internalversion.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from stackwright.api.meta import Object, Resource, metadata_of, name_of
from stackwright.apiserver.builtin import columns_access, columns_network, columns_others, columns_pods, columns_storage, columns_workloads
from stackwright.apiserver.builtin.cells import Cells
from stackwright.apiserver.builtin.schemas import definitions, package_of
from stackwright.apiserver.kind import Column

_META = "io.k8s.apimachinery.pkg.apis.meta.v1"
_MODULES = (columns_access, columns_network, columns_others, columns_pods, columns_storage, columns_workloads)
_CELLS: Mapping[str, Cells] = {resource: cells for module in _MODULES for resource, cells in module.CELLS.items()}
_DATED = ("Created At", "date", "0", "")
_DESCRIBED: Mapping[str, str] = {"HorizontalPodAutoscaler": "v2"}
"""Kinds whose columns are described by one version in all."""
_COMPLETED: Mapping[str, str] = {"Succeeded": "The pod has completed successfully.", "Failed": "The pod failed."}


def columns_of(resource: Resource) -> Sequence[Column]:
    """Kinds without columns of their own show when they were created."""
    return _columns(resource.group, resource.version, resource.kind, resource.qualified)


@cache
def _columns(group: str, version: str, kind: str, qualified: str) -> Sequence[Column]:
    lines = _tables().get(qualified, (("Name", "name", "0", ""), _DATED))
    return tuple(_column(line, group, version, kind) for line in lines)


@cache
def _tables() -> Mapping[str, Sequence[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for module in _MODULES:
        for block in module.TABLES.strip().split("\n\n"):
            resource, *lines = block.split("\n")
            found[resource] = [_line(line) for line in lines]
    return found


def _line(line: str) -> tuple[str, ...]:
    name, kind, priority, description = [*(part.strip() for part in line.split("|")), "", "", ""][:4]
    return name, kind or "string", priority or "0", description


def _column(line: tuple[str, ...], group: str, version: str, kind: str) -> Column:
    name, type, priority, source = line
    if type == "name":
        return Column(name, "string", "name", _described(_META, "ObjectMeta", ["name"]), int(priority))
    if name == "Age" or type == "date":
        return Column(name, type, "", _described(_META, "ObjectMeta", ["creationTimestamp"]), int(priority))
    if not source.startswith("@"):
        return Column(name, type, "", source, int(priority))
    package, (first, *path) = package_of(group, _DESCRIBED.get(kind, version)), source[1:].split(".")
    start = (first, path) if first[0].isupper() else (kind, [first, *path])
    return Column(name, type, "", _described(package, *start), int(priority))


def _described(package: str, kind: str, path: Sequence[str]) -> str:
    """The description of a field; empty when there is none."""
    node: Mapping[str, Any] = definitions(package).get(kind) or {}
    for step in path:
        if reference := node.get("$ref"):
            node = definitions(reference.rpartition(".")[0]).get(reference.rpartition(".")[2]) or {}
        node = (node.get("properties") or {}).get(step) or {}
    return str(node.get("description") or "")


def cells_of(resource: Resource, obj: Object, now: datetime) -> Sequence[Any]:
    """One for each of `columns_of`."""
    cells = _CELLS.get(resource.qualified)
    if cells is None:
        return name_of(obj), metadata_of(obj).get("creationTimestamp")
    return cells(obj, now)


def conditions_of(resource: Resource, obj: Object) -> list[dict[str, str]]:
    """What a client may want to leave out: a pod that has ended is marked so."""
    phase = str((obj.get("status") or {}).get("phase"))
    if resource.qualified != "pods" or phase not in _COMPLETED:
        return []
    return [{"type": "Completed", "status": "True", "reason": phase, "message": _COMPLETED[phase]}]
