"""Who is looked at first after a push."""

from collections.abc import Mapping
from typing import Any

import pytest

from stackwright.gitops.paths import MANIFEST_PATHS
from stackwright.gitops.ports import Rendered, SourceError
from stackwright.gitops.pushes import Pushes, is_concerned
from stackwright.kernel.errors import StackwrightError

URL = "https://git.example.com/team/all.git"
REPOSITORY = "https://git.example.com/team/all"


def application(path: str, paths: str = "", url: str = URL) -> dict[str, Any]:
    annotations = {MANIFEST_PATHS: paths} if paths else {}
    return {"metadata": {"name": path, "annotations": annotations}, "spec": {"source": {"repoURL": url, "path": path}}}


class Repository:
    def __init__(self, changed: tuple[str, ...] = (), problem: StackwrightError | None = None) -> None:
        self.changed = changed
        self.problem = problem
        self.asked = 0

    async def resolve(self, source: Mapping[str, Any], credentials: Any = ()) -> str:
        return "new"

    async def changed_paths(self, repo_url: str, old: str, new: str) -> tuple[str, ...]:
        self.asked += 1
        if self.problem is not None:
            raise self.problem
        return self.changed


def pushes(repository: Any, rendered: Rendered | None) -> Pushes:
    return Pushes(repository, lambda _app: rendered, lambda: ())


@pytest.mark.parametrize(
    ("app", "concerned"),
    [
        (application("web"), True),
        (application("web/"), True),
        (application("webshop"), False),
        (application("."), True),
        (application("other", paths="/web"), True),
        (application("web", paths="/charts"), False),
    ],
)
def test_a_push_concerns_whose_files_it_changes(app: Any, concerned: bool) -> None:
    assert is_concerned(app, REPOSITORY, ("web/config.yaml",)) is concerned


async def test_who_is_concerned_comes_first_and_the_repository_is_asked_once() -> None:
    repository = Repository(("web/config.yaml",))
    apps = [application("shop"), application("web"), application("mail")]
    first, later = await pushes(repository, Rendered((), ("old",), ("Directory",))).in_order(REPOSITORY, apps)
    assert (first, later) == ([apps[1]], [apps[0], apps[2]])
    assert repository.asked == 1


async def test_when_nothing_is_known_everybody_is_concerned() -> None:
    apps = [application("web")]
    assert await pushes(Repository(), None).in_order(REPOSITORY, apps) == (apps, [])
    broken = Repository(problem=SourceError("not fetched yet"))
    assert await pushes(broken, Rendered((), ("old",), ("Directory",))).in_order(REPOSITORY, apps) == (apps, [])
