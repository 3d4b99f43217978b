"""Optionals that are kept where the evaluator cannot hand them to Python: that ended the whole process."""

import pytest

from stackwright.kernel.cel import DYN, CompileError, Environment, EvaluationError

ENVIRONMENT = Environment({"self": DYN})


@pytest.mark.parametrize(
    "expression",
    [
        "{'a': optional.none()}",
        "{'a': {'b': [optional.of(1)]}}",
        "[dyn(optional.none())]",
        "[self, self.?a]",
        "sets.contains([optional.of(1)], [1])",
        "[1].map(x, optional.of(x))",
        "{'a': 1}.transformMap(k, v, optional.of(v))",
        "cel.bind(x, optional.of(1), [x])",
    ],
)
def test_an_optional_is_not_kept_in_a_list_or_map(expression: str) -> None:
    with pytest.raises(CompileError, match="an optional cannot be kept"):
        ENVIRONMENT.compile(expression)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("{?'a': optional.of(1), ?'b': self.?no}", {"a": 1}),
        ("[?optional.none(), 2, ?self.?b]", [2, 1]),
        ("self.?a.orValue(3)", 3),
        ("[optional.of(1).value()]", [1]),
        ("optional.of(1).optMap(x, x + 1).orValue(0)", 2),
        ("[b'x']", ["x"]),
    ],
)
def test_what_an_optional_holds_is_kept(expression: str, value: object) -> None:
    assert ENVIRONMENT.compile(expression).evaluate({"self": {"b": 1}}) == value


def test_an_optional_is_no_result() -> None:
    with pytest.raises(EvaluationError, match="the result is an optional"):
        ENVIRONMENT.compile("optional.of(1)").evaluate({})
