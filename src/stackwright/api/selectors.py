"""Label selectors, as text (`a=b,c in (d,e),!f`) and as objects (`matchLabels`, `matchExpressions`), and field selectors.

Source: k8s.io/apimachinery pkg/labels, pkg/fields and metav1.LabelSelector.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stackwright.api import labelsyntax
from stackwright.api.labelrules import Rule, rules
from stackwright.api.labelsyntax import Operator
from stackwright.api.labelsyntax import SelectorError as SelectorError

_PARTS = re.compile(r"((?:[^,\\]|\\.|\\\Z)*)(?:,|\Z)", re.DOTALL)
_FIELD_TERM = re.compile(r"(.*?)(!=|==|=)(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One term of a label selector. Shape: `values` sorted; empty for Exists and DoesNotExist."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """All requirements must hold; none means everything."""

    requirements: tuple[Requirement, ...] = ()
    _rules: Mapping[str, Rule] = field(init=False, repr=False, compare=False)
    _required: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = rules((each.key, each.operator, each.values) for each in self.requirements)
        object.__setattr__(self, "_rules", found)
        object.__setattr__(self, "_required", frozenset(key for key, rule in found.items() if rule.required))

    def matches(self, labels: Mapping[str, str]) -> bool:
        if not self._required <= labels.keys():
            return False
        known = self._rules
        return all(known[key].allows(value) for key, value in labels.items() if key in known)

    def __bool__(self) -> bool:
        return bool(self.requirements)


EVERYTHING = LabelSelector()


def parse_label_selector(text: str) -> LabelSelector:
    """Raises SelectorError on bad syntax, and on keys or values that no label can have."""
    return LabelSelector(tuple(Requirement(*term) for term in labelsyntax.parse(text)))


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
    """Raises SelectorError. A backslash escapes a comma, an equals sign or itself in a value."""
    terms = []
    for part in filter(None, _PARTS.findall(text)):
        match = _FIELD_TERM.match(part)
        if match is None:
            raise SelectorError(f"invalid selector: '{text}'; can't understand '{part}'")
        terms.append(FieldTerm(match[1], _unescaped(match[3]), match[2] == "!="))
    return tuple(term for term in terms if term.path or term.value)


def _unescaped(value: str) -> str:
    found, escaped = [], False
    for char in value:
        if escaped:
            if char not in "\\,=":
                raise SelectorError(f"invalid field selector: invalid escape sequence: \\{char}")
            found.append(char)
            escaped = False
        elif char == "\\":
            escaped = True
        elif char in ",=":
            raise SelectorError(f"invalid field selector: unescaped character in value: {ord(char)}")
        else:
            found.append(char)
    if escaped:
        raise SelectorError("invalid field selector: invalid escape sequence: \\")
    return "".join(found)
