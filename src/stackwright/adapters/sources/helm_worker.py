"""Renders a chart with Helm's own engine; runs in the worker."""

import json as standard_json
from collections.abc import Mapping, Sequence
from typing import Any

import helm_python
from helm_python import _native

from stackwright.adapters.sources import helm_values, semver
from stackwright.adapters.sources.problems import RenderProblem

MAX_RENDERED_BYTES = 64 * 1024 * 1024


def render(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Shape: `crds` and `templates` are lists of [file name, text], sorted by name, the chart's own before its dependencies'."""
    try:
        return _render(request)
    except helm_python.HelmError as error:
        raise RenderProblem(_one_line(str(error))) from error


def _render(request: Mapping[str, Any]) -> Mapping[str, Any]:
    helm_python.validate_release_name(request["release"])
    with helm_python.Chart.load(request["chart"]) as chart:
        metadata = chart.metadata
        _check(metadata, chart.dependencies, request["kube_version"])
        values = _values(request)
        crds = sorted([item["filename"], item["data"]] for item in chart.crds)
        options = {"name": request["release"], "namespace": request["namespace"]}
        options |= {key: request[key] for key in ("kube_version", "api_versions") if request[key]}
        rendered = _native.call_string("helm_render", chart._raw(), standard_json.dumps(values), standard_json.dumps(options))
    if len(rendered) > MAX_RENDERED_BYTES:
        raise RenderProblem(f"the chart renders to more than {MAX_RENDERED_BYTES} bytes")
    templates = sorted([name, text] for name, text in standard_json.loads(rendered).items() if _is_manifest(name, text))
    return {"crds": crds, "templates": templates}


def _is_manifest(name: str, text: str) -> bool:
    base = name.rpartition("/")[2]
    return not base.startswith("_") and base != "NOTES.txt" and bool(text.strip())


def _check(metadata: Mapping[str, Any], present: Sequence[Mapping[str, Any]], kube_version: str) -> None:
    if metadata.get("type") == "library":
        raise RenderProblem("library charts are not installable")
    names = {str(item.get("name")) for item in present}
    missing = [item["name"] for item in metadata.get("dependencies") or [] if item["name"] not in names]
    if missing:
        raise RenderProblem(f"found in Chart.yaml, but missing in charts/ directory: {', '.join(missing)}")
    wanted, version = metadata.get("kubeVersion"), semver.parse_version(kube_version)
    if wanted and version is not None and not semver.parse_constraint(str(wanted)).admits(version):
        raise RenderProblem(f"chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {kube_version}")


def _values(request: Mapping[str, Any]) -> dict[str, Any]:
    """Files, then `--set`, then `--set-string`, then `--set-file`, as Helm takes them."""
    values: dict[str, Any] = {}
    for layer in request["values"]:
        values = helm_values.merge(values, layer)
    for kind, parse in (("set", helm_python.parse_set_string), ("set_string", helm_python.parse_set_string_values)):
        for expression in request[kind]:
            values = helm_values.merge_set(values, parse(expression), expression)
    for name, content in request["set_file"]:
        over = _with_leaf(helm_python.parse_set_string_values(f"{name}=x"), content)
        values = helm_values.merge_set(values, over, name)
    return values


def _with_leaf(tree: Any, leaf: str) -> Any:
    """The tree of an expression with its one value replaced: file contents are not to be parsed."""
    if isinstance(tree, dict):
        return {key: _with_leaf(value, leaf) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_with_leaf(value, leaf) if value is not None else None for value in tree]
    return leaf


def _one_line(text: str) -> str:
    return " ".join(text.split())
