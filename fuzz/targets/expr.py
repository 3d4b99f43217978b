"""Expressions of notifications' triggers, read and evaluated."""

from datetime import UTC, datetime

from fuzz.target import Target
from stackwright.kernel import expr

_ENVIRONMENT = {
    "app": {"status": {"phase": "Running", "n": 3, "list": [1, 2, {"a": None}]}, "name": "x"},
    "time": expr.time_functions(datetime(2026, 1, 1, tzinfo=UTC)),
}


def _tries(data: bytes) -> None:
    expr.compile(data.decode("utf-8", "replace")).value(_ENVIRONMENT)


TARGET = Target(
    _tries,
    (expr.ExprError,),
    (
        b"app.status.phase in ['Running', 'Failed']", b"app?.x ?? 'y'", b"filter(app.status.list, # > 1)", b"1 + 2 * 3 ** 2 % 4",
        b"time.Now().Sub(time.Parse('2026-01-01T00:00:00Z')).Minutes() >= 5", b"app.name matches '^x'", b"let a = 1; a + 1", b"1..3 | map(# * 2)",
        b"len(app.status.list) == 3 ? true : nil", b"app.status.list[0:2]", b"{'a': 1}['a']", b"split('a,b', ',')", b"int('3') + float('1.5')",
        b"fromJSON('{}')", b"toJSON(app)", b"reduce(1..9, #acc + #)", b"sortBy(app.status.list, #)", b"date('2026-01-01')", b"duration('1h')",
    ),
    ("app", ".status", "not ", " in ", " matches ", " contains ", "??", "?.", "..", "**", "let ", "map(", "filter(", "reduce(", "groupBy(", "sortBy(",
     "#", "#acc", "nil", "0x", "1e400", "'\\u{1}'", "repeat(", "replace(", "round(", "abs(", "max(", "take(", "bitshl(", "-1", "9223372036854775807",
     "trim(", "indexOf(", "toBase64(", "fromBase64(", "int(", "float(", "flatten(", "uniq(", "concat(", "time.", "Now()", ".Add(", ".Format("),
)  # fmt: skip
