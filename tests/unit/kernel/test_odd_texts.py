"""What fuzzing has found in small grammars: each text was once an error that nobody had thought of."""

from datetime import UTC, datetime

import pytest

from stackwright.kernel import cron, quantity
from stackwright.kernel.errors import BadInput
from stackwright.kernel.gotemplate import TemplateError, parse


@pytest.mark.parametrize(
    ("text", "canonical", "why"),
    [
        ("1e999999999", "9223372036854775807", "an amount beyond the largest is the largest"),
        ("1e-999999999", "1e-9", "an amount below a nano is one"),
        ("-1e-999999999", "-1e-9", "away from zero"),
        ("0e999999999", "0", "nothing stays nothing"),
        ("9" * 60 + "E", "9223372036854775807", "more digits than decimals have by default"),
        ("123456789012345678.123456789", "123456789012345678123456789n", "no digit is lost"),
        ("9" * 40 + ".5", "9223372036854775807", "a fraction of what is too large"),
    ],
)
def test_a_quantity_of_any_size_is_an_amount(text: str, canonical: str, why: str) -> None:
    assert quantity.canonical(text) == canonical, why


@pytest.mark.parametrize("text", ["1E" + "9" * 25, "1e" + "9" * 5000, "१", "1e१"])
def test_a_quantity_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        quantity.canonical(text)


def test_a_number_of_a_schedule_with_thousands_of_digits_is_out_of_range() -> None:
    with pytest.raises(BadInput, match="value out of range"):
        cron.parse("9" * 5000 + " * * * *")


def test_a_schedule_fires_no_more_when_the_calendar_ends() -> None:
    assert cron.parse("0 0 29 2 *").after(datetime(9998, 12, 31, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (r'{{ "\xe2\x82\xac\u00e9\101\t" }}', "€éA\t"),
        (r"{{ print '\xff' ' ' 'a' '\'' }}", "255 32 97 39"),
        (r'{{ "N{BULLET}" }}', "N{BULLET}"),
    ],
)
def test_constants_are_read_as_go_reads_them(source: str, printed: str) -> None:
    assert parse(source).render({}) == printed


@pytest.mark.parametrize("constant", [r'"\q"', r"'ab'", '"a\0\\8"', r'"\ud800"', r'"\777"', r'"\U00110000"', r'''"\'"'''])
@pytest.mark.parametrize("form", ["{{ %s }}", "{{ define %s }}{{ end }}", "{{ template %s }}", "{{ block %s . }}{{ end }}"])
def test_a_constant_that_go_does_not_know_is_refused_with_its_place(constant: str, form: str) -> None:
    with pytest.raises(TemplateError, match="template: base:1"):
        parse(form % constant)
