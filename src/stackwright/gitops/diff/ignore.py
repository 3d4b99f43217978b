"""`ignoreDifferences`: which fields of which objects do not count, and objects without them.

Source: Argo CD's util/argo/normalizers and managedfields.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jq

from stackwright.api.meta import Object, gvk_of, metadata_of, name_of, namespace_of
from stackwright.gitops.customizations import Customization, glob_matches
from stackwright.kernel import json, yaml
from stackwright.kernel.errors import BadInput

logger = logging.getLogger(__name__)

Path = tuple[str, ...]
MAX_EXPRESSION_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class Ignored:
    """What does not count of one object."""

    pointers: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pointers or self.expressions or self.managers)


def ignored_of(obj: Object, rules: Sequence[Mapping[str, Any]], customizations: Sequence[Customization] = ()) -> Ignored:
    """Everything that the Application and argocd-cm say about this object."""
    gvk = gvk_of(obj)
    return ignored_for(gvk.group, gvk.kind, namespace_of(obj), name_of(obj), rules, customizations)


def ignored_for(
    group: str, kind: str, namespace: str, name: str, rules: Sequence[Mapping[str, Any]], customizations: Sequence[Customization] = ()
) -> Ignored:
    hits = [rule for rule in rules if _matches(rule, group, kind, namespace, name)]
    hits += [
        rule for item in customizations if item.what == "ignoreDifferences" and item.matches(group, kind) for rule in _parsed(item.value)
    ]
    return Ignored(_joined(hits, "jsonPointers"), _joined(hits, "jqPathExpressions"), _joined(hits, "managedFieldsManagers"))


def _matches(rule: Mapping[str, Any], group: str, kind: str, namespace: str, name: str) -> bool:
    return (
        glob_matches(str(rule.get("group") or ""), group)
        and glob_matches(str(rule.get("kind") or ""), kind)
        and rule.get("namespace") in (None, "", namespace)
        and rule.get("name") in (None, "", name)
    )


def _joined(rules: Iterable[Mapping[str, Any]], field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(item) for rule in rules for item in rule.get(field) or ()))


def _parsed(value: Any) -> Iterator[Mapping[str, Any]]:
    try:
        found = yaml.load(value) if isinstance(value, str) else value
    except yaml.YamlError:
        return
    if isinstance(found, Mapping):
        yield found


def without(obj: Object, ignored: Ignored) -> Object:
    """The object without the fields named by pointer and expression; the argument is not changed."""
    for pointer in ignored.pointers:
        obj = _without_pointer(obj, [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]])
    for expression in ignored.expressions:
        obj = _without_expression(obj, expression)
    return obj


def _without_pointer(value: Any, parts: Sequence[str]) -> Any:
    if not parts:
        return value
    head, rest = parts[0], parts[1:]
    if isinstance(value, Mapping) and head in value:
        if not rest:
            return {key: item for key, item in value.items() if key != head}
        return {**value, head: _without_pointer(value[head], rest)}
    if isinstance(value, list) and head.isdigit() and int(head) < len(value):
        index = int(head)
        middle = [_without_pointer(value[index], rest)] if rest else []
        return [*value[:index], *middle, *value[index + 1 :]]
    return value


@lru_cache(maxsize=512)
def _program(expression: str) -> Any:
    """Raises BadInput."""
    if len(expression) > MAX_EXPRESSION_LENGTH:
        raise BadInput("the jq expression is too long")
    try:
        return jq.compile(f"del({expression})")
    except ValueError as error:
        raise BadInput(f"the jq expression {expression!r} cannot be read: {error}") from error


def _without_expression(obj: Object, expression: str) -> Object:
    """As it is when the expression fails on this object: it speaks of objects of another shape."""
    try:
        found = _program(expression).input_text(json.dumps(obj).decode()).all()
    except (BadInput, ValueError) as error:
        logger.debug("jq expression %r: %s", expression, error)
        return obj
    return found[0] if len(found) == 1 and isinstance(found[0], Mapping) else obj


def paths_of_managers(live: Object, managers: Iterable[str]) -> list[Path]:
    """The paths of fields that trusted managers own. Shape: list items are `k:{…}`, `v:…` or an index, as managedFields has them."""
    wanted = set(managers)
    found: list[Path] = []
    for entry in metadata_of(live).get("managedFields") or ():
        if entry.get("manager") in wanted:
            found += _leaves(entry.get("fieldsV1") or {}, ())
    return found


def _leaves(node: Mapping[str, Any], path: Path) -> Iterator[Path]:
    children = {key: value for key, value in node.items() if key != "."}
    if not children and path:
        yield path
    for key, value in children.items():
        yield from _leaves(value, (*path, key))


def without_paths(obj: Object, paths: Iterable[Path]) -> Object:
    """Without the fields at managedFields paths, where they are there."""
    found: Any = obj
    for path in paths:
        found = _without_path(found, path)
    return found  # type: ignore[no-any-return]


def _without_path(value: Any, path: Path) -> Any:
    head, rest = path[0], path[1:]
    if head.startswith("f:") and isinstance(value, Mapping):
        name = head[2:]
        if name not in value:
            return value
        if not rest:
            return {key: item for key, item in value.items() if key != name}
        return {**value, name: _without_path(value[name], rest)}
    if isinstance(value, list):
        return _without_item(value, head, rest)
    return value


def _without_item(items: list[Any], head: str, rest: Path) -> list[Any]:
    kind, _, text = head.partition(":")
    wanted = json.loads(text) if kind in ("k", "v", "i") else None
    result: list[Any] = []
    for index, item in enumerate(items):
        if not _is_item(item, index, kind, wanted):
            result.append(item)
        elif rest:
            result.append(_without_path(item, rest))
    return result


def _is_item(item: Any, index: int, kind: str, wanted: Any) -> bool:
    if kind == "k":
        return isinstance(item, Mapping) and all(item.get(key) == value for key, value in wanted.items())
    return bool(item == wanted if kind == "v" else index == wanted)
