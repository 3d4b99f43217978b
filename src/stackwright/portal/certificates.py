"""Certificates of servers that repositories are fetched from, as argocd-tls-certs-cm keeps them: PEM by host. Pure.

Source: Argo CD's util/cert and docs/user-guide/private-repositories.md.
"""

import base64
import binascii
import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from stackwright.kernel.errors import BadInput

HTTPS = "https"


@dataclass(frozen=True, slots=True)
class Certificate:
    server: str
    kind: str
    subject: str
    pem: str


def chosen(entries: Mapping[str, str], pattern: str, type: str, subtype: str) -> list[Certificate]:
    """Every certificate of a host that fits. Shape: empty words fit everything; what cannot be read is left out."""
    if type not in ("", "*", HTTPS):
        return []
    hosts = sorted(host for host in entries if not pattern or fnmatch.fnmatchcase(host, pattern))
    found = [certificate for host in hosts for certificate in _read(host, entries[host])]
    return [item for item in found if subtype in ("", "*", item.kind)]


def shown(item: Certificate) -> dict[str, Any]:
    """A RepositoryCertificate; what is in it is told by its subject."""
    return {"serverName": item.server, "certType": HTTPS, "certSubType": item.kind, "certInfo": item.subject}


def parse(items: Iterable[Any]) -> dict[str, str]:
    """Entries of the ConfigMap, from RepositoryCertificates. Raises BadInput."""
    found: dict[str, str] = {}
    for item in items:
        server, type = (str(item.get(key) or "") for key in ("serverName", "certType"))
        if type != HTTPS:
            raise BadInput(f"certType: {type!r}: expected https (keys of SSH hosts: stackwright cert add-ssh)")
        if not server or "/" in server:
            raise BadInput(f"serverName: {server!r}: expected the name of a host")
        text = _decoded(str(item.get("certData") or ""))
        if not _read(server, text):
            raise BadInput(f"certData of {server}: expected certificates in PEM")
        found[server] = text
    if not found:
        raise BadInput("items: expected certificates")
    return found


def _decoded(text: str) -> str:
    """gRPC's bytes come in base64."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text


def _read(host: str, text: str) -> list[Certificate]:
    try:
        listed = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        return []
    return [Certificate(host, _kind(item), item.subject.rfc4514_string(), text) for item in listed]


def _kind(item: x509.Certificate) -> str:
    return "rsa" if isinstance(item.public_key(), rsa.RSAPublicKey) else "ecdsa"
