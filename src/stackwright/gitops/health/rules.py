"""Rules for the custom kinds that platforms use: tables in `rules/*.yaml`, one file per family of APIs.

Shape of a file: `<group>/<kind>` (each may hold `*`) to a list of rows, read from the top; a row is `<status>: <expression>`,
with `say: <template>` for the message; the first row whose expression holds tells the health. A kind may instead
`use:` a profile (a list of rows in `profiles.yaml`) whose names it gives, as `{use: ready, waiting: "Waiting for the store"}`,
with rows of its own before it (`first:`) and after it (`then:`).
`else` always holds. When no row holds, the generic reading tells.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from stackwright.api.meta import Object, metadata_of
from stackwright.gitops.customizations import glob_matches
from stackwright.gitops.health.expressions import BadRule, Evaluate, Scope, compile_expression, compile_template
from stackwright.gitops.health.types import ORDER, Health, HealthStatus, as_status
from stackwright.kernel import yaml


@dataclass(frozen=True, slots=True)
class Row:
    """Shape: `say` None means no message."""

    status: HealthStatus
    holds: Evaluate
    say: Callable[[Scope], str]


@dataclass(frozen=True, slots=True)
class KindRules:
    """The rows of one kind, and the names that its profile is given."""

    rows: tuple[Row, ...]
    given: Mapping[str, Any]


class ObjectScope:
    """The names of an expression: the parts of an object, its conditions by type, and what the rules of its kind give."""

    def __init__(self, obj: Object, given: Mapping[str, Any]) -> None:
        self._obj = obj
        self._given = given
        status = obj.get("status")
        self._status = status if isinstance(status, Mapping) else {}
        found = self._status.get("conditions")
        self._conditions = [c for c in found if isinstance(c, Mapping)] if isinstance(found, list) else []

    def lookup(self, name: str) -> Any:
        if name in self._given:
            return self._given[name]
        return self._part(name)

    def _part(self, name: str) -> Any:
        match name:
            case "status":
                return self._status
            case "conditions":
                return self._conditions
            case "generation":
                return metadata_of(self._obj).get("generation")
            case "name":
                return metadata_of(self._obj).get("name")
            case "newline":
                return "\n"
            case "stale":
                return self._stale()
            case "this":
                return self._obj
            case _ if name[0].isupper():
                return self._condition(name)
            case _:
                return self._obj.get(name)

    def _condition(self, type_name: str) -> Mapping[str, Any] | None:
        return next((c for c in reversed(self._conditions) if c.get("type") == type_name), None)

    def _stale(self) -> bool:
        """The controller has not seen the newest spec yet, as far as it tells."""
        return is_older(self._status.get("observedGeneration"), metadata_of(self._obj).get("generation"))


def is_older(observed: Any, generation: Any) -> bool:
    return isinstance(observed, int) and isinstance(generation, int) and observed < generation


def tell(rules: KindRules, obj: Object) -> Health | None:
    """None when no row holds."""
    scope = ObjectScope(obj, rules.given)
    for row in rules.rows:
        if row.holds(scope):
            return Health(row.status, row.say(scope))
    return None


def _row(raw: Mapping[str, Any], where: str) -> Row:
    status = next((status for key in raw if (status := as_status(key))), None)
    if status is None or set(raw) - {*ORDER, "say"}:
        raise BadRule(f"{where}: a row names one health status and what to say, found {sorted(raw)}")
    test = str(raw[status])
    return Row(status, (lambda scope: True) if test == "else" else compile_expression(test), compile_template(str(raw.get("say") or "")))


def _rows(raw: Sequence[Mapping[str, Any]], where: str) -> tuple[Row, ...]:
    return tuple(_row(row, where) for row in raw)


class RuleBook:
    """All rules, compiled when a kind is first asked for."""

    def __init__(self, tables: Mapping[str, Any], profiles: Mapping[str, Any]) -> None:
        self._profiles = profiles
        self._exact = {key: value for key, value in tables.items() if "*" not in key}
        self._wild = {tuple(key.split("/", 1)): value for key, value in tables.items() if "*" in key}
        self._compiled: dict[tuple[str, str], KindRules | None] = {}

    @property
    def kinds(self) -> list[str]:
        return [*self._exact, *("/".join(key) for key in self._wild)]

    def find(self, group: str, kind: str) -> KindRules | None:
        key = (group, kind)
        if key not in self._compiled:
            if len(self._compiled) > 4096:
                self._compiled.clear()
            raw = self._raw(group, kind)
            self._compiled[key] = None if raw is None else self.compile(f"{group}/{kind}", raw)
        return self._compiled[key]

    def _raw(self, group: str, kind: str) -> Any:
        exact = self._exact.get(f"{group}/{kind}")
        if exact is not None:
            return exact
        return next((raw for (g, k), raw in self._wild.items() if glob_matches(g, group) and glob_matches(k, kind)), None)

    def compile(self, where: str, raw: Any) -> KindRules:
        """Raises BadRule."""
        if isinstance(raw, Mapping):
            given = {name: value for name, value in raw.items() if name not in ("use", "first", "then")}
            rows = [*(raw.get("first") or ()), *self._profiles[raw["use"]], *(raw.get("then") or ())]
            return KindRules(_rows(rows, where), given)
        return KindRules(_rows(raw, where), {})


@lru_cache(maxsize=1)
def rule_book() -> RuleBook:
    """The rules that come with the product."""
    tables: dict[str, Any] = {}
    profiles: dict[str, Any] = {}
    folder = files("stackwright.gitops.health").joinpath("rules")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        loaded = yaml.load(file.read_text(), strict=True) or {}
        (profiles if file.name == "profiles.yaml" else tables).update(loaded)
    return RuleBook(tables, profiles)
