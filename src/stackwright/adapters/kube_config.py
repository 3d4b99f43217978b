"""How to reach a cluster: read from a kubeconfig, from Argo CD's cluster Secret, or from the pod we run in."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stackwright.kernel import json, yaml
from stackwright.kernel.errors import BadInput

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_PLUGINS = "credentials from plug-ins are not supported"
_PLUGIN_HINT = "use a bearer token (for example of a ServiceAccount) or a client certificate"


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """An API server and who we are to it. Its repr tells no secret.

    Shape: certificates and keys are PEM texts; `token_file` is read again when it changes.
    """

    server: str
    token: str = field(default="", repr=False)
    token_file: Path | None = None
    username: str = ""
    password: str = field(default="", repr=False)
    certificate_authority: str = field(default="", repr=False)
    client_certificate: str = field(default="", repr=False)
    client_key: str = field(default="", repr=False)
    insecure: bool = False
    server_name: str = ""
    proxy: str = ""


def from_kubeconfig(path: Path, context: str | None = None) -> ClusterAccess:
    """Raises BadInput naming the file and the field."""
    try:
        document = yaml.load(path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    if not isinstance(document, Mapping):
        raise BadInput(f"{path}: a kubeconfig is a mapping")
    name = context or document.get("current-context")
    if not name:
        raise BadInput(f"{path}: current-context is not set", hint="name a context")
    chosen = _named(document, "contexts", str(name), "context", path)
    cluster = _named(document, "clusters", str(chosen.get("cluster", "")), "cluster", path)
    user = _named(document, "users", str(chosen["user"]), "user", path) if chosen.get("user") else {}
    return _joined(cluster, user, path)


def _named(document: Mapping[str, Any], listed: str, name: str, inner: str, path: Path) -> Mapping[str, Any]:
    for entry in document.get(listed) or []:
        if entry.get("name") == name:
            found: Mapping[str, Any] = entry.get(inner) or {}
            return found
    raise BadInput(f"{path}: {listed} has no entry named {name!r}")


def _joined(cluster: Mapping[str, Any], user: Mapping[str, Any], path: Path) -> ClusterAccess:
    if user.get("exec") or user.get("auth-provider"):
        raise BadInput(f"{path}: {_PLUGINS}", hint=_PLUGIN_HINT)
    token_file = user.get("tokenFile")
    return ClusterAccess(
        server=_server(str(cluster.get("server") or ""), str(path)),
        token=str(user.get("token") or ""),
        token_file=path.parent / str(token_file) if token_file else None,
        username=str(user.get("username") or ""),
        password=str(user.get("password") or ""),
        certificate_authority=_pem(cluster, "certificate-authority", path),
        client_certificate=_pem(user, "client-certificate", path),
        client_key=_pem(user, "client-key", path),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
        server_name=str(cluster.get("tls-server-name") or ""),
        proxy=str(cluster.get("proxy-url") or ""),
    )


def _pem(fields: Mapping[str, Any], name: str, path: Path) -> str:
    """Inline data goes before a file; files are named from the kubeconfig's folder."""
    if fields.get(f"{name}-data"):
        return _decoded(str(fields[f"{name}-data"]), f"{path}: {name}-data")
    if not fields.get(name):
        return ""
    file = path.parent / str(fields[name])
    try:
        return file.read_text()
    except OSError as error:
        raise BadInput(f"{path}: {name}: {file}: {error.strerror}") from error


def _decoded(text: str, where: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise BadInput(f"{where}: not base64 of a PEM text") from error


def _server(url: str, where: str) -> str:
    parts = urlsplit(url if "://" in url else f"https://{url}")
    if not url or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(f"{where}: server {url!r} is no http or https URL")
    return parts.geturl().rstrip("/")


def from_cluster_secret(secret: Mapping[str, Any]) -> ClusterAccess:
    """Reads a Secret of the type `cluster`, its data decoded. Raises BadInput."""
    fields = {**(secret.get("data") or {}), **(secret.get("stringData") or {})}
    name = str(fields.get("name") or fields.get("server") or "")
    where = f"cluster Secret of {name!r}"
    try:
        config = json.loads(fields.get("config") or "{}")
    except json.JSONDecodeError as error:
        raise BadInput(f"{where}: config is not JSON: {error}") from error
    if config.get("execProviderConfig") or config.get("awsAuthConfig"):
        raise BadInput(f"{where}: {_PLUGINS}", hint=_PLUGIN_HINT)
    tls = config.get("tlsClientConfig") or {}
    return ClusterAccess(
        server=_server(str(fields.get("server") or ""), where),
        token=str(config.get("bearerToken") or ""),
        username=str(config.get("username") or ""),
        password=str(config.get("password") or ""),
        certificate_authority=_decoded(str(tls.get("caData") or ""), f"{where}: caData"),
        client_certificate=_decoded(str(tls.get("certData") or ""), f"{where}: certData"),
        client_key=_decoded(str(tls.get("keyData") or ""), f"{where}: keyData"),
        insecure=bool(tls.get("insecure")),
        server_name=str(tls.get("serverName") or ""),
        proxy=str(config.get("proxyUrl") or ""),
    )


def cluster_config(access: ClusterAccess, token: str = "") -> dict[str, Any]:
    """What `from_cluster_secret` reads as `config`. A `token` goes before every other identity. Raises BadInput."""
    tls: dict[str, Any] = {"insecure": access.insecure} if access.insecure else {}
    tls |= {"serverName": access.server_name} if access.server_name else {}
    certificates = {"caData": "" if access.insecure else access.certificate_authority}
    if not token:
        certificates |= {"certData": access.client_certificate, "keyData": access.client_key}
    tls |= {name: base64.b64encode(text.encode()).decode() for name, text in certificates.items() if text}
    fields = {"bearerToken": token or _own_token(access), "proxyUrl": access.proxy}
    if not token:
        fields |= {"username": access.username, "password": access.password}
    return {"tlsClientConfig": tls, **{name: text for name, text in fields.items() if text}}


def _own_token(access: ClusterAccess) -> str:
    if access.token or access.token_file is None:
        return access.token
    try:
        return access.token_file.read_text().strip()
    except OSError as error:
        raise BadInput(f"{access.token_file}: {error.strerror}") from error


def from_pod(environment: Mapping[str, str], account: Path = _ACCOUNT) -> ClusterAccess:
    """The cluster in which we run as a pod. Raises BadInput when we do not."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT", "443")
    if not host or not (account / "token").exists():
        raise BadInput("not running in a pod with a ServiceAccount")
    name = f"[{host}]" if ":" in host else host
    return ClusterAccess(f"https://{name}:{port}", token_file=account / "token", certificate_authority=(account / "ca.crt").read_text())
