"""What names may look like. Each function gives the reasons why a text will not do; none when it will.

Source: k8s.io/apimachinery pkg/util/validation and pkg/api/validation.
"""

import ipaddress
import re
from collections.abc import Callable

from stackwright.api.labelsyntax import key_problems, value_problems

Naming = Callable[[str], list[str]]

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_OLD_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?\Z")
_PORT = re.compile(r"[-a-z0-9]+\Z")
_KEY = re.compile(r"[-._a-zA-Z0-9]+\Z")
_ENV = re.compile(r"[ -<>-~]+\Z")
_HEADER = re.compile(r"[-A-Za-z0-9]+\Z")
_LOOSE_SUBDOMAIN = re.compile(r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*\Z")
_PERCENT = re.compile(r"[0-9]+%\Z")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric "
    "character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LOOSE_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')"
)
_WILDCARD_RULE = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric "
    "characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is "
    "'\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_OLD_LABEL_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
    "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_KEY_RULE = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', "
    "regex used for validation is '[-._a-zA-Z0-9]+')"
)
_HEADER_RULE = (
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is "
    "'[-A-Za-z0-9]+')"
)
_PERCENT_RULE = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is "
    "'[0-9]+%')"
)
_IDENTIFIER_RULE = (
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' "
    "(e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')"
)
IP_RULE = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
CIDR_RULE = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
qualified: Naming = key_problems
label_value: Naming = value_problems


def longest(text: str, most: int) -> list[str]:
    return [f"must be no more than {most} characters"] if len(text) > most else []


def label(text: str) -> list[str]:
    found = longest(text, 63)
    if _LABEL.match(text):
        return found
    return [*found, "must not contain dots" if _SUBDOMAIN.match(text) else _LABEL_RULE]


def subdomain(text: str) -> list[str]:
    return longest(text, 253) + ([] if _SUBDOMAIN.match(text) else [_SUBDOMAIN_RULE])


def loose_subdomain(text: str) -> list[str]:
    """Underscores too, as in the search paths of DNS."""
    return longest(text, 253) + ([] if _LOOSE_SUBDOMAIN.match(text) else [_LOOSE_SUBDOMAIN_RULE])


def wildcard_subdomain(text: str) -> list[str]:
    return longest(text, 253) + ([] if text.startswith("*.") and _SUBDOMAIN.match(text[2:]) else [_WILDCARD_RULE])


def old_label(text: str) -> list[str]:
    """DNS-1035: starts with a letter."""
    return longest(text, 63) + ([] if _OLD_LABEL.match(text) else [_OLD_LABEL_RULE])


def path_segment(text: str) -> list[str]:
    if text in (".", ".."):
        return [f"may not be '{text}'"]
    return [f"may not contain '{each}'" for each in "/%" if each in text]


def port_name(text: str) -> list[str]:
    found = longest(text, 15)
    if not _PORT.match(text):
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", text):
        found.append("must contain at least one letter (a-z)")
    if "--" in text:
        found.append("must not contain consecutive hyphens")
    if text.startswith("-") or text.endswith("-"):
        found.append("must not begin or end with a hyphen")
    return found


def config_key(text: str) -> list[str]:
    found = longest(text, 253) + ([] if _KEY.match(text) else [_KEY_RULE])
    return found + _not_a_way_up(text)


def _not_a_way_up(text: str) -> list[str]:
    if text in (".", ".."):
        return [f"must not be '{text}'"]
    return ["must not start with '..'"] if text.startswith("..") else []


def env_name(text: str) -> list[str]:
    if _ENV.match(text):
        return []
    return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]


def header_name(text: str) -> list[str]:
    return [] if _HEADER.match(text) else [_HEADER_RULE]


def percent(text: str) -> list[str]:
    return [] if _PERCENT.match(text) else [_PERCENT_RULE]


def identifier(text: str) -> list[str]:
    return [] if _IDENTIFIER.match(text) else [_IDENTIFIER_RULE]


def ip(text: str) -> list[str]:
    return [] if address_of(text) else [IP_RULE]


def cidr(text: str) -> list[str]:
    return [] if network_of(text) else [CIDR_RULE]


def address_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return None if "%" in text else ipaddress.ip_address(_without_zeros(text))
    except ValueError:
        return None


def network_of(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        address, slash, bits = text.partition("/")
        return ipaddress.ip_network(f"{_without_zeros(address)}/{bits}", strict=False) if slash and bits.isdigit() else None
    except ValueError:
        return None


def canonical_ip(text: str) -> list[str]:
    """As an address of today is written; older fields take more."""
    found = address_of(text)
    if found is None:
        return [IP_RULE]
    if _without_zeros(text) != text:
        return ["must not have leading 0s"]
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return ["must not be an IPv4-mapped IPv6 address"]
    return [] if str(found) == text else [f'must be in canonical form ("{found}")']


def canonical_cidr(text: str) -> list[str]:
    address, _, bits = text.partition("/")
    found = network_of(text)
    if found is None:
        return [CIDR_RULE]
    if _without_zeros(address) != address:
        return ["must not have leading 0s in IP"]
    if bits != str(found.prefixlen):
        return ["must not have leading 0s in prefix length"]
    if ipaddress.ip_address(address) != found.network_address:
        return ["must not have bits set beyond the prefix length"]
    return [] if str(found) == text else [f'must be in canonical form ("{found}")']


def _without_zeros(text: str) -> str:
    """Leading zeros of an IPv4 address, which older parsers passed over."""
    return re.sub(r"(?<![0-9a-fA-F:])0+(?=[0-9])", "", text) if ":" not in text else text


def prefix(text: str, naming: Naming) -> list[str]:
    """As the beginning of a name: a dash at the end will not stay at the end."""
    return naming(f"{text[:-2]}a" if len(text) > 1 and text.endswith("-") else text)


def qualified_lower(text: str) -> list[str]:
    return qualified(text.lower())
