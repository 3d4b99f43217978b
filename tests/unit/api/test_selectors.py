"""Selectors: read as the API reads them, matched as they say."""

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
