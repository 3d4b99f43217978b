"""Short names for content."""

import hashlib
from typing import Any

from stackwright.kernel import json

_SAFE = "bcdfghjklmnpqrstvwxz2456789"


def sha256(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def of(value: Any) -> str:
    """SHA-256 of the canonical JSON of `value`."""
    return sha256(json.canonical(value))


def fnv32a(data: bytes) -> int:
    """The 32-bit FNV-1a hash that Kubernetes uses for template hashes."""
    digest = 0x811C9DC5
    for byte in data:
        digest = ((digest ^ byte) * 0x01000193) & 0xFFFFFFFF
    return digest


def safe_encode(text: str) -> str:
    """Spells `text` without vowels and look-alikes (k8s.io/apimachinery rand.SafeEncodeString)."""
    return "".join(_SAFE[ord(char) % len(_SAFE)] for char in text)
