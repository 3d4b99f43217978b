"""`ignoreDifferences`: which fields of which objects do not count, and objects without them.

Source: Argo CD's util/argo/normalizers and managedfields.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object, gvk_of, name_of, namespace_of
from stackwright.gitops.customizations import Customization, glob_matches
from stackwright.gitops.diff.expressions import check, deleted
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput


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
    group: str,
    kind: str,
    namespace: str,
    name: str,
    rules: Sequence[Mapping[str, Any]],
    customizations: Sequence[Customization] = (),
    names: Sequence[str] = ("ignoreDifferences",),
) -> Ignored:
    """The operator's rules first, then the Application's. Shape: `names` are those of the customizations that count."""
    mine = [item for item in customizations if item.what in names and item.matches(group, kind)]
    hits = [rule for item in mine for rule in _parsed(item.value)]
    hits += [rule for rule in rules if _matches(rule, group, kind, namespace, name)]
    return Ignored(_joined(hits, "jsonPointers"), _joined(hits, "jqPathExpressions"), _joined(hits, "managedFieldsManagers"))


def problems_of(rules: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with an Application's ignoreDifferences, each with the path of its field."""
    found: list[str] = []
    for number, rule in enumerate(rules):
        for place, expression in enumerate(rule.get("jqPathExpressions") or ()):
            try:
                check(str(expression))
            except BadInput as error:
                found.append(f"spec.ignoreDifferences[{number}].jqPathExpressions[{place}]: {error}")
    return found


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
    """The object without the fields named by pointer and expression; the argument is not changed.

    Raises BadInput for an expression that cannot be read.
    """
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


def _without_expression(obj: Object, expression: str) -> Object:
    """As it is when the expression fails on this object: it speaks of objects of another shape."""
    found = deleted(expression, obj)
    return found if isinstance(found, Mapping) else obj
