"""What a user decided about a platform or an embedded cluster, kept beside its data."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from stackwright.adapters.certificates import write_private
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput

DEFAULT_PORT = 8443
DEFAULT_HOST = "localhost"


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """An embedded cluster without a platform."""

    name: str
    port: int
    controllers: bool = True
    node: bool = True
    gitops: bool = False


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """Shape: `host` is the name in every URL; with `path_routing` services are told apart by path, else by subdomain;
    `kubernetes_port` is the API's own where the platform speaks plain HTTP (clients send no token over it), 0 elsewhere.
    """

    name: str = "localdev"
    host: str = DEFAULT_HOST
    ingress_host: str = ""
    port: int = DEFAULT_PORT
    protocol: str = "https"
    path_routing: bool = True
    static_password: bool = False
    log_level: str = "info"
    kubernetes_port: int = 0

    @property
    def base_url(self) -> str:
        return f"{self.protocol}://{self.host}:{self.port}"

    def service_url(self, service: str) -> str:
        """Where people reach a service: `https://host:port/argocd` or `https://argocd.host:port`."""
        return f"{self.base_url}/{service}" if self.path_routing else f"{self.protocol}://{service}.{self.host}:{self.port}"

    @property
    def kubernetes_url(self) -> str:
        return f"https://127.0.0.1:{self.kubernetes_port or self.port}"


S = TypeVar("S", ClusterSettings, PlatformSettings)


def save(path: Path, settings: ClusterSettings | PlatformSettings) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, json.dumps(asdict(settings)))


def load(path: Path, kind: type[S]) -> S:
    """Raises BadInput naming the file."""
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, json.JSONDecodeError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from error
    known = {item.name for item in fields(kind)}
    return kind(**{key: value for key, value in found.items() if key in known})
