"""Commits that conditions and templates ask for. Evaluating is pure and fetching is not: what is missing is written down, fetched,
and then all is evaluated again.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from stackwright.api.meta import Object, name_of
from stackwright.gitops.application import sources_of
from stackwright.gitops.ports import RevisionMetadata, SourceError
from stackwright.gitops.project.rules import source_permitted
from stackwright.kernel.clock import parse_rfc3339
from stackwright.kernel.expr import ExprError, Moment
from stackwright.kernel.goobject import GoObject, UnknownMember

MAX_ASKED = 20
"""Commits that one Application's notifications may ask for at a time."""
CommitOf = Callable[[str, str], Awaitable[RevisionMetadata]]
"""By a repository's URL and a revision. Raises SourceError."""


@dataclass(frozen=True, slots=True)
class Commit(GoObject):
    """Argo CD's CommitMetadata."""

    type_name: ClassVar[str] = "shared.CommitMetadata"
    told: RevisionMetadata

    def __str__(self) -> str:
        return f"{{{self.told.message} {self.told.author} {self.told.date} [{' '.join(self.told.tags)}]}}"

    def plain(self) -> Any:
        return {"Message": self.told.message, "Author": self.told.author, "Date": self.told.date, "Tags": list(self.told.tags)}

    def member(self, name: str) -> Any:
        match name:
            case "Message":
                return self.told.message
            case "Author":
                return self.told.author
            case "Date":
                return Moment(parse_rfc3339(self.told.date))
            case "Tags":
                return list(self.told.tags)
            case _:
                raise UnknownMember(name)


class Commits:
    """Those of one Application in one pass. Shape: `failures` say why a commit could not be had."""

    def __init__(self, known: Mapping[str, RevisionMetadata] | None = None) -> None:
        self._known = {revision: Commit(told) for revision, told in (known or {}).items()}
        self._asked: dict[str, None] = {}
        self.failures: dict[str, str] = {}

    def look(self, revision: Any) -> Commit:
        """Raises ExprError for one that is not known, and remembers that it was asked for."""
        wanted = str(revision or "")
        if wanted in self._known:
            return self._known[wanted]
        if not wanted:
            raise ExprError("repo.GetCommitMetadata was asked for no revision")
        if wanted not in self.failures and len(self._known) + len(self._asked) + len(self.failures) < MAX_ASKED:
            self._asked[wanted] = None
        raise ExprError(f"commit {wanted[:12]}: {self.failures.get(wanted, 'it is not known')}")

    async def fetched(self, app: Object, project: Object | None, commit_of: CommitOf) -> bool:
        """Whether there was anything to fetch. Only from the Application's own repository, where its project lets it be used."""
        asked, self._asked = self._asked, {}
        for revision in asked:
            try:
                self._known[revision] = Commit(await commit_of(_repository(app, project), revision))
            except SourceError as error:
                self.failures[revision] = error.message
        return bool(asked)


def _repository(app: Object, project: Object | None) -> str:
    """Raises SourceError."""
    url = str(next((source.get("repoURL") or "" for source in sources_of(app)), ""))
    if not url:
        raise SourceError("the Application has no repository")
    if project is None or not source_permitted(project.get("spec") or {}, url):
        raise SourceError(f"repository {url} is not permitted in project '{name_of(project) if project else ''}'")
    return url
