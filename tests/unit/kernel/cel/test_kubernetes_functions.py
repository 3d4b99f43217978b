"""Expressions with Kubernetes' own functions, and how problems with them are worded."""

from typing import Any

import pytest

from stackwright.kernel.cel import DYN, CompileError, Environment, EvaluationError
from stackwright.kernel.cel.patterns import is_pattern, matches

ENVIRONMENT = Environment({"self": DYN, "oldSelf": DYN})


def value_of(expression: str, **variables: Any) -> Any:
    return ENVIRONMENT.compile(expression).evaluate(variables)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("quantity('1Gi') == quantity('1024Mi')", True),
        ("quantity('1.5').add(2).isGreaterThan(quantity('3'))", True),
        ("quantity('100m').isInteger()", False),
        ("isQuantity('many')", False),
        ("semver('1.2.3').isLessThan(semver('1.10.0'))", True),
        ("semver('1.0.0-rc.1').compareTo(semver('1.0.0'))", -1),
        ("isSemver('v1.2') || !isSemver('v1.2', true)", False),
        ("ip('fd00::1').family()", 6),
        ("cidr('10.0.0.0/8').containsIP('10.1.1.1') && cidr('10.0.0.0/8').containsCIDR('10.2.0.0/16')", True),
        ("cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')", True),
        ("url('https://example.com:8443/a?b=c').getPort()", "8443"),
        ("isURL('not a url')", False),
        ("[1, 3, 2].isSorted()", False),
        ("[1, 2, 3].sum() + [4].max()", 10),
        ("['a', 'b', 'a'].indexOf('a') + ['a', 'b', 'a'].lastIndexOf('a')", 2),
        ("sets.equivalent([1, 2], [2, 1, 1])", True),
        ("'a1b22'.findAll('[0-9]+')", ["1", "22"]),
        ("'abc'.find('[x-z]')", ""),
        ("'%s is %d%%'.format(['rate', 5])", "rate is 5%"),
        ("'a-b-c'.split('-', 2).join('+')", "a+b-c"),
        ("'Hello'.substring(1, 3).upperAscii()", "EL"),
        ("self.?name.orValue('none')", "none"),
        ("{'a': 1, 'b': 2}.all(k, v, v > 0 && k != '')", True),
        ("[1, 2, 3].exists(i, v, i == 2 && v == 3)", True),
        ("[1, 2, 3].existsOne(i, v, v > 2) && [1, 2].existsOne(v, v == 2)", True),
        ("[1, 2, 3].transformList(i, v, i > 0, i * v)", [2, 6]),
        ("{'a': 1, 'b': 2}.transformMap(k, v, v > 1, [k, v])", {"b": ["b", 2]}),
        ("['x', 'y'].transformMapEntry(i, v, {v: i})", {"x": 0, "y": 1}),
        ("{'a': 1}.transformMap(k, v, [1, 2].transformMap(i, w, w + v).size())", {"a": 2}),
        ("image('nginx').registry() + '/' + image('nginx').repository()", "index.docker.io/library/nginx"),
        ("image('localhost:5000/a/b:v1').tag()", "v1"),
        ("image('r.example/app:v1@sha256:' + '" + "a" * 64 + "').containsDigest()", True),
        ("isImage('r.example//app') || isImage('App')", False),
        ("string(ip('2001:DB8::1')) + string(cidr('10.0.0.0/8')) + string(5)", "2001:db8::110.0.0.0/85"),
    ],
)
def test_an_expression_has_the_value_that_kubernetes_gives_it(expression: str, expected: Any) -> None:
    assert value_of(expression, self={}) == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("self.x", "no such key: x"),
        ("self.list[5]", "index out of bounds: 5"),
        ("self.number > 'a'", "no such overload"),
        ("1 / (self.number - 1) == 1", "division by zero"),
        ("self.number.family() == 4", "no such overload"),
        ("[1, 1].transformMapEntry(i, v, {v: i}).size() == 1", "insert failed: key 1 already exists"),
    ],
)
def test_a_failure_is_worded_as_users_know_it(expression: str, message: str) -> None:
    with pytest.raises(EvaluationError) as failure:
        value_of(expression, self={"list": [], "number": 1})
    assert str(failure.value) == message


def test_a_name_that_nobody_declared_does_not_compile() -> None:
    with pytest.raises(CompileError, match="undeclared reference to 'nosuch'"):
        ENVIRONMENT.compile("nosuch.field > 1")


def test_an_evaluation_that_loops_too_long_is_stopped() -> None:
    with pytest.raises(EvaluationError) as failure:
        value_of("self.all(a, self.all(b, self.all(c, a + b + c >= 0)))", self=list(range(200)))
    assert failure.value.exhausted


def test_patterns_are_those_of_go() -> None:
    assert matches(r"^[[:alpha:]]+\z", "abc")
    assert not matches("^a$", "b")
    assert not is_pattern("(?=x)")
