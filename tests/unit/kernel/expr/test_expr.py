"""What expressions come to, and what they refuse."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.kernel.expr import ExprError, Span, compile, time_functions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
APP = {
    "metadata": {"name": "shop", "labels": {"team": "blue"}},
    "status": {
        "health": {"status": "Degraded", "lastTransitionTime": "2026-03-01T11:00:00Z"},
        "operationState": {"phase": "Succeeded", "finishedAt": "2026-03-01T11:00:30Z"},
        "conditions": [{"type": "SyncError", "age": 3}, {"type": "OrphanedResourceWarning", "age": 9}],
    },
}
ENVIRONMENT = {"app": APP, "time": time_functions(lambda: NOW), "twice": lambda value: value * 2}


def value(source: str) -> Any:
    return compile(source).value(ENVIRONMENT)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3 - 4", 3),
        ("7 / 2", 3.5),
        ("2 ** 3 ** 2", 512.0),
        ("-2 + 5", 3),
        ("0x10 + 1_000", 1016),
        ("'a' + \"b\" + `c`", "abc"),
        (r"'it\'s'", "it's"),
        ("true and not false or false", True),
        ("!true || 1 == 1.0", True),
        ("not (1 in [1, 2])", False),
        ("3 not in [1, 2]", True),
        ("'team' in app.metadata.labels", True),
        ("1 in nil", False),
        ("true == 1", False),
        ("nil == app.missing", True),
        ("app.missing?.deeper.still", None),
        ("app.missing?.deeper?.still ?? 'none'", "none"),
        ("app?.metadata['name']", "shop"),
        ("app.metadata.name matches '^sh'", True),
        ("'shop' contains 'ho' and 'shop' startsWith 'sh' and 'shop' endsWith 'op'", True),
        ("'shop'[1:3]", "ho"),
        ("[1, 2, 3][-1]", 3),
        ("1..4", [1, 2, 3, 4]),
        ("1 > 2 ? 'yes' : 'no'", "no"),
        ("len(app.status.conditions)", 2),
        ("any(app.status.conditions, {#.type == 'SyncError'})", True),
        ("all(app.status.conditions, {.age > 3})", False),
        ("filter(app.status.conditions, .age > 3)[0].type", "OrphanedResourceWarning"),
        ("app.status.conditions | filter(.age > 3) | map(.type)", ["OrphanedResourceWarning"]),
        ("map([1, 2], {# * 2})", [2, 4]),
        ("count([1, 2, 3], # > 1)", 2),
        ("{a: 1, 'b': 2}.b", 2),
        ("twice(upper('a'))", "AA"),
        ("time.Now().Sub(time.Parse('2026-03-01T11:00:00Z')).Minutes()", 60.0),
        ("2 * time.Minute", Span(120.0)),
        (
            "time.Parse(app.status.health.lastTransitionTime).Add(1 * time.Minute).Before(time.Parse("
            "app.status.operationState.finishedAt))",
            False,
        ),
        ("app.status.operationState != nil and app.status.operationState.phase in ['Error', 'Failed']", False),
        ("app.status.operationState?.syncResult?.revision", None),
        ("1 /* one */ + 1 // two", 2),
        ("'" + "a" * 5000 + "!' matches '(a+)+$'", False),
        ("if len(app.metadata.name) > 9 { 'long' } else if true { 'short' } else { 'never' }", "short"),
        ("$env.app.metadata.name + $env['app'].metadata.labels.team", "shopblue"),
        ("let a = 2; let b = a * 3; a + b", 8),
        ("map([1, 2], {let x = # * 10; x + #index})", [10, 21]),
        ("let total = sum(app.status.conditions, .age); total > 10 ? 'much' : 'little'", "much"),
        ("reduce([1, 2, 3], #acc + #)", 6),
        ("reduce([1, 2, 3], #acc + # * #index, 100)", 108),
        ("[1, 2, 3] | reduce(#acc * #, 2)", 12),
        ("reduce([], #acc, 'start')", "start"),
        ("groupBy(1..5, # % 2)", {1: [1, 3, 5], 0: [2, 4]}),
        ("map(sortBy(app.status.conditions, .age, 'desc'), .age)", [9, 3]),
        ("sortBy(['bb', 'a'], len(#))", ["a", "bb"]),
        ("sort([3, 1, 2], 'desc')", [3, 2, 1]),
        ("findLastIndex([1, 2, 1], # == 1)", 2),
        ("count([true, false, true])", 2),
        ("sum([1, 2]) + sum([{a: 1.5}], .a)", 4.5),
        ("uniq(concat([1, 2], flatten([[2, [3]]])))", [1, 2, 3]),
        ("median([1, 4, 2, 3]) + mean(1, 2) + round(-1.5)", 2.0),
        ("fromPairs(toPairs({a: 1}))", {"a": 1}),
        ("fromBase64(toBase64('ä')) + repeat('x', 2)", "äxx"),
        ("splitAfter('a,b', ',')", ["a,", "b"]),
        ("time.Now().In(timezone('Asia/Tokyo')).Hour()", 21),
        ("time.Now().In(timezone('Asia/Tokyo')).Format(time.RFC3339)", "2026-03-01T21:00:00+09:00"),
        ("time.Now().Format(time.Kitchen)", "12:00PM"),
        ("string(time.Now().Weekday())", "Sunday"),
        ("time.Now().AddDate(0, 1, 0).Month().String()", "April"),
        ("date('2026-07-01', '2006-01-02', 'Europe/Zurich').UTC().Format(time.RFC3339)", "2026-06-30T22:00:00Z"),
        ("date('2026-03-01') < time.Now() and time.Now() - date('2026-03-01') == duration('12h')", True),
        ("time.Parse(time.RFC1123Z, 'Sun, 01 Mar 2026 13:00:00 +0100') == time.Now()", True),
    ],
)
def test_expressions_come_to(source: str, expected: Any) -> None:
    found = value(source)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("app.missing.deeper", "cannot fetch deeper from <nil>"),
        ("unknown", "unknown name unknown"),
        ("1 +", "unexpected end of expression"),
        ("1 + 'a'", "invalid operation: int + string"),
        ("'a' and true", "expected true or false, found string"),
        ("[1][5]", "index out of range"),
        ("1 / 0", "division"),
        ("10.0 ** 400", "**"),
        ("app.metadata.__class__", None),
        ("time.Now().at", "cannot fetch at from time.Time"),
        ("twice.__globals__", "cannot fetch __globals__"),
        ("len(1)", "invalid argument for len"),
        ("len()", "cannot be called"),
        ("'aaa' matches '(a'", "missing closing )"),
        ("'aaa' matches '(?=a)'", "matches: "),
        ("if true { 1 }", "expected 'else'"),
        ("1..100000", "at most"),
        ("map(1..9999, {map(1..9999, {#})})", "steps"),
        ("(" * 100 + "1" + ")" * 100, "deep"),
        ("-" * 300 + "1", "deep"),
        ("[" * 100 + "]" * 100, "deep"),
        ("'" + "a" * 20_000 + "'", "characters"),
        ("#", "outside"),
        ("#acc", "outside"),
        ("let len = 1; len", "cannot redeclare len"),
        ("let app = 1; app", "cannot redeclare app"),
        ("(let x = 1; x) + x", "unknown name x"),
        ("let x = 1", "expected ';'"),
        ("reduce([], #acc)", "to start with"),
        ("sortBy([1, 'a'], #)", "no order"),
        ("sort([1], 'up')", "expected asc or desc"),
        ("timezone('Nowhere/Land')", "unknown time zone Nowhere/Land"),
        ("time.Now().In('UTC')", "expected a time zone"),
        ("duration('soon')", "invalid duration"),
        ("time.Parse('soon')", "cannot parse"),
        ("repeat('aaaa', 1000000)", "at most"),
        ("a b", "unexpected 'b'"),
        ("@", "unexpected '@'"),
        ("'open", "unexpected"),
        ("time.Now().Add(99999999999 * time.Hour)", "out of range"),
    ],
)
def test_what_has_no_value_says_why(source: str, told: str | None) -> None:
    if told is None:
        assert value(source) is None
        return
    with pytest.raises(ExprError, match=r".*") as caught:
        value(source)
    assert told in caught.value.message
