"""Which tool an ApplicationSource is for."""

from collections.abc import Mapping
from typing import Any, Literal

from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.tree import Tree, normalise

SourceType = Literal["Directory", "Helm", "Kustomize", "Plugin"]

KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_FIELDS: tuple[tuple[str, SourceType], ...] = (
    ("kustomize", "Kustomize"), ("helm", "Helm"), ("directory", "Directory"), ("plugin", "Plugin"),
)  # fmt: skip
_SWITCHES = {"Helm": "enable.helm", "Kustomize": "enable.kustomize", "Plugin": "enable.plugin", "Directory": "enable.directory"}
_OLD_SWITCHES = {"Helm": "helm.enable", "Kustomize": "kustomize.enable", "Directory": "jsonnet.enable"}


def is_helm_repository(source: Mapping[str, Any]) -> bool:
    return bool(source.get("chart"))


def is_reference_only(source: Mapping[str, Any]) -> bool:
    """A source that only lends its files to the others."""
    return bool(source.get("ref")) and not source.get("path") and not source.get("chart")


def declared(source: Mapping[str, Any]) -> SourceType | None:
    """The tool whose options are set. Raises RenderProblem when there are several."""
    found = [name for field, name in _FIELDS if _is_set(field, source.get(field))]
    if len(found) > 1:
        raise RenderProblem(f"multiple application sources defined: {','.join(found)}")
    return found[0] if found else None


def _is_set(field: str, options: Any) -> bool:
    """Options that all are empty count as none; a plugin may be chosen without any."""
    if field == "plugin":
        return options is not None
    return isinstance(options, Mapping) and any(value not in (None, "", False, [], {}) for value in options.values())


def enabled(kind: SourceType, settings: Mapping[str, str]) -> bool:
    old = _OLD_SWITCHES.get(kind, "") if kind != "Directory" else ""
    return settings.get(_SWITCHES[kind], "true") != "false" and settings.get(old, "true") != "false"


def detect(tree: Tree, path: str, settings: Mapping[str, str]) -> SourceType:
    """By the file that only one tool has."""
    root = normalise(path)
    prefix = f"{root}/" if root else ""
    if enabled("Helm", settings) and _is_file(tree, f"{prefix}Chart.yaml"):
        return "Helm"
    if enabled("Kustomize", settings) and any(_is_file(tree, prefix + name) for name in KUSTOMIZATION_NAMES):
        return "Kustomize"
    return "Directory"


def _is_file(tree: Tree, path: str) -> bool:
    entry = tree.find(path)
    return entry is not None and entry.kind == "file"
