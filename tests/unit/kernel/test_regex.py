"""Regular expressions as Go has them."""

import time

import pytest

from stackwright.kernel import regex


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("a*", "baaac", ["", "aaa", ""]),
        ("a$", "a\na", ["a"]),
        (r"\pL+", "1é2", ["é"]),
        ("(?i)B", "ab", ["b"]),
        ("é", "aéé", ["é", "é"]),
    ],
)
def test_what_is_found(pattern: str, text: str, found: list[str]) -> None:
    assert [match[0] for match in regex.found(pattern, text)] == found


def test_no_pattern_takes_for_ever() -> None:
    began = time.monotonic()
    assert not regex.matches("(a+)+$", "a" * 50_000 + "b")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(a", "missing closing ): `(a`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("\\", "trailing backslash at end of expression: ``"),
    ],
)
def test_a_pattern_that_cannot_be_read_is_told_as_go_does(pattern: str, message: str) -> None:
    with pytest.raises(regex.RegexError, match="error parsing regexp: ") as caught:
        regex.compiled(pattern)
    assert caught.value.message.endswith(message)


def test_texts_that_are_too_long_are_refused() -> None:
    with pytest.raises(regex.RegexError, match="exceeds"):
        regex.matches("a", "a" * (regex.MAX_SUBJECT + 1))
