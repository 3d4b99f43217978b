"""Addresses and ranges that are not written as they should be, and still accepted.

Source: k8s.io/apimachinery pkg/util/validation/ip.go (GetWarningsForIP, GetWarningsForCIDR).
"""

import ipaddress
from collections.abc import Iterator

from stackwright.apiserver.builtin.validation import names


def address_warnings(path: str, text: str) -> Iterator[str]:
    """None for what is no address at all."""
    found = names.address_of(text)
    if found is None:
        return
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    if mapped is not None or not _is_strict(text):
        yield (
            f'{path}: non-standard IP address "{text}" will be considered invalid in a future Kubernetes release: use "{mapped or found}"'
        )
    elif found.version == 6 and str(found) != text:
        yield f'{path}: IPv6 address "{text}" should be in RFC 5952 canonical format ("{found}")'


def range_warnings(path: str, text: str) -> Iterator[str]:
    found = names.network_of(text)
    if found is None:
        return
    address = names.address_of(text.partition("/")[0])
    ambiguous = address != found.network_address
    if ambiguous:
        single = f"{address}/{found.max_prefixlen}"
        yield f'{path}: CIDR value "{text}" is ambiguous in this context (should be "{found}" or "{single}"?)'
    if not _is_strict(text.partition("/")[0]) or text.partition("/")[2] != str(found.prefixlen):
        yield f'{path}: non-standard CIDR value "{text}" will be considered invalid in a future Kubernetes release: use "{found}"'
    elif not ambiguous and found.version == 6 and str(found) != text:
        yield f'{path}: IPv6 CIDR value "{text}" should be in RFC 5952 canonical format ("{found}")'


def _is_strict(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
