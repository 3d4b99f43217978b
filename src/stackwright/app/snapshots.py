"""A consistent copy of a whole platform while it runs, and a platform made from one."""

import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from stackwright.app import process
from stackwright.app.places import Places, checked_name
from stackwright.app.platforms import PlatformState
from stackwright.kernel.errors import BadInput

SUFFIX = ".tar.gz"
_FILES = ("settings.json", "kubeconfig", "tokens.json")
_DATABASES = ("cluster.db", "forge.db")
_REFS = ("HEAD", "config", "packed-refs", "refs", "description", "info")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Units: `size` in bytes; `made` in RFC 3339."""

    name: str
    platform: str
    path: Path
    size: int
    made: str


def save(base: Path, state: PlatformState, name: str = "") -> Snapshot:
    """Source: SQLite's online backup; of repositories, refs are copied before objects, so that every ref has what it names."""
    name = checked_name(name or f"{state.settings.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}".lower())
    target = base / "snapshots" / state.settings.name / f"{name}{SUFFIX}"
    if target.exists():
        raise BadInput(f"there is a snapshot {name!r} of {state.settings.name} already", hint="give another name")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy_platform(state.places, Path(folder) / "platform")
        part = target.with_suffix(".part")
        with tarfile.open(part, "w:gz", compresslevel=3) as archive:
            archive.add(Path(folder) / "platform", "platform")
        part.chmod(0o600)
        part.replace(target)
    return _snapshot(target)


def copy_platform(places: Places, target: Path) -> None:
    target.mkdir(mode=0o700)
    for name in _DATABASES:
        if (places.root / name).exists():
            _copy_database(places.root / name, target / name)
    for name in _FILES:
        if (places.root / name).exists():
            shutil.copy2(places.root / name, target / name)
    shutil.copytree(places.tls, target / "tls")
    for repository in places.repositories.glob("*/*.git"):
        _copy_repository(repository, target / "repositories" / repository.relative_to(places.repositories))


def _copy_database(source: Path, target: Path) -> None:
    with sqlite3.connect(source, timeout=10) as live, sqlite3.connect(target) as copy:
        live.backup(copy)
    live.close()
    copy.close()


def _copy_repository(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for name in _REFS:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name)
        elif (source / name).exists():
            shutil.copy2(source / name, target / name)
    shutil.copytree(source / "objects", target / "objects", ignore=shutil.ignore_patterns("tmp_*", "incoming-*"))


def listed(base: Path) -> list[Snapshot]:
    """Every snapshot, the newest last."""
    return sorted((_snapshot(path) for path in _paths(base)), key=lambda snapshot: snapshot.made)


def _paths(base: Path) -> Iterator[Path]:
    folder = base / "snapshots"
    yield from folder.glob(f"*/*{SUFFIX}") if folder.is_dir() else ()


def _snapshot(path: Path) -> Snapshot:
    stat = path.stat()
    made = datetime.fromtimestamp(stat.st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Snapshot(path.name.removesuffix(SUFFIX), path.parent.name, path, stat.st_size, made)


def restore(base: Path, name: str, places: Places) -> None:
    """Replaces the platform by what the snapshot holds; the platform is stopped afterwards. Raises BadInput."""
    found = [snapshot for snapshot in listed(base) if snapshot.name == name]
    if not found:
        known = ", ".join(snapshot.name for snapshot in listed(base)) or "none"
        raise BadInput(f"there is no snapshot {name!r} (there are: {known})")
    process.stop(places)
    places.root.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=places.root.parent) as folder:
        with tarfile.open(found[0].path) as archive:
            archive.extractall(folder, filter="data")
        old = Path(folder) / "old"
        if places.root.exists():
            places.root.rename(old)
        (Path(folder) / "platform").rename(places.root)
