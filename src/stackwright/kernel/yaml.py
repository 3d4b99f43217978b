"""YAML as Kubernetes reads and writes it (`sigs.k8s.io/yaml` over go-yaml v2): YAML 1.1 booleans, string timestamps, bounded aliases.

PyYAML's C parser does the parsing; how plain scalars resolve is ours, because PyYAML differs from Go (`1:30`, `y`, `=`, dates).
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

from stackwright.kernel.errors import BadInput

MAX_NODES = 2_000_000
MAX_ALIASED_NODES = 200_000
MAX_DEPTH = 200

_TAG = "tag:yaml.org,2002:"
_PLAIN = "plain"
_TRUE = frozenset(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"))
_FALSE = frozenset(("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"))
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INT = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9]+)\Z")
_SPECIAL = {
    ".inf": math.inf, ".Inf": math.inf, ".INF": math.inf, "+.inf": math.inf, "+.Inf": math.inf, "+.INF": math.inf,
    "-.inf": -math.inf, "-.Inf": -math.inf, "-.INF": -math.inf, ".nan": math.nan, ".NaN": math.nan, ".NAN": math.nan,
}  # fmt: skip


class YamlError(BadInput):
    """The text is not YAML, or too deep, too large or too repetitive to expand."""

    code = "bad-yaml"


class _Loader(yaml.CSafeLoader):
    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _TAG + "str"
        return _TAG + ("seq" if kind is yaml.SequenceNode else "map")


@lru_cache(maxsize=4096)
def resolve_plain(text: str) -> Any:
    """What an unquoted scalar means: None, bool, int, float or the text itself."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text in _SPECIAL:
        return _SPECIAL[text]
    if text[0] not in "+-.0123456789":
        return text
    plain = text.replace("_", "")
    if _INT.match(plain):
        return _integer(plain, text)
    if _FLOAT.match(plain):
        return _number(float(plain))
    return text


def _number(value: float) -> int | float:
    """JSON as Go writes it has no `1000.0`."""
    return int(value) if value.is_integer() and abs(value) < 2**63 else value


def _integer(plain: str, text: str) -> Any:
    digits = plain.lstrip("+-")
    sign = -1 if plain[0] == "-" else 1
    try:
        if len(digits) > 1 and digits[0] == "0" and digits[1] in "0123456789":
            return sign * int(digits, 8)
        value = sign * int(digits, 0)
    except ValueError:
        return _number(float(plain)) if _FLOAT.match(plain) else text
    return value if -(2**63) <= value < 2**64 else float(value)


class _Builder:
    """Turns the node graph into values, counting what aliases expand to."""

    def __init__(self, strict: bool) -> None:
        self._strict = strict
        self._nodes = 0
        self._seen: dict[int, int] = {}
        self._aliased = 0
        self._active: set[int] = set()

    def build(self, node: yaml.Node | None, depth: int = 0) -> Any:
        if node is None:
            return None
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise YamlError("the document is too large or too deeply nested", line=node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        identity = id(node)
        if identity in self._active:
            raise YamlError("an anchor contains itself", line=node.start_mark.line + 1)
        repeated = identity in self._seen
        before = self._nodes
        self._active.add(identity)
        value = self._map(node, depth) if isinstance(node, yaml.MappingNode) else [self.build(child, depth + 1) for child in node.value]
        self._active.discard(identity)
        self._seen[identity] = self._nodes - before
        if repeated:
            self._aliased += self._nodes - before
            if self._aliased > MAX_ALIASED_NODES:
                raise YamlError("the document contains excessive aliasing", line=node.start_mark.line + 1)
        return value

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        match node.tag:
            case "plain":
                return resolve_plain(text)
            case "tag:yaml.org,2002:str" | "!":
                return text
            case "tag:yaml.org,2002:binary":
                return text.replace("\n", "").replace(" ", "")
            case "tag:yaml.org,2002:float":
                value = resolve_plain(text)
                return float(value) if isinstance(value, int) else value
            case tag if tag.startswith(_TAG):
                return resolve_plain(text)
            case _:
                return text

    def _map(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.value == "<<" and key_node.tag == _PLAIN:
                merged.append(value_node)
                continue
            key = _key(self.build(key_node, depth + 1), key_node)
            if key in result and self._strict:
                raise YamlError(f"line {key_node.start_mark.line + 1}: key {key!r} already set in map", line=key_node.start_mark.line + 1)
            result[key] = self.build(value_node, depth + 1)
        for source in merged:
            self._merge(result, source, depth)
        return result

    def _merge(self, result: dict[str, Any], source: yaml.Node, depth: int) -> None:
        parts = source.value if isinstance(source, yaml.SequenceNode) else [source]
        for part in parts:
            value = self.build(part, depth + 1)
            if not isinstance(value, dict):
                raise YamlError("map merge requires map or sequence of maps as the value", line=source.start_mark.line + 1)
            for key, inner in value.items():
                result.setdefault(key, inner)


def _key(value: Any, node: yaml.Node) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return str(value)
    raise YamlError("a mapping key must be a scalar", line=node.start_mark.line + 1)


def load_all(text: str | bytes, *, strict: bool = False) -> Iterator[Any]:
    """Yields each document (None for an empty one). Raises YamlError with the line.

    `strict` refuses a key that stands twice in one mapping; otherwise the last one wins.
    """
    loader = None
    try:
        loader = _Loader(text)
        while loader.check_node():
            yield _Builder(strict).build(loader.get_node())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        where = f"line {mark.line + 1}: " if mark else ""
        raise YamlError(f"{where}{problem}", line=mark.line + 1 if mark else None) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise YamlError(f"cannot be read as YAML: {error}") from error
    finally:
        if loader is not None:
            loader.dispose()


def load(text: str | bytes, *, strict: bool = False) -> Any:
    """The first document, or None."""
    return next(load_all(text, strict=strict), None)


def duplicate_keys(text: str | bytes) -> list[tuple[int, str]]:
    """Line and key of every key that stands again in its mapping, in the first document. The text can be read by `load`."""
    loader = _Loader(text)
    try:
        root = loader.get_node() if loader.check_node() else None
        return [] if root is None else _duplicates(root)
    finally:
        loader.dispose()


def _duplicates(root: yaml.Node) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    waiting, visited = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in visited or isinstance(node, yaml.ScalarNode):
            continue
        visited.add(id(node))
        if isinstance(node, yaml.MappingNode):
            found += _repeated(node)
            waiting += [value for _, value in node.value]
        else:
            waiting += node.value
    return sorted(found)


def _repeated(node: yaml.MappingNode) -> list[tuple[int, str]]:
    keys: set[str] = set()
    found = []
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
            continue
        if key.value in keys:
            found.append((key.start_mark.line + 1, key.value))
        keys.add(key.value)
    return found


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


_LIKE_A_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ]|\Z)|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?\Z")
"""Texts that other readers of YAML 1.1 take for a time."""


def _represent_str(dumper: yaml.CSafeDumper, value: str) -> yaml.Node:
    if "\n" in value and not any(line.endswith((" ", "\t")) for line in value.split("\n")):
        return dumper.represent_scalar(_TAG + "str", value, style="|")
    ambiguous = value == "" or not isinstance(resolve_plain(value), str) or _LIKE_A_TIME.match(value) is not None
    return dumper.represent_scalar(_TAG + "str", value, style='"' if ambiguous else "'" if value == "=" else None)


_Dumper.add_representer(str, _represent_str)


def dump(value: Any) -> str:
    """Keys sorted, block style, no aliases; what `load` reads back is equal."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=True, allow_unicode=True, default_flow_style=False, width=10_000)


def dump_all(values: list[Any]) -> str:
    """Documents separated by `---`."""
    return "---\n".join(dump(value) for value in values)
