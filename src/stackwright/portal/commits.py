"""Who wrote what: commits as pages tell them. What is known of a commit never changes, so it is asked for once."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from stackwright.api.meta import Object
from stackwright.gitops.application import sources_of, status_of
from stackwright.gitops.ports import Commit, SourceError
from stackwright.portal.ports import Repositories

_REMEMBERED = 2_000


class Commits:
    """Commits that were fetched; others are unknown, and stay so until they are."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories
        self._known: OrderedDict[tuple[str, str], Commit] = OrderedDict()

    async def one(self, repo_url: str, revision: str) -> Commit | None:
        found = self._known.get((repo_url, revision))
        if found is None and repo_url and revision:
            listed = await self.back(repo_url, revision, 1)
            found = listed[0] if listed else None
        return found

    async def back(self, repo_url: str, revision: str, count: int) -> list[Commit]:
        """From a revision backwards; empty when nothing is known of it."""
        try:
            found = list(await self._repositories.commits(repo_url, revision, count))
        except SourceError:
            return []
        for commit in found:
            self._known[(repo_url, commit.sha)] = commit
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found

    async def compared_with(self, app: Object) -> Commit | None:
        """The commit that the cluster is compared with, of the first source that has one."""
        sync = status_of(app).get("sync") or {}
        revisions = sync.get("revisions") or (sync.get("revision"),)
        for source, revision in zip(sources_of(app), revisions, strict=False):
            if not source.get("chart"):
                return await self.one(str(source.get("repoURL") or ""), str(revision or ""))
        return None

    async def of_history(self, app: Object) -> Mapping[str, Commit]:
        """By revision, those of everything that was deployed."""
        found: dict[str, Commit] = {}
        for repo_url, revision in deployed_revisions(app):
            commit = await self.one(repo_url, revision)
            if commit is not None:
                found[revision] = commit
        return found


def deployed_revisions(app: Object) -> Iterable[tuple[str, str]]:
    """Pairs of a repository and a commit of it."""
    for entry in status_of(app).get("history") or ():
        sources = entry.get("sources") or (entry.get("source") or {},)
        revisions = entry.get("revisions") or (entry.get("revision"),)
        for source, revision in zip(sources, revisions, strict=False):
            if revision and not source.get("chart"):
                yield str(source.get("repoURL") or ""), str(revision)
