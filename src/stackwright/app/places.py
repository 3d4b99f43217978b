"""Where a platform keeps what it knows: one folder each, below the home of all."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stackwright.kernel.errors import BadInput

_NAME = re.compile(r"^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$")


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one platform or embedded cluster."""

    root: Path

    @property
    def settings(self) -> Path:
        return self.root / "settings.json"

    @property
    def database(self) -> Path:
        return self.root / "cluster.db"

    @property
    def forge_database(self) -> Path:
        return self.root / "forge.db"

    @property
    def repositories(self) -> Path:
        return self.root / "repositories"

    @property
    def sources(self) -> Path:
        """Mirrors and artefacts of foreign repositories; may be deleted at any time."""
        return self.root / "sources"

    @property
    def tls(self) -> Path:
        return self.root / "tls"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def audit_log(self) -> Path:
        """Who wrote what and when; older ones lie beside it."""
        return self.logs / "audit.jsonl"

    @property
    def server_log(self) -> Path:
        return self.logs / "stackwright.log"

    @property
    def kubeconfig(self) -> Path:
        return self.root / "kubeconfig"

    @property
    def tokens(self) -> Path:
        """Hashes of the tokens that the API knows beforehand."""
        return self.root / "tokens.json"

    @property
    def account_key(self) -> Path:
        return self.root / "tls" / "serviceaccounts.key"

    @property
    def lock(self) -> Path:
        """Held by the serving process as long as it lives; holds its process id."""
        return self.root / "serve.lock"

    @property
    def exists(self) -> bool:
        return self.settings.exists()


def home(environment: Mapping[str, str], data_dir: Path | None = None) -> Path:
    """The folder that holds everything: the flag, else STACKWRIGHT_HOME, else the state folder of the desktop's specification."""
    if data_dir is not None:
        return data_dir.expanduser().resolve()
    if environment.get("STACKWRIGHT_HOME"):
        return Path(environment["STACKWRIGHT_HOME"]).expanduser().resolve()
    state = environment.get("XDG_STATE_HOME") or os.path.join(environment.get("HOME") or "~", ".local", "state")  # noqa: PTH118
    return (Path(state).expanduser() / "stackwright").resolve()


def platform_places(base: Path, name: str) -> Places:
    return Places(base / "platforms" / checked_name(name))


def cluster_places(base: Path, name: str) -> Places:
    return Places(base / "clusters" / checked_name(name))


def checked_name(name: str) -> str:
    """Raises BadInput."""
    if not _NAME.match(name):
        raise BadInput(
            f"--name {name!r} is no valid name: lower-case letters, digits and '-', at most 52 characters",
            hint="choose a name such as 'localdev'",
        )
    return name
