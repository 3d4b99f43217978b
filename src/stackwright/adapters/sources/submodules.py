"""Where the submodules of a commit come from."""

import posixpath
import re
from dataclasses import dataclass

from stackwright.adapters.sources.tree import Tree

MAX_MODULES = 50
_SECTION = re.compile(r'\s*\[submodule "([^"]+)"\]\s*\Z')
_SETTING = re.compile(r"\s*(path|url)\s*=\s*(.+?)\s*\Z")


@dataclass(frozen=True, slots=True)
class Submodule:
    """Shape: `url` is absolute; `sha` is the commit that the tree pins."""

    path: str
    url: str
    sha: str


def _sections(text: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for line in text.splitlines():
        if _SECTION.match(line):
            found.append({})
        elif found and (setting := _SETTING.match(line)):
            found[-1][setting[1]] = setting[2].strip('"')
    return found


def absolute(url: str, parent: str) -> str:
    """A URL that begins with `./` or `../` is relative to the repository that holds it."""
    if not url.startswith(("./", "../")):
        return url
    scheme, mark, rest = parent.rstrip("/").partition("://")
    joined = posixpath.normpath(posixpath.join(rest if mark else scheme, url))
    return f"{scheme}://{joined}" if mark else joined


def submodules(tree: Tree, repo_url: str) -> list[Submodule]:
    """The submodules that `.gitmodules` names and the tree pins."""
    if tree.find(".gitmodules") is None:
        return []
    found = []
    for section in _sections(tree.read(".gitmodules", 1024 * 1024).decode(errors="replace"))[:MAX_MODULES]:
        path, url = section.get("path", ""), section.get("url", "")
        entry = tree.find(path) if path and url else None
        if entry is not None and entry.kind == "module":
            found.append(Submodule(entry.real, absolute(url, repo_url), entry.oid))
    return found
