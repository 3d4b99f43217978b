"""IP addresses and ranges in expressions.

Source: k8s.io/apiserver pkg/cel/library (ip.go, cidr.go).
"""

import ipaddress
from typing import Any

from stackwright.kernel.cel.marks import marked, taken

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_ip(text: str) -> dict[str, Any]:
    """Raises ValueError."""
    return marked("ip", text=str(_address(text)))


def is_ip(text: str) -> bool:
    return _can(_address, text)


def is_canonical(text: str) -> bool:
    return str(_address(text)) == text


def read_cidr(text: str) -> dict[str, Any]:
    """Raises ValueError."""
    address, _, bits = text.partition("/")
    _network(text)
    return marked("cidr", text=f"{_address(address)}/{bits}")


def is_cidr(text: str) -> bool:
    return _can(_network, text)


def address_of(value: Any) -> Address:
    return _address(taken(value, "ip")["text"])


def network_of(value: Any) -> Network:
    return _network(taken(value, "cidr")["text"])


def family(value: Any) -> int:
    return address_of(value).version


def contains_ip(range: Any, address: Any) -> bool:
    found = _address(address) if isinstance(address, str) else address_of(address)
    return found in network_of(range)


def contains_cidr(range: Any, other: Any) -> bool:
    outer, inner = network_of(range), _network(other) if isinstance(other, str) else network_of(other)
    return outer.version == inner.version and inner.network_address in outer and inner.prefixlen >= outer.prefixlen


def range_ip(range: Any) -> dict[str, Any]:
    return marked("ip", text=str(taken(range, "cidr")["text"]).partition("/")[0])


def masked(range: Any) -> dict[str, Any]:
    return marked("cidr", text=str(network_of(range)))


def prefix_length(range: Any) -> int:
    return network_of(range).prefixlen


def _address(text: str) -> Address:
    found = ipaddress.ip_address(text)
    if isinstance(found, ipaddress.IPv6Address) and (found.ipv4_mapped is not None or found.scope_id):
        raise ValueError(f"IPv4-mapped and zoned addresses are not allowed: {text!r}")
    return found


def _network(text: str) -> Network:
    address, slash, bits = text.partition("/")
    if not slash or not bits.isdigit():
        raise ValueError(f"network address parse error during conversion from string: {text!r}")
    _address(address)
    return ipaddress.ip_network(text, strict=False)


def _can(read: Any, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def link_local_multicast(address: Address) -> bool:
    return address in ipaddress.ip_network("224.0.0.0/24") if address.version == 4 else address in ipaddress.ip_network("ff02::/16")


def global_unicast(address: Address) -> bool:
    """Private addresses are among them, as in Go."""
    special = address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local
    return not special and address != ipaddress.ip_address("255.255.255.255")
