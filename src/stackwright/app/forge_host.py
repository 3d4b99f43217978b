"""The forge as the host of the stacks' repositories."""

import asyncio
from collections.abc import Mapping

from stackwright.forge.errors import NotFound
from stackwright.forge.forge import Forge
from stackwright.forge.ports import FileContent
from stackwright.forge.types import DEFAULT_BRANCH, Repository
from stackwright.stacks.types import OWNER, TreeFile

AUTHOR = ("git-reconciler", "idpbuilder-agent@cnoe.io")


class ForgeHost:
    """Implements stacks.ports.RepositoryHost."""

    def __init__(self, forge: Forge, url: str) -> None:
        self._forge = forge
        self.url = url

    async def publish(self, name: str, description: str, tree: Mapping[str, TreeFile], message: str) -> str:
        repository = self._ensure(name, description)
        files: dict[str, FileContent | None] = {path: FileContent(file.content, file.mode) for path, file in tree.items()}
        sha = self._forge.write(repository, DEFAULT_BRANCH, files, message, AUTHOR, whole=True)
        await asyncio.sleep(0)
        return sha or self._forge.git.commit(repository.owner, repository.name, DEFAULT_BRANCH).sha

    def _ensure(self, name: str, description: str) -> Repository:
        try:
            return self._forge.repository(OWNER, name, trusted=True)
        except NotFound:
            return self._forge.create_repository(OWNER, name, description=description, default_branch=DEFAULT_BRANCH)

    async def files(self, name: str) -> Mapping[str, TreeFile]:
        git = self._forge.git
        try:
            listed = [entry for entry in git.entries(OWNER, name, DEFAULT_BRANCH, "", recursive=True) if entry.kind == "file"]
            found = [git.entry(OWNER, name, DEFAULT_BRANCH, entry.path) for entry in listed]
        except NotFound:
            return {}
        return {entry.path: TreeFile(entry.content) for entry in found if entry.content is not None}

    async def remove(self, name: str) -> None:
        try:
            self._forge.delete_repository(self._forge.repository(OWNER, name, trusted=True))
        except NotFound:
            return
