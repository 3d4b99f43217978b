"""`manifest-generate-paths`: which files of a repository an Application is made of. Pure.

Source: Argo CD's util/app/path (`GetAppRefreshPaths`, `AppFilesHaveChanged`).
"""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of
from stackwright.gitops.project.globs import matches

MANIFEST_PATHS = "argocd.argoproj.io/manifest-generate-paths"
_GLOB_CHARACTERS = frozenset("*?[{")


def refresh_paths(app: Object, sources: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Paths and globs from the root of the repository; empty when the Application does not say."""
    given = [item.strip() for item in str(annotations_of(app).get(MANIFEST_PATHS) or "").split(";") if item.strip()]
    found: dict[str, None] = {}
    for source in sources:
        for item in given:
            rooted = item.lstrip("/") if item.startswith("/") else posixpath.join(str(source.get("path") or ""), item)
            found[posixpath.normpath(rooted)] = None
    return tuple(found)


def is_touched(paths: Sequence[str], changed: Sequence[str]) -> bool:
    """Whether one of the changed files is one of these. Without paths, or when nobody knows what changed, everything may be."""
    if not paths or not changed:
        return True
    return any(_contains(path, file) for path in paths for file in changed)


def _contains(path: str, file: str) -> bool:
    if _GLOB_CHARACTERS & set(path):
        return matches(path, file, "/")
    return path == "." or file == path or file.startswith(path + "/")
