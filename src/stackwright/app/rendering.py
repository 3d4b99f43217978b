"""Packages rendered without a platform: their `cnoe://` folders become repositories of the moment."""

from collections.abc import Sequence
from pathlib import Path

from stackwright.adapters.git.bare import BareRepositories
from stackwright.adapters.packages import PackageFolders
from stackwright.adapters.sources.service import ManifestSources
from stackwright.api.meta import Object
from stackwright.forge.ports import FileContent
from stackwright.gitops.application import destination_of, project_of, sources_of
from stackwright.gitops.ports import RenderRequest, SourceError
from stackwright.kernel.digest import sha256
from stackwright.stacks import cnoe
from stackwright.stacks.ports import FolderError
from stackwright.stacks.types import Package

_AUTHOR = ("stackwright", "stackwright@localhost")


async def render_package(package: Package, sources: ManifestSources, work: Path) -> Sequence[Object]:
    """What the Application gives. Shape: `work` is a folder of the caller's. Raises SourceError."""
    urls = {url: await _repository(package, url, work) for url in cnoe.urls_in(package.obj)}
    app = cnoe.rewritten(package.obj, urls)
    namespace = str(destination_of(app).get("namespace") or "")
    request = RenderRequest(package.app_name, package.namespace, project_of(app), namespace, sources_of(app))
    return (await sources.render(request)).objects


async def _repository(package: Package, url: str, work: Path) -> str:
    """The URL of a repository that holds the folder."""
    path = cnoe.path_of(url, package.folder)
    bare = BareRepositories(work / "repositories")
    name = sha256(str(path).encode())[:16]
    if not bare.path("render", name).exists():
        try:
            tree = await PackageFolders(work / "clones").tree(path)
        except FolderError as error:
            raise SourceError(error.message) from error
        if not tree:
            raise SourceError(f"{url}: there is no folder {path}, or nothing in it")
        bare.create("render", name, "main")
        files: dict[str, FileContent | None] = {place: FileContent(file.content, file.mode) for place, file in tree.items()}
        bare.write("render", name, "main", files, "render", _AUTHOR, whole=True)
    return bare.path("render", name).as_uri()
