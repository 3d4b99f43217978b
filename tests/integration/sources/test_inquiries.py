"""Whether a repository opens, told in words."""

from typing import Any

import pytest

from stackwright.gitops.ports import SourceError


async def test_a_repository_that_opens_says_what_is_there(sources: Any, repository: Any) -> None:
    sha = repository.commit({"a.yaml": "a: 1"})
    repository.tag("v1", sha)
    assert await sources.inquiries.check(repository.url, "git", ()) == "1 branches and 1 tags"


async def test_a_registry_of_charts_is_asked_for_nothing(sources: Any) -> None:
    assert await sources.inquiries.check("registry.invalid/charts", "helm", (), oci=True) == ""


async def test_a_repository_that_is_not_there_does_not_open(sources: Any) -> None:
    with pytest.raises(SourceError):
        await sources.inquiries.check("https://forge.localhost/none.git", "git", ())
