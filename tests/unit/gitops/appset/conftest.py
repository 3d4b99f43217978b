"""The world that generators ask, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from stackwright.gitops.appset.clusters import LOCAL, Cluster
from stackwright.gitops.appset.generators import Inquiry
from stackwright.gitops.appset.ports import Answer
from stackwright.gitops.appset.templates import templating_of


class FakeTrees:
    def __init__(self, files: Mapping[str, str] | None = None) -> None:
        self.files_by_path = files or {}
        self.asked: list[str] = []

    async def directories(self, repo_url: str, revision: str, credentials: Any = (), project: str = "") -> tuple[str, ...]:
        return tuple(sorted({path.rpartition("/")[0] for path in self.files_by_path} - {""}))

    async def files(self, repo_url: str, revision: str, pattern: str, credentials: Any = (), project: str = "") -> Mapping[str, bytes]:
        self.asked.append(pattern)
        start = pattern.removesuffix("**")
        return {path: text.encode() for path, text in sorted(self.files_by_path.items()) if path.startswith(start)}


class FakeWeb:
    """Answers by method and URL; anything else is not found. Remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Any] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[tuple[str, str, Mapping[str, str], Any]] = []

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: Any = None, *, insecure: bool = False, authorities: str = ""
    ) -> Answer:
        self.asked.append((method, url, headers, body))
        found = self.answers.get(f"{method} {url}")
        return Answer(404, None) if found is None else Answer(200, found)


class FakeObjects:
    def __init__(self, secrets: Any = None, configs: Any = None, listed: Sequence[Mapping[str, Any]] = ()) -> None:
        self.secrets, self.configs, self.objects = secrets or {}, configs or {}, listed

    async def secret(self, namespace: str, name: str) -> Mapping[str, str] | None:
        found: Mapping[str, str] | None = self.secrets.get(name)
        return found

    async def secret_type(self, namespace: str, name: str) -> str:
        return str((self.secrets.get(name) or {}).get("#type") or "")

    async def config(self, namespace: str, name: str) -> Mapping[str, str] | None:
        found: Mapping[str, str] | None = self.configs.get(name)
        return found

    async def listed(self, api_version: str, plural: str, namespace: str, labels: str = "") -> Sequence[Mapping[str, Any]]:
        return self.objects


@dataclass
class World:
    """Shape: `inquiry` gives the question that is put to generators."""

    files: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    configs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    listed: Sequence[Mapping[str, Any]] = ()
    clusters: Sequence[Cluster] = (LOCAL,)

    def __post_init__(self) -> None:
        self.trees, self.web = FakeTrees(self.files), FakeWeb(self.answers)

    def inquiry(self, *, go: bool = False) -> Inquiry:
        objects = FakeObjects(self.secrets, self.configs, self.listed)
        return Inquiry("set", "argocd", templating_of({"goTemplate": go}), self.trees, self.web, objects, self.clusters)


@pytest.fixture
def world() -> type[World]:
    return World
