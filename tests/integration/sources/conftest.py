"""Real git repositories in temporary folders, and a `Sources` over them."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pygit2
import pytest

from stackwright.adapters.sources.service import ManifestSources
from stackwright.gitops.ports import RenderRequest

AUTHOR = pygit2.Signature("Ada", "ada@example.com", 1_700_000_000, 0)


class GitRepository:
    """A bare repository that is committed to without a working tree."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.repository = pygit2.init_repository(str(path), bare=True, initial_head="main")
        self.files: dict[str, tuple[bytes, int]] = {}

    @property
    def url(self) -> str:
        return f"https://forge.localhost/{self.path.name}"

    def commit(self, files: Mapping[str, str | bytes | None], *, links: Mapping[str, str] | None = None, message: str = "change") -> str:
        for name, text in files.items():
            if text is None:
                del self.files[name]
            else:
                self.files[name] = (text if isinstance(text, bytes) else text.encode(), 0o100644)
        for name, target in (links or {}).items():
            self.files[name] = (target.encode(), 0o120000)
        return self.write(message)

    def write(self, message: str) -> str:
        index = pygit2.Index()
        for name, (content, mode) in self.files.items():
            oid = pygit2.Oid(hex=content.decode()) if mode == 0o160000 else self.repository.create_blob(content)
            index.add(pygit2.IndexEntry(name, oid, mode))
        tree = index.write_tree(self.repository)
        parents = [] if self.repository.head_is_unborn else [self.repository.head.target]
        return str(self.repository.create_commit("refs/heads/main", AUTHOR, AUTHOR, message, tree, parents))

    def module(self, name: str, sha: str) -> None:
        self.files[name] = (sha.encode(), 0o160000)

    def tag(self, name: str, sha: str, *, annotated: bool = False) -> None:
        if annotated:
            self.repository.create_tag(name, pygit2.Oid(hex=sha), pygit2.enums.ObjectType.COMMIT, AUTHOR, "a tag")
        else:
            self.repository.references.create(f"refs/tags/{name}", pygit2.Oid(hex=sha))


@pytest.fixture
def new_repository(tmp_path: Path) -> Callable[[str], GitRepository]:
    def make(name: str = "app.git") -> GitRepository:
        return GitRepository(tmp_path / "repositories" / name)

    return make


@pytest.fixture
def repository(new_repository: Callable[[str], GitRepository]) -> GitRepository:
    return new_repository("app.git")


@pytest.fixture
async def sources(tmp_path: Path) -> AsyncIterator[ManifestSources]:
    def local(url: str) -> Path | None:
        prefix = "https://forge.localhost/"
        return tmp_path / "repositories" / url.removeprefix(prefix) if url.startswith(prefix) else None

    found = ManifestSources(tmp_path / "data", local)
    yield found
    await found.aclose()


@pytest.fixture
def request_for() -> Callable[..., RenderRequest]:
    def make(*sources: Mapping[str, Any], **fields: Any) -> RenderRequest:
        defaults: dict[str, Any] = {
            "app_name": "web", "app_namespace": "argocd", "project": "default", "destination_namespace": "prod", "sources": sources,
        }  # fmt: skip
        return RenderRequest(**{**defaults, **fields})

    return make
