"""`git`: folders and files of a repository."""

from collections.abc import Mapping
from typing import Any

from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.generators.inquiry import Inquiry, Spec
from stackwright.gitops.appset.globs import crosses_folders, path_matches, still_part
from stackwright.gitops.appset.parameters import Params, flattened, path_params, with_values
from stackwright.kernel import yaml

_NEW_GLOBBING = "enable.new.git.file.globbing"


async def generate(spec: Spec, inquiry: Inquiry) -> list[Params]:
    """Raises GeneratorError and SourceError."""
    if spec.get("directories"):
        return await _of_directories(spec, inquiry)
    if spec.get("files"):
        return await _of_files(spec, inquiry)
    raise GeneratorError("a git generator needs directories or files")


async def _of_directories(spec: Spec, inquiry: Inquiry) -> list[Params]:
    there = await inquiry.trees.directories(
        str(spec.get("repoURL") or ""), str(spec.get("revision") or ""), inquiry.credentials, inquiry.project
    )
    prefix = str(spec.get("pathParamPrefix") or "")
    chosen = [path for path in there if _is_chosen(path, spec["directories"])]
    return [with_values(path_params(path, prefix, go=inquiry.go), spec.get("values"), inquiry.templating) for path in chosen]


def _is_chosen(path: str, directories: Any) -> bool:
    """An exclusion goes before any inclusion."""
    hits = [bool(item.get("exclude")) for item in directories if path_matches(str(item.get("path") or ""), path)]
    return bool(hits) and not any(hits)


async def _of_files(spec: Spec, inquiry: Inquiry) -> list[Params]:
    found: dict[str, bytes] = {}
    gone: set[str] = set()
    for item in spec["files"]:
        there = await _matching(spec, str(item.get("path") or ""), inquiry)
        if item.get("exclude"):
            gone |= there.keys()
        else:
            found |= there
    prefix = str(spec.get("pathParamPrefix") or "")
    chosen = [path for path in sorted(found) if path not in gone]
    return [
        with_values(_file_params(path, value, prefix, go=inquiry.go), spec.get("values"), inquiry.templating)
        for path in chosen
        for value in _objects(path, found[path])
    ]


async def _matching(spec: Spec, pattern: str, inquiry: Inquiry) -> Mapping[str, bytes]:
    repo, revision = str(spec.get("repoURL") or ""), str(spec.get("revision") or "")
    if inquiry.setting(_NEW_GLOBBING) == "true":
        return await inquiry.trees.files(repo, revision, pattern, inquiry.credentials, inquiry.project)
    wide = still_part(pattern) + "**" if "*" in pattern or "?" in pattern or "[" in pattern else pattern
    there = await inquiry.trees.files(repo, revision, wide, inquiry.credentials, inquiry.project)
    return {path: content for path, content in there.items() if crosses_folders(pattern, path)}


def _objects(path: str, content: bytes) -> list[Mapping[str, Any]]:
    """What a file holds: each item of a list, a map, or one empty map of an empty file. Raises GeneratorError."""
    try:
        found = yaml.load(content)
    except yaml.YamlError as error:
        raise GeneratorError(f"unable to process file '{path}': unable to parse file: {error}") from error
    if found is None:
        return [{}]
    items = found if isinstance(found, list) else [found]
    if not all(isinstance(item, Mapping) for item in items):
        raise GeneratorError(f"unable to process file '{path}': unable to parse file: expected a map or a list of maps")
    return items


def _file_params(path: str, value: Mapping[str, Any], prefix: str, *, go: bool) -> Params:
    folder, _, name = path.rpartition("/")
    where = path_params(folder or ".", prefix, go=go, file=name)
    return {**(value if go else flattened(value)), **where}
