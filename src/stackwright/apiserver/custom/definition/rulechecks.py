"""What is asked of the rules in schemas: that they are complete, compile, speak of what is there, and do not cost too much.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation (ValidationRule) and pkg/apiserver/schema/cel/compilation.go.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stackwright.apiserver.custom.definition.problems import forbidden, invalid, required, shown, unsupported
from stackwright.apiserver.custom.rules import cost
from stackwright.apiserver.custom.rules.fields import problems_of
from stackwright.apiserver.custom.rules.program import environment_of, program_of
from stackwright.apiserver.custom.structural import read
from stackwright.apiserver.kind import FieldError
from stackwright.kernel.cel import CompileError, Program
from stackwright.kernel.cel.tree import idents
from stackwright.store.schema import Schema

_REASONS = ("FieldValueRequired", "FieldValueInvalid", "FieldValueForbidden", "FieldValueDuplicate")
_MOST_TOLD = 4
_PATH_PART = re.compile(r"\.([A-Za-z_][A-Za-z0-9_\-]*)|\['((?:[^'\\]|\\.)+)'\]")


@dataclass(slots=True)
class Costs:
    """What all rules of a schema may cost together."""

    total: int = 0
    expensive: list[tuple[int, str]] = field(default_factory=list)

    def add(self, expression_cost: int, at: str) -> None:
        self.total += expression_cost
        if expression_cost >= cost.TOTAL_LIMIT // 100:
            self.expensive = sorted([*self.expensive, (expression_cost, at)], reverse=True)[:_MOST_TOLD]

    def within(self, node: Mapping[str, Any], times: int) -> int:
        """How often a rule below the node may be asked."""
        if node.get("type") == "array" or isinstance(node.get("additionalProperties"), Mapping):
            return times * cost.most_elements(read(node))
        return times


def total_errors(costs: Costs, at: str) -> Iterator[FieldError]:
    problem = cost.excess("x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema", costs.total, cost.TOTAL_LIMIT)
    if problem:
        for _, place in costs.expensive:
            yield forbidden(place, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema")
        yield forbidden(at, problem)


def form_errors(node: Mapping[str, Any], at: str) -> Iterator[FieldError]:
    """Of the rules of a node, without reading what they say."""
    for index, rule in enumerate(_rules(node)):
        yield from _form_errors(rule, f"{at}.x-kubernetes-validations[{index}]", read(node))


def rule_errors(node: Mapping[str, Any], at: str, costs: Costs, times: int, *, lost: str, whole: bool) -> Iterator[FieldError]:
    """Of what the rules of a node say; `lost` is the place above where old values are not known again."""
    schema = read(node)
    for index, rule in enumerate(_rules(node)):
        place = f"{at}.x-kubernetes-validations[{index}]"
        yield from _meaning_errors(rule, place, schema, costs, times, whole)
        yield from _change_errors(rule, place, schema, lost)


def _rules(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in node.get("x-kubernetes-validations") or () if isinstance(each, Mapping)]


def _change_errors(rule: Mapping[str, Any], at: str, schema: Schema, lost: str) -> Iterator[FieldError]:
    text = str(rule.get("rule") or "")
    try:
        asks_old = "oldSelf" in idents(_program(rule, text, schema).tree.root)
    except CompileError:
        return
    if asks_old and lost:
        yield invalid(f"{at}.rule", text, f"oldSelf cannot be used on the uncorrelatable portion of the schema within {lost}")
    if not asks_old and rule.get("optionalOldSelf") is not None:
        yield invalid(f"{at}.optionalOldSelf", rule["optionalOldSelf"], "may not be set if oldSelf is not used in rule")


def _form_errors(rule: Mapping[str, Any], at: str, schema: Schema) -> Iterator[FieldError]:
    text, message = str(rule.get("rule") or ""), str(rule.get("message") or "")
    if not text.strip():
        yield required(f"{at}.rule", "rule is not specified")
    elif message and not message.strip():
        yield invalid(f"{at}.message", message, "message must be non-empty if specified")
    elif "\n" in message.strip():
        yield invalid(f"{at}.message", message, "must not contain line breaks")
    elif "\n" in text.strip() and not message and not rule.get("messageExpression"):
        yield required(f"{at}.message", "message must be specified if rule contains line breaks")
    if (rule.get("messageExpression") or "").strip() == "" and rule.get("messageExpression"):
        yield required(f"{at}.messageExpression", "messageExpression must be non-empty if specified")
    if rule.get("reason") is not None and rule["reason"] not in _REASONS:
        yield unsupported(f"{at}.reason", rule["reason"], _REASONS)
    path = str(rule.get("fieldPath") or "")
    if path and not path.strip():
        yield invalid(f"{at}.fieldPath", path, "must be non-empty if specified")
    if "\n" in path:
        yield invalid(f"{at}.fieldPath", path, "must not contain line breaks")
    if path and not _leads_somewhere(path.strip(), schema):
        yield invalid(f"{at}.fieldPath", path, "must be a valid path")


def _leads_somewhere(path: str, schema: Schema) -> bool:
    at, found = 0, schema
    while at < len(path):
        match = _PATH_PART.match(path, at)
        name = (match[1] or match[2]) if match else ""
        child = found.properties.get(name) or found.additional
        if match is None or child is None:
            return False
        found, at = child, match.end()
    return True


def _meaning_errors(rule: Mapping[str, Any], at: str, schema: Schema, costs: Costs, times: int, whole: bool) -> Iterator[FieldError]:
    told = _told(rule)
    for name, wanted, problem in (
        ("rule", "bool", "cel expression must evaluate to a bool"),
        ("messageExpression", "string", "messageExpression must evaluate to a string"),
    ):
        text = str(rule.get(name) or "").strip("\n")
        if not text.strip():
            continue
        prefix = "" if name == "rule" else "messageExpression "
        try:
            program = _program(rule, text, schema)
            issues, result = problems_of(program.text, program.tree, schema, whole=whole)
            if not issues and not rule.get("optionalOldSelf"):
                program_of(text, schema)
        except CompileError as error:
            yield _told_of(f"{at}.{name}", told, f"{prefix}compilation failed: {error}")
            continue
        if issues:
            yield _told_of(f"{at}.{name}", told, f"{prefix}compilation failed: {issues}")
        elif _other(program.result, wanted) or _other(result, wanted):
            yield _told_of(f"{at}.{name}", told, problem)
        else:
            yield from _cost_errors(name, cost.cost_of(program.tree.root, schema), f"{at}.{name}", costs, times)


def _program(rule: Mapping[str, Any], text: str, schema: Schema) -> Program:
    """Raises CompileError. An optional old value is no value to compare with: the types of such rules are only known when they run."""
    return environment_of(Schema() if rule.get("optionalOldSelf") else schema).compile(text)


def _cost_errors(name: str, once: int, at: str, costs: Costs, times: int) -> Iterator[FieldError]:
    expression_cost = min(once * times, (1 << 64) - 1) if name == "rule" else once
    what = "estimated rule cost" if name == "rule" else "estimated messageExpression cost"
    if problem := cost.excess(what, expression_cost, cost.RULE_LIMIT):
        yield forbidden(at, problem)
    costs.add(expression_cost, at)


def _other(found: str, wanted: str) -> bool:
    return found not in ("", "dyn", wanted)


def _told(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The rule as the server holds it."""
    return {
        "Rule": rule.get("rule") or "",
        "Message": rule.get("message") or "",
        "MessageExpression": rule.get("messageExpression") or "",
        "Reason": rule.get("reason"),
        "FieldPath": rule.get("fieldPath") or "",
        "OptionalOldSelf": rule.get("optionalOldSelf"),
    }


def _told_of(at: str, rule: Mapping[str, Any], problem: str) -> FieldError:
    return FieldError("FieldValueInvalid", at, f"Invalid value: {shown(dict(rule))}: {problem}")
