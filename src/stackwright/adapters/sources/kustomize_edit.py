"""What `kustomize edit` would do to a kustomization for the options of an Application; and the old forms made new.

Source: kustomize's `edit set|add` commands as Argo CD calls them.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Any

from stackwright.adapters.sources.environment import substitute
from stackwright.adapters.sources.problems import RenderProblem

Kustomization = dict[str, Any]
_DIGEST = re.compile(r"(?P<name>[^@]+)@(?P<digest>.+)\Z")
_TAGGED = re.compile(r"(?P<name>.+?):(?P<tag>[^:/]+)\Z")


def modernise(kustomization: Mapping[str, Any], path: str) -> tuple[Kustomization, list[str]]:
    """Text entries of `patches`, which kustomize 5 refuses, become entries with a `path` or an inline `patch`.

    Gives the kustomization and what to warn about.
    """
    patches = kustomization.get("patches")
    if not isinstance(patches, list) or not any(isinstance(entry, str) for entry in patches):
        return dict(kustomization), []
    modern = [_patch(entry) if isinstance(entry, str) else entry for entry in patches]
    return {**kustomization, "patches": modern}, [f"{path}: entries of `patches` without `path:` are deprecated; they were read as paths"]


def _patch(entry: str) -> dict[str, str]:
    return {"patch": entry} if "\n" in entry.strip() or ": " in entry else {"path": entry}


def edited(
    kustomization: Mapping[str, Any], options: Mapping[str, Any], environment: Mapping[str, str], exists: Callable[[str], bool]
) -> Kustomization:
    """Applies the options of an ApplicationSource. `exists` tells whether a component's folder is there. Raises RenderProblem."""
    result: Kustomization = dict(kustomization)
    for name in ("namePrefix", "nameSuffix", "namespace"):
        if options.get(name):
            result[name] = options[name]
    if options.get("images"):
        result["images"] = _images(result.get("images") or [], [substitute(str(image), environment) for image in options["images"]])
    if options.get("replicas"):
        result["replicas"] = _replicas(result.get("replicas") or [], options["replicas"])
    if options.get("commonLabels"):
        labels = {key: substitute(str(value), environment) for key, value in options["commonLabels"].items()}
        _add_labels(result, labels, options)
    if options.get("commonAnnotations"):
        _add_annotations(result, options, environment)
    if options.get("components"):
        result["components"] = [*(result.get("components") or []), *_components(options, exists)]
    if options.get("patches"):
        result["patches"] = [*(result.get("patches") or []), *options["patches"]]
    return result


def _images(present: list[Any], specs: list[str]) -> list[Any]:
    """An image that stands there already is changed only in what the new specification tells."""
    by_name = {str(image.get("name")): dict(image) for image in present}
    for spec in specs:
        new = image_of(spec)
        old = by_name.get(new["name"], {})
        kept = {key: value for key, value in old.items() if not ({"newTag", "digest"} & new.keys() and key in ("newTag", "digest"))}
        by_name[new["name"]] = {**kept, **new}
    return [by_name[name] for name in sorted(by_name)]


def image_of(spec: str) -> dict[str, str]:
    """Reads `name=new:tag`, `name:tag`, `name@digest` and their mixtures; `*` keeps what is there. Raises RenderProblem."""
    name, mark, new = spec.partition("=")
    reference = new if mark else spec
    found: dict[str, str] = {}
    if match := _DIGEST.match(reference):
        reference, found["digest"] = match["name"], match["digest"]
        reference = tagged["name"] if (tagged := _TAGGED.match(reference)) else reference
    elif match := _TAGGED.match(reference):
        reference, found["newTag"] = match["name"], match["tag"]
    if found.get("newTag") == "*":
        del found["newTag"]
    if mark and reference not in ("", "*"):
        found["newName"] = reference
    elif not mark:
        name = reference
    if not name or not found:
        raise RenderProblem(f"invalid kustomize image {spec!r}: expected name=newName:newTag, name:newTag or name@digest")
    return {"name": name, **found}


def _replicas(present: list[Any], wanted: list[Any]) -> list[Any]:
    by_name = {str(entry.get("name")): entry for entry in present}
    for entry in wanted:
        count = str(entry.get("count", ""))
        if not count.isdigit():
            raise RenderProblem(f"expected integer value for replica count. Received: {count}")
        by_name[str(entry["name"])] = {"name": entry["name"], "count": int(count)}
    return list(by_name.values())


def _add_labels(result: Kustomization, labels: Mapping[str, str], options: Mapping[str, Any]) -> None:
    """Labels reach the selectors too, unless they must not."""
    if options.get("labelWithoutSelector"):
        _refuse_known("label", _pairs(result), labels, options.get("forceCommonLabels"))
        entry: dict[str, Any] = {"pairs": dict(labels)}
        if options.get("labelIncludeTemplates"):
            entry["includeTemplates"] = True
        others = [_without(old, labels) for old in result.get("labels") or []]
        result["labels"] = [*(old for old in others if old.get("pairs")), entry]
        return
    known = result.get("commonLabels") or {}
    _refuse_known("label", known, labels, options.get("forceCommonLabels"))
    result["commonLabels"] = {**known, **labels}


def _pairs(result: Kustomization) -> dict[str, Any]:
    return {key: value for entry in result.get("labels") or [] for key, value in (entry.get("pairs") or {}).items()}


def _without(entry: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    return {**entry, "pairs": {key: value for key, value in (entry.get("pairs") or {}).items() if key not in labels}}


def _add_annotations(result: Kustomization, options: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    replace = bool(options.get("commonAnnotationsEnvsubst"))
    wanted = {key: substitute(str(value), environment) if replace else str(value) for key, value in options["commonAnnotations"].items()}
    known = result.get("commonAnnotations") or {}
    _refuse_known("annotation", known, wanted, options.get("forceCommonAnnotations"))
    result["commonAnnotations"] = {**known, **wanted}


def _refuse_known(what: str, known: Mapping[str, Any], wanted: Mapping[str, Any], force: Any) -> None:
    repeated = sorted(known.keys() & wanted.keys())
    if repeated and not force:
        raise RenderProblem(f"{what} {repeated[0]} already in kustomization file. Use --force to override.")


def _components(options: Mapping[str, Any], exists: Callable[[str], bool]) -> list[str]:
    wanted = [str(component) for component in options["components"]]
    if options.get("ignoreMissingComponents"):
        return [component for component in wanted if exists(component)]
    return [posixpath.normpath(component) for component in wanted]
