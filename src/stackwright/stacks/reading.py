"""Files of a package into Applications and ApplicationSets; everything else is named with the reason why it is not used. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from stackwright.kernel import yaml
from stackwright.stacks.types import Package, Reading, Source

KINDS = ("Application", "ApplicationSet")
_ELSEWHERE = "only Applications and ApplicationSets count here; put it into a folder and point an Application at it"


def read_package(source: Source, folder: PurePosixPath, files: Mapping[str, bytes], priority: int) -> Reading:
    """`files` are the top-level YAML files of a folder, or the one file that was named."""
    packages: list[Package] = []
    warnings: list[str] = []
    for name, content in sorted(files.items()):
        for found in _documents(name, content):
            if isinstance(found, str):
                warnings.append(f"{folder / name}: {found}")
            else:
                packages.append(Package(source, name, folder, found, priority))
    return Reading(tuple(packages), (), tuple(warnings), str(folder))


def kinds_in(files: Iterable[tuple[str, bytes]]) -> set[tuple[str, str]]:
    """apiVersion and kind of every object in the YAML files among `files`; what cannot be read is passed over."""
    found: set[tuple[str, str]] = set()
    for name, content in files:
        if name.endswith((".yaml", ".yml")):
            found |= {(str(each.get("apiVersion")), str(each.get("kind"))) for each in _objects(content)}
    return found


def _objects(content: bytes) -> list[Mapping[str, Any]]:
    try:
        return [each for each in yaml.load_all(content) if isinstance(each, Mapping) and each.get("kind")]
    except (yaml.YamlError, UnicodeDecodeError):
        return []


def _documents(name: str, content: bytes) -> Iterator[Mapping[str, Any] | str]:
    try:
        documents = list(yaml.load_all(content))
    except (yaml.YamlError, UnicodeDecodeError) as error:
        yield f"not read: {error}".splitlines()[0]
        return
    for number, document in enumerate(documents, 1):
        if document is None:
            continue
        problem = _problem(document)
        where = f"document {number}: " if len(documents) > 1 else ""
        yield f"{where}{problem}" if problem else document


def _problem(document: Any) -> str:
    if not isinstance(document, Mapping):
        return "ignored: it is no Kubernetes object"
    kind, group = document.get("kind"), str(document.get("apiVersion") or "").partition("/")[0]
    if group != "argoproj.io" or kind not in KINDS:
        return f"ignored: {kind or 'an object without kind'}: {_ELSEWHERE}"
    if not (document.get("metadata") or {}).get("name"):
        return "metadata.name: missing"
    if not isinstance(document.get("spec"), Mapping):
        return "spec: missing"
    return ""
