"""Kubernetes' own functions, declared to the evaluator.

Types that the evaluator cannot hold are `dyn` to it: which function is meant is told by the value.

Source: k8s.io/apiserver pkg/cel/environment (base.go) and pkg/cel/library.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, product
from typing import Any

from cel_expr_python import cel

from stackwright.kernel.cel import addresses, images, lists, maps, quantities, spelling, strings, texts, urls, versions
from stackwright.kernel.cel.marks import type_of

_DYN, _STRING, _INT, _BOOL = cel.Type.DYN, cel.Type.STRING, cel.Type.INT, cel.Type.BOOL
_MARKED = cel.Type.Map(_STRING, _DYN)
_LIST, _TEXTS = cel.Type.List(_DYN), cel.Type.List(_STRING)
_ANY = (
    _BOOL, _INT, cel.Type.UINT, cel.Type.DOUBLE, _STRING, cel.Type.BYTES, cel.Type.NULL, cel.Type.TIMESTAMP, cel.Type.DURATION, _LIST,
    cel.Type.Map(_DYN, _DYN),
)  # fmt: skip
"""The evaluator finds no function by `dyn`: each type is declared by itself."""


def declarations(more: "Sequence[Declared]" = ()) -> list[cel.FunctionDecl]:
    """Of every function, and of `more` that only some expressions know."""
    return [cel.FunctionDecl(name, overloads) for name, overloads in _grouped(more).items()]


def _grouped(more: "Sequence[Declared]") -> dict[str, list[cel.Overload]]:
    found: dict[str, list[cel.Overload]] = {}
    own = (_constructors, _quantity, _address, _url, _version, _image, _map, _list, _text, _string)
    for name, result, parameters, member, implementation in chain(*(declare() for declare in own), more):
        known = found.setdefault(name, [])
        for types in product(*(each if isinstance(each, tuple) else (each,) for each in parameters)):
            known.append(cel.Overload(f"k8s_{name}_{len(known)}", result, list(types), member, implementation))
    return found


Parameter = cel.Type | tuple[cel.Type, ...]
Declared = tuple[str, cel.Type, tuple[Parameter, ...], bool, Callable[..., Any]]
"""Name, result, parameters (several types where any of them is accepted), whether it is a member, and what it does."""


def _constructors() -> Iterator[Declared]:
    readers = (("quantity", quantities.read), ("ip", addresses.read_ip), ("cidr", addresses.read_cidr), ("url", urls.read))
    tests = (
        ("isQuantity", quantities.is_quantity), ("isIP", addresses.is_ip), ("isCIDR", addresses.is_cidr), ("isURL", urls.is_url),
        ("ip.isCanonical", addresses.is_canonical),
    )  # fmt: skip
    for name, read in readers:
        yield name, _DYN, (_STRING,), False, read
    yield "semver", _DYN, (_STRING,), False, versions.read
    yield "semver", _DYN, (_STRING, _BOOL), False, versions.read
    for name, test in tests:
        yield name, _BOOL, (_STRING,), False, test
    yield "isSemver", _BOOL, (_STRING,), False, versions.is_semver
    yield "isSemver", _BOOL, (_STRING, _BOOL), False, versions.is_semver


def _compared(left: Any, right: Any) -> int:
    return versions.compared(left, right) if type_of(left) == "semver" else quantities.compared(left, right)


def _quantity() -> Iterator[Declared]:
    yield "sign", _INT, (_MARKED,), True, quantities.sign
    yield "isInteger", _BOOL, (_MARKED,), True, quantities.is_integer
    yield "asInteger", _INT, (_MARKED,), True, quantities.as_integer
    yield "asApproximateFloat", cel.Type.DOUBLE, (_MARKED,), True, quantities.as_float
    yield "add", _DYN, (_MARKED, (_MARKED, _INT)), True, quantities.added
    yield "sub", _DYN, (_MARKED, (_MARKED, _INT)), True, quantities.subtracted
    yield "compareTo", _INT, (_MARKED, _MARKED), True, _compared
    yield "isGreaterThan", _BOOL, (_MARKED, _MARKED), True, lambda left, right: _compared(left, right) > 0
    yield "isLessThan", _BOOL, (_MARKED, _MARKED), True, lambda left, right: _compared(left, right) < 0


def _address() -> Iterator[Declared]:
    yield "family", _INT, (_MARKED,), True, addresses.family
    yield "isUnspecified", _BOOL, (_MARKED,), True, lambda ip: addresses.address_of(ip).is_unspecified
    yield "isLoopback", _BOOL, (_MARKED,), True, lambda ip: addresses.address_of(ip).is_loopback
    yield "isLinkLocalMulticast", _BOOL, (_MARKED,), True, lambda ip: addresses.link_local_multicast(addresses.address_of(ip))
    yield "isLinkLocalUnicast", _BOOL, (_MARKED,), True, lambda ip: addresses.address_of(ip).is_link_local
    yield "isGlobalUnicast", _BOOL, (_MARKED,), True, lambda ip: addresses.global_unicast(addresses.address_of(ip))
    yield "containsIP", _BOOL, (_MARKED, (_MARKED, _STRING)), True, addresses.contains_ip
    yield "containsCIDR", _BOOL, (_MARKED, (_MARKED, _STRING)), True, addresses.contains_cidr
    yield "ip", _DYN, (_MARKED,), True, addresses.range_ip
    yield "masked", _DYN, (_MARKED,), True, addresses.masked
    yield "prefixLength", _INT, (_MARKED,), True, addresses.prefix_length


def _url() -> Iterator[Declared]:
    for name, read in (
        ("getScheme", urls.scheme), ("getHost", urls.host), ("getHostname", urls.hostname), ("getPort", urls.port),
        ("getEscapedPath", urls.escaped_path),
    ):  # fmt: skip
        yield name, _STRING, (_MARKED,), True, read
    yield "getQuery", cel.Type.Map(_STRING, cel.Type.List(_STRING)), (_MARKED,), True, urls.query


def _version() -> Iterator[Declared]:
    yield "major", _INT, (_MARKED,), True, lambda version: versions.part(version, "major")
    yield "minor", _INT, (_MARKED,), True, lambda version: versions.part(version, "minor")
    yield "patch", _INT, (_MARKED,), True, lambda version: versions.part(version, "patch")


def _image() -> Iterator[Declared]:
    yield "image", _DYN, (_STRING,), False, images.read
    yield "isImage", _BOOL, (_STRING,), False, images.is_image
    yield "containsDigest", _BOOL, (_MARKED,), True, lambda image: bool(images.part(image, "digest"))
    for name in ("registry", "repository", "identifier", "tag", "digest"):
        yield name, _STRING, (_MARKED,), True, partial(images.part, name=name)


def _map() -> Iterator[Declared]:
    yield spelling.MAP, cel.Type.Map(_DYN, _DYN), (_LIST,), True, maps.of_pairs
    yield spelling.ENTRIES, cel.Type.Map(_DYN, _DYN), (_LIST,), True, maps.of_entries


def _list() -> Iterator[Declared]:
    yield "sum", _DYN, (_LIST,), True, lists.total
    yield "min", _DYN, (_LIST,), True, lists.smallest
    yield "max", _DYN, (_LIST,), True, lists.largest
    yield "isSorted", _BOOL, (_LIST,), True, lists.is_sorted
    yield "indexOf", _INT, (_LIST, _ANY), True, lists.index_of
    yield "lastIndexOf", _INT, (_LIST, _ANY), True, lists.last_index_of
    yield "join", _STRING, (_LIST,), True, strings.joined
    yield "join", _STRING, (_LIST, _STRING), True, strings.joined
    yield "slice", _LIST, (_LIST, _INT, _INT), True, lists.slice_of
    yield "flatten", _LIST, (_LIST,), True, lists.flattened
    yield "flatten", _LIST, (_LIST, _INT), True, lists.flattened
    yield "sort", _LIST, (_LIST,), True, lists.ordered
    yield "distinct", _LIST, (_LIST,), True, lists.distinct
    yield "lists.range", cel.Type.List(_INT), (_INT,), False, lists.numbers
    yield "sets.contains", _BOOL, (_LIST, _LIST), False, lists.includes
    yield "sets.intersects", _BOOL, (_LIST, _LIST), False, lists.intersects
    yield "sets.equivalent", _BOOL, (_LIST, _LIST), False, lambda one, other: lists.includes(one, other) and lists.includes(other, one)


def _text() -> Iterator[Declared]:
    yield "find", _STRING, (_STRING, _STRING), True, texts.found_first
    yield "findAll", cel.Type.List(_STRING), (_STRING, _STRING), True, texts.found_all
    yield "findAll", cel.Type.List(_STRING), (_STRING, _STRING, _INT), True, texts.found_all


def _string() -> Iterator[Declared]:
    yield "charAt", _STRING, (_STRING, _INT), True, strings.char_at
    for name, find in (("indexOf", strings.index_of), ("lastIndexOf", strings.last_index_of)):
        yield name, _INT, (_STRING, _STRING), True, find
        yield name, _INT, (_STRING, _STRING, _INT), True, find
    yield "lowerAscii", _STRING, (_STRING,), True, strings.lower
    yield "upperAscii", _STRING, (_STRING,), True, strings.upper
    yield "trim", _STRING, (_STRING,), True, str.strip
    yield "reverse", _STRING, (_STRING,), True, strings.reversed_text
    yield "replace", _STRING, (_STRING, _STRING, _STRING), True, strings.replaced
    yield "replace", _STRING, (_STRING, _STRING, _STRING, _INT), True, strings.replaced
    yield "split", _TEXTS, (_STRING, _STRING), True, strings.parts_of
    yield "split", _TEXTS, (_STRING, _STRING, _INT), True, strings.parts_of
    yield "substring", _STRING, (_STRING, _INT), True, strings.substring
    yield "substring", _STRING, (_STRING, _INT, _INT), True, strings.substring
    yield "format", _STRING, (_STRING, _LIST), True, strings.formatted
    yield spelling.STRING, _STRING, (_ANY,), False, strings.spelled
    yield "strings.quote", _STRING, (_STRING,), False, strings.quoted
