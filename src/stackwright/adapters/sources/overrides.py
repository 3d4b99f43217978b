"""Options that a repository keeps beside the manifests: `.argocd-source.yaml` and `.argocd-source-<app>.yaml`."""

import posixpath
from collections.abc import Mapping
from typing import Any

from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.tree import Tree, normalise
from stackwright.kernel import yaml

_KEPT = ("repoURL", "path", "targetRevision", "chart", "ref", "name")
MAX_BYTES = 1024 * 1024


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396; builds anew."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def files(path: str, app: str) -> tuple[str, str]:
    """In the order in which they apply."""
    root = normalise(path)
    return posixpath.join(root, ".argocd-source.yaml"), posixpath.join(root, f".argocd-source-{app}.yaml")


def apply(source: Mapping[str, Any], tree: Tree, path: str, app: str) -> Mapping[str, Any]:
    """The source with the repository's overrides; they steer the tools, not where the files come from. Raises RenderProblem."""
    merged: Any = dict(source)
    for name in files(path, app):
        entry = tree.find(name) if "/" not in app else None
        if entry is None or entry.kind != "file":
            continue
        try:
            merged = merge_patch(merged, yaml.load(tree.read_entry(entry, MAX_BYTES)) or {})
        except yaml.YamlError as error:
            raise RenderProblem(f"{posixpath.basename(name)}: {error}") from error
    if not isinstance(merged, Mapping):
        raise RenderProblem("the override file of the repository is no mapping")
    kept: dict[str, Any] = {key: source[key] for key in _KEPT if key in source}
    steering: dict[str, Any] = {key: value for key, value in merged.items() if key not in _KEPT}
    return {**steering, **kept}
