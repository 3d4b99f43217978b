"""Which Secret opens which repository."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stackwright.adapters.sources import urls
from stackwright.api.meta import labels_of
from stackwright.kernel import digest

_APP = ("githubAppID", "githubAppInstallationID", "githubAppPrivateKey", "githubAppEnterpriseBaseUrl")
TYPE_LABEL = "argocd.argoproj.io/secret-type"
_LOGIN = ("username", "password", "bearerToken", "sshPrivateKey", "tlsClientCertData", "tlsClientCertKey", "githubAppPrivateKey")


@dataclass(frozen=True, slots=True)
class Access:
    """How to knock at a repository. Its repr tells no secret."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    bearer_token: str = field(default="", repr=False)
    ssh_private_key: str = field(default="", repr=False)
    client_certificate: str = field(default="", repr=False)
    client_key: str = field(default="", repr=False)
    certificate_authority: str = field(default="", repr=False)
    insecure: bool = False
    insecure_host_key: bool = False
    enable_oci: bool = False
    plain_http: bool = False
    proxy: str = field(default="", repr=False)
    no_proxy: str = ""
    github_app: Mapping[str, str] = field(default_factory=dict, repr=False)
    kind: str = ""

    @property
    def authorization(self) -> str:
        """The HTTP header; empty when nobody is to be named."""
        if self.bearer_token:
            return f"Bearer {self.bearer_token}"
        if not self.username and not self.password:
            return ""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()

    @property
    def fingerprint(self) -> str:
        """Tells two ways of knocking apart without telling them."""
        parts = (self.username, self.password, self.bearer_token, self.ssh_private_key, self.client_key, self.certificate_authority)
        return digest.of([*parts, self.insecure, self.proxy, dict(self.github_app)])


def _fields(secret: Mapping[str, Any]) -> dict[str, str]:
    found = {**(secret.get("data") or {}), **(secret.get("stringData") or {})}
    return {key: value.decode() if isinstance(value, bytes) else str(value) for key, value in found.items()}


def _permitted(fields: Mapping[str, str], project: str) -> bool:
    return not project or fields.get("project", "") in ("", project)


def _repository(url: str, secrets: Sequence[dict[str, str]], project: str) -> dict[str, str]:
    """A repository of the project itself goes before one that all projects share."""
    same = [entry for entry in secrets if urls.normalise(entry.get("url", "")) == urls.normalise(url) or _same_registry(entry, url)]
    return next((entry for entry in same if project and entry.get("project") == project), same[0] if same else {})


def _same_registry(entry: Mapping[str, str], url: str) -> bool:
    registry = entry.get("enableOCI") == "true" or entry.get("type") == "oci"
    return registry and urls.normalise_oci(entry.get("url", "")) == urls.normalise_oci(url)


def _template(url: str, secrets: Sequence[dict[str, str]]) -> dict[str, str]:
    """The template whose URL is the longest beginning of the repository's."""
    wanted = urls.normalise(url)

    def fits(entry: Mapping[str, str]) -> bool:
        prefix = urls.normalise(entry.get("url", ""))
        return bool(prefix) and (wanted.startswith(prefix) or urls.normalise_oci(url).startswith(urls.normalise_oci(prefix)))

    return max((entry for entry in secrets if fits(entry)), key=lambda entry: len(entry.get("url", "")), default={})


def access_to(url: str, secrets: Sequence[Mapping[str, Any]], project: str = "") -> Access:
    """Merges the repository's Secret with the credential template that fits, if the former has no login of its own."""
    by_type: dict[str, list[dict[str, str]]] = {"repository": [], "repo-creds": []}
    for secret in secrets:
        kind = labels_of(secret).get(TYPE_LABEL, "")
        fields = _fields(secret)
        if kind in by_type and _permitted(fields, project):
            by_type[kind].append(fields)
    own = _repository(url, by_type["repository"], project)
    template = _template(url, by_type["repo-creds"])
    has_login = any(own.get(name) for name in _LOGIN)
    merged = own if has_login else {**template, **{key: value for key, value in own.items() if value}}
    return _access(merged, url)


def _access(fields: Mapping[str, str], url: str) -> Access:
    place = urls.parse(url)
    in_url = place if place is not None and place.scheme in ("http", "https") else None
    return Access(
        username=fields.get("username") or (in_url.user if in_url else ""),
        password=fields.get("password") or (in_url.password if in_url else ""),
        bearer_token=fields.get("bearerToken", ""),
        ssh_private_key=fields.get("sshPrivateKey", ""),
        client_certificate=fields.get("tlsClientCertData", ""),
        client_key=fields.get("tlsClientCertKey", ""),
        certificate_authority=fields.get("caData", ""),
        insecure=fields.get("insecure") == "true",
        insecure_host_key=fields.get("insecure") == "true" or fields.get("insecureIgnoreHostKey") == "true",
        enable_oci=fields.get("enableOCI") == "true" or fields.get("type") == "oci",
        plain_http=fields.get("insecureOCIForceHttp") == "true",
        proxy=fields.get("proxy", ""),
        no_proxy=fields.get("noProxy", ""),
        github_app={name: fields[name] for name in _APP if name in fields} if fields.get("githubAppPrivateKey") else {},
        kind=fields.get("type", ""),
    )
