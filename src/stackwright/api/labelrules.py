"""What all terms of a label selector ask of one key, put together: matching costs what an object has labels, not terms."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from stackwright.api.labelsyntax import Term, whole_number


@dataclass(frozen=True, slots=True)
class Rule:
    """Shape: `among` is None when any value will do; `above` and `below` are None without such a bound."""

    required: bool = False
    forbidden: bool = False
    among: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    above: int | None = None
    below: int | None = None

    def allows(self, value: str) -> bool:
        """Whether a label of that key may have the value."""
        if self.forbidden or value in self.without or (self.among is not None and value not in self.among):
            return False
        if self.above is None and self.below is None:
            return True
        number = whole_number(value)
        return number is not None and (self.above is None or number > self.above) and (self.below is None or number < self.below)


def rules(terms: Iterable[Term]) -> dict[str, Rule]:
    """By key."""
    by_key: dict[str, list[Term]] = {}
    for term in terms:
        by_key.setdefault(term[0], []).append(term)
    return {key: _joined(of_key) for key, of_key in by_key.items()}


def _joined(terms: list[Term]) -> Rule:
    excluded = frozenset(value for _, operator, values in terms if operator == "NotIn" for value in values)
    rule = Rule(without=excluded)
    for _, operator, values in terms:
        match operator:
            case "In":
                among = frozenset(values) if rule.among is None else rule.among.intersection(values)
                rule = replace(rule, required=True, among=among)
            case "Exists":
                rule = replace(rule, required=True)
            case "DoesNotExist":
                rule = replace(rule, forbidden=True)
            case "Gt":
                rule = replace(rule, required=True, above=max(int(values[0]), int(values[0]) if rule.above is None else rule.above))
            case "Lt":
                rule = replace(rule, required=True, below=min(int(values[0]), int(values[0]) if rule.below is None else rule.below))
            case "NotIn":
                pass
    return rule
