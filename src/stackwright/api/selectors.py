"""Label selectors, as text (`a=b,c in (d,e),!f`) and as objects (`matchLabels`, `matchExpressions`), and field selectors.

Source: k8s.io/apimachinery pkg/labels, pkg/fields and metav1.LabelSelector.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stackwright.kernel.errors import BadInput

Operator = Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]

_TERM = re.compile(
    r"\s*(?:(?P<absent>!)\s*(?P<absent_key>[^\s=!<>,()]+)"
    r"|(?P<key>[^\s=!<>,()]+)\s*(?:(?P<set>in|notin)\s*\((?P<values>[^()]*)\)"
    r"|(?P<op>==|=|!=|<|>)\s*(?P<value>[^\s=!<>,()]*))?)\s*(?:,|\Z)"
)
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\Z")
_LABEL_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")


class SelectorError(BadInput):
    """The selector cannot be read."""

    code = "bad-selector"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One term of a label selector. Shape: `values` sorted; empty for Exists and DoesNotExist."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value is not None and value in self.values
            case "NotIn":
                return value is None or value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case "Gt" | "Lt":
                if value is None or not value.lstrip("-").isdigit():
                    return False
                return int(value) > int(self.values[0]) if self.operator == "Gt" else int(value) < int(self.values[0])


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """All requirements must hold; none means everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(requirement.matches(labels) for requirement in self.requirements)

    def __bool__(self) -> bool:
        return bool(self.requirements)


EVERYTHING = LabelSelector()


def parse_label_selector(text: str) -> LabelSelector:
    """Raises SelectorError on bad syntax, and on keys or values that no label can have."""
    requirements: list[Requirement] = []
    position = 0
    while position < len(text):
        if not text[position:].strip():
            break
        match = _TERM.match(text, position)
        if match is None or match.end() == position:
            raise SelectorError(f"unable to parse requirement: found {text[position:]!r}, expected a label key")
        requirements.append(_requirement(match))
        position = match.end()
    return LabelSelector(tuple(requirements))


def _requirement(match: re.Match[str]) -> Requirement:
    if match["absent"]:
        return Requirement(_checked_key(match["absent_key"]), "DoesNotExist")
    key = _checked_key(match["key"])
    if match["set"]:
        values = tuple(sorted(value.strip() for value in match["values"].split(",")))
        for value in values:
            _check_value(key, value)
        return Requirement(key, "In" if match["set"] == "in" else "NotIn", values)
    if match["op"] is None:
        return Requirement(key, "Exists")
    if match["op"] in "<>":
        if not match["value"].lstrip("-").isdigit():
            raise SelectorError(f"for 'Gt', 'Lt' operators, the value must be an integer: found {match['value']!r}")
        return Requirement(key, "Gt" if match["op"] == ">" else "Lt", (match["value"],))
    _check_value(key, match["value"])
    return Requirement(key, "NotIn" if match["op"] == "!=" else "In", (match["value"],))


def _checked_key(key: str) -> str:
    prefix, _, name = key.rpartition("/")
    if len(name) > 63 or not _LABEL_NAME.match(name) or len(prefix) > 253:
        raise SelectorError(f"unable to parse requirement: {key!r} is not a valid label key")
    return key


def _check_value(key: str, value: str) -> None:
    if len(value) > 63 or not _LABEL_VALUE.match(value):
        raise SelectorError(f"unable to parse requirement: values of {key!r}: {value!r} is not a valid label value")


def from_object(selector: Mapping[str, Any] | None) -> LabelSelector | None:
    """A metav1.LabelSelector. None selects nothing (answered as None); `{}` selects everything."""
    if selector is None:
        return None
    terms = [Requirement(key, "In", (value,)) for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for expression in selector.get("matchExpressions") or ():
        operator = expression.get("operator")
        if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            raise SelectorError(f"{operator!r} is not a valid label selector operator")
        terms.append(Requirement(expression.get("key", ""), operator, tuple(sorted(expression.get("values") or ()))))
    return LabelSelector(tuple(terms))


def render(selector: LabelSelector) -> str:
    """The text form, as kubectl prints it."""
    forms = {"Exists": "{key}", "DoesNotExist": "!{key}", "Gt": "{key}>{first}", "Lt": "{key}<{first}", "NotIn": "{key} notin ({all})"}
    terms = []
    for requirement in selector.requirements:
        single = requirement.operator == "In" and len(requirement.values) == 1
        form = "{key}={first}" if single else forms.get(requirement.operator, "{key} in ({all})")
        first = requirement.values[0] if requirement.values else ""
        terms.append(form.format(key=requirement.key, first=first, all=",".join(requirement.values)))
    return ",".join(terms)


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """One term of a field selector: a dotted path and the value it must, or must not, have."""

    path: str
    value: str
    negated: bool = False


def parse_field_selector(text: str) -> tuple[FieldTerm, ...]:
    """Raises SelectorError."""
    terms = []
    for part in filter(None, text.split(",")):
        match = re.match(r"\s*([^=!\s]+)\s*(==|=|!=)(.*)\Z", part)
        if match is None:
            raise SelectorError(f"invalid selector: '{text}'; can't understand '{part}'")
        terms.append(FieldTerm(match[1], match[3].strip(), match[2] == "!="))
    return tuple(terms)
