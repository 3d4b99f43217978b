"""What a rule may cost at most, estimated before any object is there.

Units: those of cel-go; one is about the evaluation of one field. Sizes that nothing bounds are those of the largest request.

Source: github.com/google/cel-go checker/cost.go; k8s.io/apiserver pkg/cel/common (schemas.go) and pkg/apis/cel/config.go.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from stackwright.apiserver.custom.rules.names import escaped
from stackwright.kernel.cel.tree import Call, Const, Fold, Ident, MakeList, MakeMap, Node, Select
from stackwright.store.schema import Schema

RULE_LIMIT = 10_000_000
TOTAL_LIMIT = 100_000_000
ADVICE = "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
_REQUEST = 3 * 1024 * 1024
_MOST = (1 << 64) - 1
_PER_BYTE, _PER_PATTERN_BYTE = 0.1, 0.25
_LIST_COST, _MAP_COST = 10, 30
_FIXED_SIZES = {"date-time": 20, "date": 10, "duration": 32, "uuid": 36}
_SCANNED = frozenset({"startsWith", "endsWith"})
_WHOLE_TEXTS = frozenset({"lowerAscii", "upperAscii", "trim", "reverse", "replace", "split", "substring", "format", "join"})
_WHOLE_LISTS = frozenset({"sum", "min", "max", "isSorted", "indexOf", "lastIndexOf", "distinct", "sort"})


@dataclass(frozen=True, slots=True)
class Estimate:
    """Shape: `size` is the most elements, entries or bytes of the result; `schema` what is known of it."""

    cost: int
    size: int = 1
    schema: Schema | None = None


def cost_of(root: Node, schema: Schema) -> int:
    start = Estimate(0, most_elements(schema), schema)
    return _estimate(root, {"self": start, "oldSelf": start}).cost


def excess(what: str, cost: int, limit: int) -> str:
    """What is told of a cost beyond its limit; empty when it is within."""
    if cost <= limit:
        return ""
    factor = cost / limit
    times = "by factor of more than 100x" if factor > 100 else f"by factor of {factor:.1f}x"
    return f"{what} exceeds budget {times} {ADVICE}"


def most_elements(schema: Schema) -> int:
    """Of a list or map; bytes of a text."""
    raw = schema.raw or {}
    if schema.type == "array":
        return _bounded(raw.get("maxItems"), (_REQUEST - 2) // (least_bytes(schema.items) + 1))
    if schema.type == "object" and schema.additional is not None:
        return _bounded(raw.get("maxProperties"), (_REQUEST - 2) // (least_bytes(schema.additional) + 6))
    if schema.type == "string":
        return _text_bytes(raw)
    return 1 if schema.type != "any" or schema.int_or_string else _REQUEST


def least_bytes(schema: Schema) -> int:
    """Of a value, written down."""
    raw = schema.raw or {}
    match schema.type:
        case "string":
            return 2 + int(raw.get("minLength") or 0)
        case "boolean":
            return 4
        case "integer" | "number":
            return 1
        case "object":
            required = raw.get("required") or ()
            return 2 + sum(len(name) + 4 + least_bytes(schema.properties[name]) for name in required if name in schema.properties)
        case "array":
            return 2
        case _:
            return 1


def _text_bytes(raw: Mapping[str, object]) -> int:
    longest, choices, format = raw.get("maxLength"), raw.get("enum"), raw.get("format")
    if isinstance(choices, list) and choices:
        return max(len(str(each)) for each in choices)
    if format in _FIXED_SIZES:
        return _FIXED_SIZES[str(format)]
    return max(longest, 0) * 4 if isinstance(longest, int) else _REQUEST - 2


def _bounded(given: object, estimated: int) -> int:
    return max(given, 0) if isinstance(given, int) else estimated


def _estimate(node: Node, scope: Mapping[str, Estimate]) -> Estimate:
    match node:
        case Const():
            return Estimate(0, len(node.value) if isinstance(node.value, str | bytes) else 1)
        case Ident():
            known = scope.get(node.name, Estimate(0))
            return Estimate(1, known.size, known.schema)
        case Select():
            return _selected(node, scope)
        case Call():
            return _called(node, scope)
        case MakeList():
            return Estimate(_sum(_LIST_COST, *(_estimate(item, scope).cost for item in node.items)), len(node.items))
        case MakeMap():
            parts = (_estimate(part, scope).cost for entry in node.entries for part in entry)
            return Estimate(_sum(_MAP_COST, *parts), len(node.entries))
        case Fold():
            return _folded(node, scope)


def _selected(node: Select, scope: Mapping[str, Estimate]) -> Estimate:
    operand = _estimate(node.operand, scope)
    if node.test:
        return Estimate(operand.cost + 1)
    child = None
    if operand.schema is not None:
        properties = operand.schema.properties
        child = next((each for name, each in properties.items() if escaped(name) == node.field), operand.schema.additional)
    return Estimate(_sum(operand.cost, 1), most_elements(child) if child is not None else 1, child)


def _called(node: Call, scope: Mapping[str, Estimate]) -> Estimate:
    given = [_estimate(argument, scope) for argument in node.arguments]
    cost = _sum(*(each.cost for each in given))
    first = given[0] if given else Estimate(0)
    second = given[1] if len(given) > 1 else Estimate(0)
    match node.function:
        case "_&&_" | "_||_":
            return Estimate(cost)
        case "_?_:_":
            larger = max(given[1:], key=lambda each: each.size)
            return Estimate(_sum(first.cost, max(each.cost for each in given[1:])), larger.size, larger.schema)
        case "_[_]":
            item = _item(first.schema)
            return Estimate(_sum(cost, 1), most_elements(item) if item is not None else 1, item)
        case "_+_" if first.size > 1 or second.size > 1:
            return Estimate(_sum(cost, _scaled(_sum(first.size, second.size), _PER_BYTE)), _sum(first.size, second.size))
        case "string" | "bytes":
            size = first.size if _is_text(first) else _MOST
            return Estimate(_sum(cost, _scaled(first.size, _PER_BYTE)), size)
        case "_==_" | "_!=_" | "_<_" | "_<=_" | "_>_" | "_>=_":
            return Estimate(_sum(cost, max(1, _scaled(min(first.size, second.size), _PER_BYTE))))
        case "@in":
            return Estimate(_sum(cost, second.size))
        case "matches" | "find" | "findAll":
            return Estimate(_sum(cost, _product(_scaled(first.size + 1, _PER_BYTE), _scaled(second.size, _PER_PATTERN_BYTE))), first.size)
        case "contains":
            return Estimate(_sum(cost, _product(_scaled(first.size, _PER_BYTE), _scaled(second.size, _PER_BYTE))))
        case function if function in _SCANNED:
            return Estimate(_sum(cost, _scaled(second.size, _PER_BYTE)))
        case function if function in _WHOLE_LISTS:
            return Estimate(_sum(cost, first.size), 1)
        case function if function in _WHOLE_TEXTS:
            return Estimate(_sum(cost, _scaled(first.size, _PER_BYTE)), first.size)
        case _:
            return Estimate(_sum(cost, 1))


def _folded(node: Fold, scope: Mapping[str, Estimate]) -> Estimate:
    source, start = _estimate(node.source, scope), _estimate(node.start, scope)
    inner = {**scope, node.accumulator: start, **_variables(node, source.schema)}
    step = _sum(_estimate(node.condition, inner).cost, _estimate(node.step, inner).cost)
    result = _estimate(node.result, inner)
    return Estimate(_sum(source.cost, start.cost, _product(source.size, step), result.cost), source.size)


def _variables(node: Fold, source: Schema | None) -> Mapping[str, Estimate]:
    item = _item(source)
    each = Estimate(0, most_elements(item) if item is not None else 1, item)
    if source is not None and source.type == "object":
        return {node.variable: Estimate(0, _REQUEST), node.second: each}  # the keys of a map may be long
    return {node.variable: Estimate(0), node.second: each} if node.second else {node.variable: each}


def _item(schema: Schema | None) -> Schema | None:
    if schema is None:
        return None
    return schema.items if schema.type == "array" else schema.additional


def _is_text(estimate: Estimate) -> bool:
    return estimate.schema is not None and estimate.schema.type == "string"


def _scaled(size: int, factor: float) -> int:
    return min(_MOST, math.ceil(size * factor))


def _sum(*costs: int) -> int:
    return min(_MOST, sum(costs))


def _product(one: int, other: int) -> int:
    return min(_MOST, one * other)
