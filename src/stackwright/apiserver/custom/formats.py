"""The formats of texts that are checked.

Source: k8s.io/kube-openapi pkg/validation/strfmt.
"""

import binascii
import ipaddress
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import urlsplit

from stackwright.kernel import duration
from stackwright.kernel.clock import parse_rfc3339
from stackwright.kernel.errors import BadInput

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?\Z")
_UUID = re.compile(r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\Z")
_MAC = re.compile(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\Z")
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\Z")


def _uri(text: str) -> bool:
    return bool(urlsplit(text).scheme) or text.startswith("/")


_CHECKS: Mapping[str, Callable[[str], object]] = {
    "date-time": parse_rfc3339,
    "date": date.fromisoformat,
    "duration": duration.parse,
    "ipv4": ipaddress.IPv4Address,
    "ipv6": ipaddress.IPv6Address,
    "cidr": lambda text: "/" in text and ipaddress.ip_network(text, strict=False),
    "byte": lambda text: b64decode(text, validate=True) is not None,
    "uri": _uri,
    "hostname": lambda text: len(text) <= 253 and _HOST.match(text),
    "uuid": _UUID.match,
    "mac": _MAC.match,
    "email": _EMAIL.match,
}


def _spelled(format: str) -> str:
    return "date-time" if format == "datetime" else format


def is_format(text: str, format: object) -> bool:
    """Whether the text is of the format; of one that is not known, every text is."""
    check = _CHECKS.get(_spelled(str(format)))
    if check is None:
        return True
    try:
        return check(text) not in (None, False)
    except (ValueError, BadInput, binascii.Error):
        return False


_RECOGNISED = frozenset(
    {
        "bsonobjectid", "uri", "email", "hostname", "ipv4", "ipv6", "cidr", "mac", "uuid", "uuid3", "uuid4", "uuid5", "isbn", "isbn10",
        "isbn13", "creditcard", "ssn", "hexcolor", "rgbcolor", "byte", "password", "date", "duration", "datetime", "k8sshortname",
        "k8slongname",
    }
)  # fmt: skip


def is_recognised(format: str) -> bool:
    """Whether the API knows the format of texts; another one says nothing."""
    return format.replace("-", "") in _RECOGNISED
