"""Certificates and SSH host keys of repository servers, as two ConfigMaps keep them. Pure.

Source: Argo CD's docs/operator-manual/declarative-setup ("Repositories using self-signed TLS certificates", "SSH known host public keys").
"""

import base64
import binascii
import fnmatch
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stackwright.kernel.errors import BadInput
from stackwright.portal import certificates

TLS_CONFIG_MAP, SSH_CONFIG_MAP, SSH_KEY = "argocd-tls-certs-cm", "argocd-ssh-known-hosts-cm", "ssh_known_hosts"
_SSH_PARTS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of `cert list`. Shape: `kind` is https or ssh, `subtype` the kind of key, `told` a subject or a fingerprint."""

    host: str
    kind: str
    subtype: str
    told: str


def tls_entries(listed: Mapping[str, str]) -> list[Entry]:
    """What cannot be read is left out."""
    return [Entry(each.server, certificates.HTTPS, each.kind, each.subject) for each in certificates.chosen(listed, "", "", "")]


@dataclass(frozen=True, slots=True)
class HostKey:
    """A line of known_hosts. Shape: `key` in base64."""

    host: str
    type: str
    key: str

    @property
    def line(self) -> str:
        return f"{self.host} {self.type} {self.key}"


def host_keys(text: str) -> list[HostKey]:
    """The keys of a known_hosts file, a host a line; comments and marks (@…) are passed over. Raises BadInput naming the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith(("#", "@")):
            continue
        if len(words) < _SSH_PARTS or not _is_key(words[2]):
            raise BadInput(f"line {number}: expected HOST TYPE KEY, as ssh-keyscan prints them")
        found += [HostKey(host, words[1], words[2]) for host in words[0].split(",")]
    return found


def _is_key(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except binascii.Error:
        return False


def fingerprint(key: str) -> str:
    """As ssh-keygen -l prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(base64.b64decode(key)).digest()).decode().rstrip("=")


def ssh_entries(keys: Sequence[HostKey]) -> list[Entry]:
    return [
        Entry(each.host.strip("[]") if each.host.startswith("[") else each.host, "ssh", each.type, fingerprint(each.key)) for each in keys
    ]


def with_host_keys(there: Sequence[HostKey], wanted: Sequence[HostKey], *, upsert: bool) -> list[HostKey]:
    """Raises BadInput when a host has another key of the type, without `upsert`."""
    keys = {(each.host, each.type): each for each in there}
    for each in wanted:
        old = keys.get((each.host, each.type))
        if old is not None and old.key != each.key and not upsert:
            raise BadInput(f"{each.host} has another {each.type} key already", hint="replace it with --upsert")
        keys[each.host, each.type] = each
    return list(keys.values())


def chosen(entries: Sequence[Entry], pattern: str = "", kind: str = "", subtype: str = "") -> list[Entry]:
    """Those that fit; an empty word fits everything."""
    return [
        each
        for each in entries
        if (not pattern or fnmatch.fnmatchcase(each.host, pattern)) and kind in ("", each.kind) and subtype in ("", each.subtype)
    ]
