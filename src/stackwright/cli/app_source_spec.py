"""Changes to one source of an Application that the flags of `app create`, `set`, `unset` and `add-source` ask for. Pure.

Source: Argo CD's cmd/util/app.go.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackwright.kernel.errors import BadInput

Spec = Mapping[str, Any]
Path = tuple[str, ...]

PLACES: Mapping[str, Path] = {
    "repo": ("repoURL",),
    "path": ("path",),
    "helm_chart": ("chart",),
    "revision": ("targetRevision",),
    "ref": ("ref",),
    "source_name": ("name",),
    "values": ("helm", "valueFiles"),
    "values_literal": ("helm", "values"),
    "ignore_missing_value_files": ("helm", "ignoreMissingValueFiles"),
    "release_name": ("helm", "releaseName"),
    "helm_version": ("helm", "version"),
    "helm_pass_credentials": ("helm", "passCredentials"),
    "helm_skip_crds": ("helm", "skipCrds"),
    "helm_skip_schema_validation": ("helm", "skipSchemaValidation"),
    "helm_skip_tests": ("helm", "skipTests"),
    "helm_namespace": ("helm", "namespace"),
    "helm_kube_version": ("helm", "kubeVersion"),
    "helm_api_versions": ("helm", "apiVersions"),
    "nameprefix": ("kustomize", "namePrefix"),
    "namesuffix": ("kustomize", "nameSuffix"),
    "kustomize_version": ("kustomize", "version"),
    "kustomize_namespace": ("kustomize", "namespace"),
    "kustomize_kube_version": ("kustomize", "kubeVersion"),
    "kustomize_api_versions": ("kustomize", "apiVersions"),
    "kustomize_common_label": ("kustomize", "commonLabels"),
    "kustomize_common_annotation": ("kustomize", "commonAnnotations"),
    "kustomize_force_common_label": ("kustomize", "forceCommonLabels"),
    "kustomize_force_common_annotation": ("kustomize", "forceCommonAnnotations"),
    "kustomize_label_without_selector": ("kustomize", "labelWithoutSelector"),
    "kustomize_label_include_templates": ("kustomize", "labelIncludeTemplates"),
    "ignore_missing_components": ("kustomize", "ignoreMissingComponents"),
    "directory_recurse": ("directory", "recurse"),
    "directory_exclude": ("directory", "exclude"),
    "directory_include": ("directory", "include"),
    "directory_disable_extension_filter": ("directory", "disableExtensionFilter"),
    "config_management_plugin": ("plugin", "name"),
}
"""Where in a source a flag's value is set as it is."""

_MAPS = frozenset(("kustomize_common_label", "kustomize_common_annotation"))


def with_source_flags(source: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    """The source as the flags want it. Shape: `given` has only flags that were given. Raises BadInput."""
    changed = dict(source)
    for flag, path in PLACES.items():
        if flag in given:
            value = given[flag]
            changed = set_at(changed, path, _pairs(flag, value) if flag in _MAPS else list(value) if isinstance(value, tuple) else value)
    for flag, (path, key, entry) in _LISTS.items():
        if flag in given:
            entries = [entry(flag, text) for text in given[flag]]
            changed = set_at(changed, path, _merged(_at(changed, path) or (), entries, key))
    return changed


def _pairs(flag: str, texts: Sequence[str]) -> dict[str, str]:
    return dict(_pair(flag, text) for text in texts)


def _pair(flag: str, text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise BadInput(f"--{flag.replace('_', '-')} {text}: expected NAME=VALUE")
    return name, value


def _value(flag: str, text: str, **more: Any) -> dict[str, Any]:
    name, value = _pair(flag, text)
    return {"name": name, "value": value} | more


def _file(flag: str, text: str) -> dict[str, Any]:
    name, path = _pair(flag, text)
    return {"name": name, "path": path}


def _replica(flag: str, text: str) -> dict[str, Any]:
    name, count = _pair(flag, text)
    if not count.isdigit():
        raise BadInput(f"--{flag.replace('_', '-')} {text}: expected NAME=NUMBER")
    return {"name": name, "count": int(count)}


def image_name(image: str) -> str:
    """What an override of an image is about: `nginx` of `nginx=mirror/nginx:1` and of `nginx:1`."""
    first, separator, _ = image.partition("=")
    if separator:
        return first
    without_digest = image.partition("@")[0]
    folder, slash, last = without_digest.rpartition("/")
    return folder + slash + last.partition(":")[0]


def _named(entry: Any) -> str:
    return str(entry["name"])


_LISTS: Mapping[str, tuple[Path, Callable[[Any], str], Callable[[str, str], Any]]] = {
    "helm_set": (("helm", "parameters"), _named, _value),
    "helm_set_string": (("helm", "parameters"), _named, lambda flag, text: _value(flag, text, forceString=True)),
    "parameter": (("helm", "parameters"), _named, _value),
    "helm_set_file": (("helm", "fileParameters"), _named, _file),
    "kustomize_image": (("kustomize", "images"), image_name, lambda _, text: text),
    "kustomize_replica": (("kustomize", "replicas"), _named, _replica),
    "jsonnet_tla_str": (("directory", "jsonnet", "tlas"), _named, _value),
    "jsonnet_tla_code": (("directory", "jsonnet", "tlas"), _named, lambda flag, text: _value(flag, text, code=True)),
    "jsonnet_ext_var_str": (("directory", "jsonnet", "extVars"), _named, _value),
    "jsonnet_ext_var_code": (("directory", "jsonnet", "extVars"), _named, lambda flag, text: _value(flag, text, code=True)),
    "jsonnet_libs": (("directory", "jsonnet", "libs"), str, lambda _, text: text),
    "plugin_env": (("plugin", "env"), _named, _value),
}
"""Flags that add to a list, or replace the entry of the same name there."""


def _merged(there: Sequence[Any], wanted: Sequence[Any], key: Callable[[Any], str]) -> list[Any]:
    """In the order of `there`, new ones last."""
    found = {key(entry): entry for entry in there}
    return list((found | {key(entry): entry for entry in wanted}).values())


def _at(mapping: Spec, path: Path) -> Any:
    found: Any = mapping
    for field in path:
        found = (found or {}).get(field)
    return found


def set_at(mapping: Spec, path: Path, value: Any) -> dict[str, Any]:
    first, *rest = path
    return {**mapping, first: set_at(mapping.get(first) or {}, tuple(rest), value) if rest else value}


def concerns_a_source(given: Mapping[str, Any]) -> bool:
    return any(flag in PLACES or flag in _LISTS for flag in given)


_UNSET_WHOLE: Mapping[str, Path] = {
    flag: PLACES[flag]
    for flag in ("nameprefix", "namesuffix", "kustomize_version", "kustomize_namespace", "ignore_missing_components", "ref")
} | {
    "ignore_missing_value_files": PLACES["ignore_missing_value_files"],
    "pass_credentials": PLACES["helm_pass_credentials"],
    "values_literal": PLACES["values_literal"],
}
_UNSET_LISTED: Mapping[str, tuple[Path, Callable[[Any], str]]] = {
    "parameter": (("helm", "parameters"), _named),
    "values": (("helm", "valueFiles"), str),
    "kustomize_image": (("kustomize", "images"), image_name),
    "kustomize_replica": (("kustomize", "replicas"), _named),
    "plugin_env": (("plugin", "env"), _named),
}


def without_flags(source: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    """The source without what the flags of `app unset` name; tools without anything left go too."""
    changed = dict(source)
    for flag, path in _UNSET_WHOLE.items():
        if given.get(flag):
            changed = _without(changed, path)
    for flag, (path, key) in _UNSET_LISTED.items():
        if given.get(flag):
            names = {key(name) if key is image_name else name for name in given[flag]}
            kept = [entry for entry in _at(changed, path) or () if key(entry) not in names]
            changed = set_at(changed, path, kept) if kept else _without(changed, path)
    return changed


def _without(mapping: Spec, path: Path) -> dict[str, Any]:
    first, *rest = path
    kept = {key: value for key, value in mapping.items() if key != first}
    below = _without(mapping.get(first) or {}, tuple(rest)) if rest else {}
    return kept | ({first: below} if below else {})
