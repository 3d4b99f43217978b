"""How a broken rule is told, and what webhooks and policies share.

Source: k8s.io/apimachinery pkg/util/validation/field; k8s.io/kubernetes pkg/apis/admissionregistration/validation.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackwright.api.selectors import SelectorError, from_object
from stackwright.apiserver.kind import FieldError, Reason
from stackwright.kernel import json

_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SCOPES = ("*", "Cluster", "Namespaced")
_MOST_CONDITIONS = 64

Part = Mapping[str, Any]
Errors = Iterator[FieldError]


def _error(reason: Reason, field: str, message: str) -> FieldError:
    return FieldError(reason, field, message)


def required(field: str, why: str = "") -> FieldError:
    """A field that must be there. Shape: `why` may be empty."""
    return _error("FieldValueRequired", field, f"Required value: {why}" if why else "Required value")


def bad(field: str, value: Any, rule: str) -> FieldError:
    """A value that breaks a rule."""
    return _error("FieldValueInvalid", field, f"Invalid value: {json.dumps(value).decode()}: {rule}")


def unsupported(field: str, value: Any, supported: Sequence[str]) -> FieldError:
    """A value that is none of those there are."""
    listed = ", ".join(f'"{each}"' for each in sorted(supported))
    return _error("FieldValueNotSupported", field, f"Unsupported value: {json.dumps(value).decode()}: supported values: {listed}")


def duplicate(field: str, value: Any) -> FieldError:
    """A value that is there already."""
    return _error("FieldValueDuplicate", field, f"Duplicate value: {json.dumps(value).decode()}")


def choice(owner: Part, name: str, field: str, supported: Sequence[str]) -> Errors:
    """Of an optional field that names one of a few."""
    if owner.get(name) is not None and owner[name] not in supported:
        yield unsupported(f"{field}.{name}", owner[name], supported)


def rule_problems(rule: Part, field: str) -> Errors:
    """Of a rule that names writes, with its operations and resources."""
    operations = rule.get("operations") or ()
    if not operations:
        yield required(f"{field}.operations")
    if "*" in operations and len(operations) > 1:
        yield bad(f"{field}.operations", list(operations), "if '*' is present, must not specify other operations")
    for index, operation in enumerate(operations):
        if operation not in _OPERATIONS:
            yield unsupported(f"{field}.operations[{index}]", operation, _OPERATIONS)
    for name, called in (("apiGroups", "API groups"), ("apiVersions", "API versions")):
        listed = rule.get(name) or ()
        if not listed:
            yield required(f"{field}.{name}")
        if "*" in listed and len(listed) > 1:
            yield bad(f"{field}.{name}", list(listed), f"if '*' is present, must not specify other {called}")
    yield from _resources(rule.get("resources") or (), f"{field}.resources")
    yield from choice(rule, "scope", field, _SCOPES)


def _resources(resources: Sequence[str], field: str) -> Errors:
    if not resources:
        yield required(field)
    for index, resource in enumerate(resources):
        if not resource:
            yield required(f"{field}[{index}]")
    if "*/*" in resources and len(resources) > 1:
        yield bad(field, list(resources), "if '*/*' is present, must not specify other resources")
    elif "*" in resources and any("/" not in each and each != "*" for each in resources):
        yield bad(field, list(resources), "if '*' is present, must not specify other resources without subresources")


def selectors(owner: Part, field: str) -> Errors:
    """Of the selectors of namespaces and objects."""
    for name in ("namespaceSelector", "objectSelector"):
        try:
            from_object(owner.get(name))
        except SelectorError as error:
            yield bad(f"{field}.{name}", owner.get(name), error.message)


def conditions(listed: Sequence[Part], field: str) -> Errors:
    """Of match conditions."""
    if len(listed) > _MOST_CONDITIONS:
        yield _error("FieldValueTooMany", field, f"Too many: {len(listed)}: must have at most {_MOST_CONDITIONS} items")
    for index, condition in enumerate(listed):
        where, name = f"{field}[{index}]", condition.get("name") or ""
        if not str(condition.get("expression") or "").strip():
            yield required(f"{where}.expression")
        if not name:
            yield required(f"{where}.name")
        elif any(name == other.get("name") for other in listed[:index]):
            yield duplicate(f"{where}.name", name)


def forbidden(field: str, why: str) -> FieldError:
    """A field that may not be there."""
    return _error("FieldValueForbidden", field, f"Forbidden: {why}")
