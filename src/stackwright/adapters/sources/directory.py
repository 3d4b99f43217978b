"""Plain manifests in a folder: YAML, JSON and Jsonnet files.

Source: Argo CD's directory sources: extensions, include and exclude, the marker that keeps a file out, a bound on the whole.
"""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stackwright.adapters.sources import documents, globs
from stackwright.adapters.sources.environment import substitute
from stackwright.adapters.sources.problems import bad_manifest
from stackwright.adapters.sources.tree import Entry, Tree, normalise
from stackwright.api.meta import Object

MAX_COMBINED_BYTES = 10 * 1024 * 1024
_YAML = (".yaml", ".yml")
_EXTENSIONS = (*_YAML, ".json", ".jsonnet")


@dataclass(frozen=True, slots=True)
class JsonnetFile:
    """A file that is still to be evaluated. Shape: `path` is in the tree; `position` is where its objects belong."""

    path: str
    position: int


@dataclass(frozen=True, slots=True)
class Found:
    """A folder's manifests. Shape: `parts` holds a list of objects for each file, empty where Jsonnet is to be evaluated."""

    parts: list[list[Object]]
    jsonnet: tuple[JsonnetFile, ...]


def read(tree: Tree, path: str, options: Mapping[str, Any], max_bytes: int = MAX_COMBINED_BYTES) -> Found:
    """Raises RenderProblem."""
    parts: list[list[Object]] = []
    jsonnet: list[JsonnetFile] = []
    size = 0
    for entry in _selected(tree, path, options):
        if entry.path.endswith(".jsonnet"):
            jsonnet.append(JsonnetFile(entry.path, len(parts)))
            parts.append([])
            continue
        text = tree.read_entry(entry)
        size += len(text)
        if size > max_bytes:
            raise bad_manifest(f"manifests in {path or '.'} exceed the combined size limit of {max_bytes} bytes")
        parts.append(_objects(entry, text))
    return Found(parts, tuple(jsonnet))


def _selected(tree: Tree, path: str, options: Mapping[str, Any]) -> list[Entry]:
    exclude, include = options.get("exclude") or "", options.get("include") or ""
    any_extension = bool(options.get("disableExtensionFilter"))
    root = normalise(path)
    chosen = []
    for entry in tree.walk(path, recurse=bool(options.get("recurse"))):
        relative = posixpath.relpath(entry.path, root or ".")
        if not any_extension and not relative.endswith(_EXTENSIONS):
            continue
        if exclude and globs.matches_anywhere(exclude, relative):
            continue
        if include and not globs.matches_anywhere(include, relative):
            continue
        chosen.append(entry)
    return chosen


def _objects(entry: Entry, text: bytes) -> list[Object]:
    name = posixpath.basename(entry.path)
    if documents.SKIP_MARKER in text:
        return []
    return documents.of_json_file(text, name) if name.endswith(".json") else documents.of_yaml_file(text, name)


def jsonnet_arguments(options: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The external variables and top-level arguments, each given as text or as code."""
    jsonnet = options.get("jsonnet") or {}
    found: dict[str, dict[str, str]] = {}
    for field, text, code in (("extVars", "ext_vars", "ext_codes"), ("tlas", "tla_vars", "tla_codes")):
        found[text], found[code] = {}, {}
        for variable in jsonnet.get(field) or []:
            value = substitute(str(variable.get("value", "")), environment)
            found[code if variable.get("code") else text][str(variable["name"])] = value
    return found


def jsonnet_libraries(path: str, options: Mapping[str, Any]) -> list[str]:
    """Where imports are looked for, besides the folder of the importing file; libraries are named from the repository's root."""
    libs = (options.get("jsonnet") or {}).get("libs") or []
    return [normalise(path), *(normalise(str(lib)) for lib in libs)]
