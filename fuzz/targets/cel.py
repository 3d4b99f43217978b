"""Expressions of CEL, compiled and evaluated."""

from fuzz.target import Target
from stackwright.kernel import json
from stackwright.kernel.cel import DYN, CompileError, Environment, EvaluationError

_ENVIRONMENT = Environment({"self": DYN, "oldSelf": DYN})
_DATA = {"self": {"a": 1, "b": "x", "c": [1, 2, {"d": None}]}, "oldSelf": None}


def _tries(data: bytes) -> None:
    program = _ENVIRONMENT._compile(data.decode("utf-8", "replace"))
    program.tree  # noqa: B018 - reading it decodes it
    json.dumps(program.evaluate(_DATA))


TARGET = Target(
    _tries,
    (CompileError, EvaluationError),
    (
        b"self.a > 1 && self.b.matches('x+')", b"self.c.all(x, x == 1)", b"quantity('1Gi').asInteger()", b"url('http://a').getHost()",
        b"has(self.a) ? 'x' : [1,2].map(y, y*2)", b"semver('1.2.3').major()", b"ip('::1').family()", b"timestamp('2026-01-01T00:00:00Z')",
        b"'%d %s'.format([1,'a'])", b"duration('1h').getSeconds()", b"optional.of(1).orValue(2)", b"cidr('10.0.0.0/8').containsIP('10.1.1.1')",
    ),
    ("self", ".a", ".all(x, ", ".exists(", ".map(", "has(", "quantity(", "url(", "ip(", "cidr(", "semver(", "matches(", "find(", "format(", "==",
     "'1Gi'", "size(", "in", "1u", "b'x'", "'\\u0000'", "9223372036854775807", "0.0/0.0", ".split(',')", ".lowerAscii()", "sets.contains("),
)  # fmt: skip
