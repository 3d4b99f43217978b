"""Selectors: read as the API reads them, matched as they say."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackwright.api.selectors import (
    FieldTerm,
    LabelSelector,
    Requirement,
    SelectorError,
    parse_field_selector,
    parse_label_selector,
    render,
)

NAMES = st.from_regex(r"[a-z]([a-z0-9.-]{0,6}[a-z0-9])?", fullmatch=True)
TERMS = st.one_of(
    st.builds(lambda key: Requirement(key, "Exists"), NAMES),
    st.builds(lambda key: Requirement(key, "DoesNotExist"), NAMES),
    st.builds(lambda key, value: Requirement(key, "In", (value,)), NAMES, NAMES),
    st.builds(lambda key, values: Requirement(key, "NotIn", tuple(sorted(values))), NAMES, st.sets(NAMES, min_size=1, max_size=3)),
)


@pytest.mark.parametrize(
    ("text", "labels", "matches"),
    [
        ("a=b", {"a": "b"}, True),
        ("a!=b", {}, True),
        ("a in (b,c),!d", {"a": "c"}, True),
        ("a notin (b)", {"a": "b"}, False),
        ("a in ()", {"a": ""}, True),
        ("a>3", {"a": "4"}, True),
        ("in = x", {"in": "x"}, True),
        ("", {"anything": "goes"}, True),
    ],
)
def test_labels_match_as_the_text_says(text: str, labels: dict[str, str], matches: bool) -> None:
    assert parse_label_selector(text).matches(labels) == matches


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("=x", "found '=', expected: !, identifier, or 'end of string'"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("!!a", "unable to parse requirement: found '!', expected: identifier"),
        ("a>b", "values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer"),
    ],
)
def test_bad_selectors_are_told_in_the_words_of_the_api(text: str, message: str) -> None:
    with pytest.raises(SelectorError) as caught:
        parse_label_selector(text)
    assert message in caught.value.message


@given(st.lists(TERMS, max_size=4))
@settings(deadline=None)
def test_what_is_rendered_is_read_back(terms: list[Requirement]) -> None:
    selector = LabelSelector(tuple(sorted(terms, key=lambda term: term.key)))
    again = parse_label_selector(render(selector))
    assert sorted(map(str, again.requirements)) == sorted(map(str, selector.requirements))


@given(st.text(max_size=30))
@settings(deadline=None)
def test_whatever_the_text_it_is_read_or_refused(text: str) -> None:
    for parse in (parse_label_selector, parse_field_selector):
        try:
            parse(text)
        except SelectorError as error:
            assert error.message


def test_field_selectors_escape_what_would_end_a_value() -> None:
    assert parse_field_selector("a=b\\,c,d!=e") == (FieldTerm("a", "b,c"), FieldTerm("d", "e", negated=True))
    for text in ("a", "a=b=c", "a=\\x"):
        with pytest.raises(SelectorError):
            parse_field_selector(text)


@pytest.mark.parametrize("value", ["²", "--1", "१", "+", "", "9" * 30, "9" * 5000])
def test_a_label_that_is_no_number_of_64_bits_is_neither_more_nor_less(value: str) -> None:
    assert not parse_label_selector("a>1").matches({"a": value})
    assert not parse_label_selector("a<1").matches({"a": value})


@pytest.mark.parametrize("text", ["a>²", "a>--1", "a<99999999999999999999"])
def test_a_bound_must_be_a_number_of_64_bits(text: str) -> None:
    with pytest.raises(SelectorError, match="the value must be an integer"):
        parse_label_selector(text)


@pytest.mark.parametrize(
    ("text", "fits", "fits_not"),
    [
        ("a in (x,y),a in (y,z)", {"a": "y"}, {"a": "x"}),
        ("a!=x,a!=y", {"a": "z"}, {"a": "y"}),
        ("a>1,a<9,a>3", {"a": "4"}, {"a": "2"}),
        ("!a,b", {"b": ""}, {"a": "", "b": ""}),
        ("a,a!=x", {"a": "y"}, {}),
    ],
)
def test_all_terms_of_one_key_hold_together(text: str, fits: dict[str, str], fits_not: dict[str, str]) -> None:
    selector = parse_label_selector(text)
    assert (selector.matches(fits), selector.matches(fits_not)) == (True, False)


@pytest.mark.parametrize("form", ["!k{}", "k{}!=v", "k notin (v{})", "a>{}", "a in (b,v{})"])
def test_thousands_of_terms_cost_no_more_than_the_labels_they_look_at(form: str) -> None:
    selector = parse_label_selector(",".join(form.format(number) for number in range(5000)))

    class Counting(dict[str, str]):
        looked = 0

        def items(self) -> Any:
            Counting.looked += 1
            return super().items()

        def get(self, *_: Any) -> Any:
            Counting.looked += 1
            return super().get(*_)

    selector.matches(Counting(a="b", c="d"))
    assert Counting.looked <= 2
