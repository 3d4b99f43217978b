"""The index of a chart repository: which versions there are and where they lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from stackwright.adapters.sources import semver
from stackwright.adapters.sources.problems import RenderProblem
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput


@dataclass(frozen=True, slots=True)
class ChartVersion:
    """Shape: `digest` is the hexadecimal SHA-256 of the archive, empty when the index does not tell."""

    version: str
    url: str
    digest: str = ""


Index = Mapping[str, tuple[ChartVersion, ...]]


def parse(text: bytes, repository: str) -> Index:
    """Raises RenderProblem."""
    try:
        document = yaml.load(text)
    except yaml.YamlError as error:
        raise RenderProblem(f"the index of {repository} cannot be read: {error}") from error
    entries = document.get("entries") if isinstance(document, dict) else None
    if not isinstance(entries, dict):
        raise RenderProblem(f"the index of {repository} has no entries")
    base = repository.rstrip("/") + "/"
    return {str(name): tuple(_versions(found, base)) for name, found in entries.items() if isinstance(found, list)}


def _versions(found: list[Any], base: str) -> list[ChartVersion]:
    return [
        ChartVersion(str(item["version"]), urljoin(base, str(item["urls"][0])), str(item.get("digest") or "").removeprefix("sha256:"))
        for item in found
        if isinstance(item, dict) and item.get("version") and item.get("urls")
    ]


def is_exact(revision: str) -> bool:
    """A full version needs no list of versions."""
    found = semver.parse_version(revision)
    return found is not None and revision.removeprefix("v").split("-")[0].split("+")[0].count(".") == 2


def choose(versions: list[str], revision: str, what: str) -> str:
    """The version that a revision names. Raises RenderProblem."""
    for wanted in (revision, f"v{revision}", revision.removeprefix("v")):
        if wanted in versions:
            return wanted
    constraint = "*" if revision in ("", "HEAD") else revision
    try:
        found = semver.newest(constraint, versions)
    except BadInput:
        found = None
    if found is None:
        raise RenderProblem(f"unable to resolve version {revision!r} of {what}: constraint not found in {len(versions)} versions")
    return found
