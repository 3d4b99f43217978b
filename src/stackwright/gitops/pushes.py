"""Who is looked at first after a push: in a repository of a thousand Applications most commits concern one.

The others are looked at too, a little later: what they are made of may lie outside of their folder.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.application import sources_of
from stackwright.gitops.paths import is_touched, refresh_paths
from stackwright.gitops.ports import Rendered, SourceError, Sources
from stackwright.gitops.project.rules import normalised_url

Revisions = Callable[[Object], Rendered | None]


def repositories_of(app: Object) -> tuple[str, ...]:
    """The normalised addresses of an Application's sources."""
    return tuple({normalised_url(str(source.get("repoURL") or "")) for source in sources_of(app)})


def is_concerned(app: Object, repository: str, changed: Sequence[str]) -> bool:
    """Whether a changed file lies where the Application says that it is made of, else in its folders."""
    mine = [source for source in sources_of(app) if normalised_url(str(source.get("repoURL") or "")) == repository]
    named = refresh_paths(app, mine)
    paths = named or tuple(str(source.get("path") or ".").strip("/") or "." for source in mine)
    return is_touched(paths, changed)


class Pushes:
    """Shape: `rendered` gives what an Application's sources gave last; `credentials` as RenderRequest's."""

    def __init__(self, sources: Sources, rendered: Revisions, credentials: Callable[[], tuple[Mapping[str, Any], ...]]) -> None:
        self._sources = sources
        self._rendered = rendered
        self._credentials = credentials

    async def in_order(self, repository: str, apps: Sequence[Object]) -> tuple[list[Object], list[Object]]:
        """Those that the push concerns for all we know, and the others. When nothing is known it concerns everybody."""
        first: list[Object] = []
        later: list[Object] = []
        known: dict[tuple[str, str], tuple[str, ...] | None] = {}
        for app in apps:
            changed = await self._changed(app, repository, known)
            (first if changed is None or is_concerned(app, repository, changed) else later).append(app)
        return first, later

    async def _changed(self, app: Object, repository: str, known: dict[tuple[str, str], tuple[str, ...] | None]) -> tuple[str, ...] | None:
        """The paths that differ between what the Application has and what it will get; None when that is not known."""
        rendered = self._rendered(app)
        if rendered is None:
            return None
        for source, old in zip(sources_of(app), rendered.revisions):
            if normalised_url(str(source.get("repoURL") or "")) != repository or source.get("chart"):
                continue
            key = (old, str(source.get("targetRevision") or ""))
            if key not in known:
                known[key] = await self._between(source, old)
            return known[key]
        return None

    async def _between(self, source: Mapping[str, Any], old: str) -> tuple[str, ...] | None:
        try:
            new = await self._sources.resolve(source, self._credentials())
            return await self._sources.changed_paths(str(source.get("repoURL") or ""), old, new) if new != old else ()
        except SourceError:
            return None
