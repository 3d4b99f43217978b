"""JSONPath of printer columns."""

from fuzz.target import Target
from stackwright.apiserver import jsonpath

_VALUE = {"a": [{"type": "Ready", "b": 1}, {"type": 2}, [1]], "b": {"c.d": None, "e": True}}


def _tries(data: bytes) -> None:
    path = data.decode("utf-8", "replace")
    assert jsonpath.is_readable(path) or jsonpath.values(_VALUE, path) == [], "a path that cannot be read leads somewhere"
    jsonpath.values(_VALUE, path)


TARGET = Target(
    _tries,
    (),
    (b".a[0].b", b'.a[?(@.type=="Ready")].b', b".b.c\\.d", b"['b']['e']", b".a[*].*", b".a[-1]", b"[" + b"9" * 4000 + b"]"),
    ("[*]", ".*", "[?(@.", "==", "!=", ")]", "['", "']", "\\.", "[-1]"),
)
