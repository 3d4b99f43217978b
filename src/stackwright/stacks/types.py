"""Packages as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from stackwright.api.meta import Object

CORE_PACKAGES = frozenset(("argocd", "gitea", "nginx"))
OWNER = "giteaAdmin"
"""The account that owns every repository of the platform."""


@dataclass(frozen=True, slots=True)
class Source:
    """One value of `--package`. Shape: `kind` remote is a git URL with `//path?ref=`."""

    kind: Literal["dir", "file", "remote"]
    value: str


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file to be committed. Shape: `mode` is git's."""

    content: bytes
    mode: int = 0o100644


@dataclass(frozen=True, slots=True)
class Package:
    """One Application or ApplicationSet found in a package.

    Shape: `file` names it below the source's folder; `folder` is the absolute place of the file's folder; `priority` grows with the
    position of the source.
    """

    source: Source
    file: str
    folder: PurePosixPath
    obj: Object
    priority: int

    @property
    def app_name(self) -> str:
        return str((self.obj.get("metadata") or {}).get("name") or "")

    @property
    def kind(self) -> str:
        return str(self.obj.get("kind") or "")

    @property
    def namespace(self) -> str:
        return str((self.obj.get("metadata") or {}).get("namespace") or "argocd")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source holds: its packages, and what keeps it from being used (`problems`) or is passed over (`warnings`)."""

    packages: tuple[Package, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A folder that an Application points at. Shape: `url` as written (`cnoe://x`), `path` absolute."""

    url: str
    path: PurePosixPath


@dataclass(frozen=True, slots=True)
class RepositoryPlan:
    """A folder that becomes a repository. Shape: `name` of the repository, `resource` of its GitRepository."""

    name: str
    resource: str
    path: PurePosixPath


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """What one package comes to: its CustomPackage, its repositories, its object with URLs in place of folders."""

    package: Package
    resource: str
    repositories: tuple[RepositoryPlan, ...]
    obj: Object
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole: in the order of work. `problems` tell what cannot be done, `warnings` what was passed over."""

    packages: tuple[PackagePlan, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    folders: Mapping[str, str] = field(default_factory=dict)
