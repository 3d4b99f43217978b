"""Label selectors as the API accepts them.

Source: k8s.io/apimachinery pkg/apis/meta/v1/validation (ValidateLabelSelector).
"""

from collections.abc import Sequence
from typing import Any

from stackwright.apiserver.builtin.validation import names
from stackwright.apiserver.builtin.validation.metadata import label_map
from stackwright.apiserver.builtin.validation.rules import Problems, forbidden, indexed, invalid, items, mapping, required, words


def selector(path: str, value: Any) -> Problems:
    """Labels to match, and expressions."""
    yield from label_map(f"{path}.matchLabels", mapping(value, "matchLabels"))
    for place, expression in indexed(path, value, "matchExpressions"):
        yield from _expression(place, expression)


def _expression(path: str, expression: Any) -> Problems:
    values = items(expression, "values")
    yield from operator_and_values(path, expression.get("operator") or "", values)
    key = expression.get("key") or ""
    yield from words(f"{path}.key", key, names.qualified(key))
    for index, each in enumerate(values):
        yield from words(f"{path}.values[{index}]", each, names.label_value(each))


def operator_and_values(path: str, operator: str, values: Sequence[Any]) -> Problems:
    """Whether a requirement on sets has the values that its operator needs."""
    if operator in ("In", "NotIn"):
        if not values:
            yield required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            yield forbidden(f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    else:
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")


def is_empty(value: Any) -> bool:
    return not mapping(value, "matchLabels") and not items(value, "matchExpressions")
