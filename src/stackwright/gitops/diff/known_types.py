"""`knownTypeFields`: fields of custom kinds that hold a Kubernetes type, written as Kubernetes would write them.

Source: Argo CD's util/argo/normalizers (knowntypes_normalizer).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from stackwright.api.meta import Object, gvk_of
from stackwright.gitops.customizations import Customization
from stackwright.gitops.diff.typed import settled, settled_quantity
from stackwright.kernel import duration, yaml
from stackwright.kernel.errors import BadInput
from stackwright.store.schema import Schema

TypeNamed = Callable[[str], Schema | None]
_BUILT_IN = {("argoproj.io", "Rollout"): (("spec.template.spec", "core/v1/PodSpec"),)}


def with_known_types(obj: Object, customizations: Sequence[Customization], type_named: TypeNamed | None) -> Object:
    """The argument is not changed; what does not fit its type stays as it is."""
    gvk = gvk_of(obj)
    found: Any = obj
    for path, name in (*_BUILT_IN.get((gvk.group, gvk.kind), ()), *_configured(gvk.group, gvk.kind, customizations)):
        found = _with(found, path.split("."), partial(_settled, name, type_named))
    return found  # type: ignore[no-any-return]


def _configured(group: str, kind: str, customizations: Sequence[Customization]) -> Iterator[tuple[str, str]]:
    for item in customizations:
        if item.what == "knownTypeFields" and item.matches(group, kind):
            for field in _entries(item.value):
                yield str(field.get("field") or ""), str(field.get("type") or "")


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    try:
        found = yaml.load(value) if isinstance(value, str) else value
    except yaml.YamlError:
        return
    yield from (entry for entry in found or () if isinstance(entry, Mapping))


def _with(value: Any, path: Sequence[str], change: Callable[[Any], Any]) -> Any:
    """With the field changed, in every item of the lists on the way."""
    if isinstance(value, list):
        return [_with(item, path, change) for item in value]
    if not path:
        return change(value)
    if not isinstance(value, Mapping) or path[0] not in value:
        return value
    return {**value, path[0]: _with(value[path[0]], path[1:], change)}


def _settled(name: str, type_named: TypeNamed | None, value: Any) -> Any:
    if name in ("core/Quantity", "core/v1/Quantity"):
        return settled_quantity(value)
    if name == "meta/v1/Duration":
        return _duration(value)
    schema = type_named(name) if type_named is not None else None
    return value if schema is None else settled(value, schema, typed=True)


def _duration(value: Any) -> Any:
    try:
        return duration.render(duration.parse(value)) if isinstance(value, str) else value
    except BadInput:
        return value
