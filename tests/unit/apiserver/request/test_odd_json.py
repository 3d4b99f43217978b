"""JSON that strict parsers refuse and Go reads, or the other way round. Expectations: Go's encoding/json, sigs.k8s.io/json."""

from typing import Any

import pytest

from stackwright.apiserver.body import Unreadable, json_duplicates, parse_json
from stackwright.apiserver.gojson import syntax_error


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'["\xff"]', ["\ufffd"]),
        (b'["\xe2\x82"]', ["\ufffd\ufffd"]),
        (b'["\xed\xa0\x80"]', ["\ufffd\ufffd\ufffd"]),
        (b'["\\ud800"]', ["\ufffd"]),
        (b'["\\udc00\\ud83d\\ude00\\ud800A"]', ["\ufffd\U0001f600\ufffdA"]),
        (b'{"\\ud800": 1}', {"\ufffd": 1}),
        (b'["\xff", 18446744073709551616, -9223372036854775808, 1.5]', ["\ufffd", 2.0**64, -(2**63), 1.5]),
    ],
)
def test_what_is_no_utf_8_becomes_the_replacement_character(body: bytes, value: Any) -> None:
    assert parse_json(body) == value


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"9" * 5000])
def test_a_number_beyond_every_float_is_refused_as_go_refuses_it(number: bytes) -> None:
    with pytest.raises(Unreadable, match=r"json: cannot unmarshal number -?[0-9e]+ into Go value of type float64"):
        parse_json(b"[" + number + b"]")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"\xff{}", "invalid character 'ÿ' looking for beginning of value"),
        ("[é]".encode(), "invalid character 'Ã' looking for beginning of value"),
        ("[1²]".encode(), "invalid character 'Â' after array element"),
        ("[-१]".encode(), "invalid character 'à' in numeric literal"),
        (b"[\x85]", "invalid character '\\u0085' looking for beginning of value"),
        (b"[\x0b]", "invalid character '\\v' looking for beginning of value"),
    ],
)
def test_bytes_that_stand_wrong_are_named_one_by_one(body: bytes, sentence: str) -> None:
    assert syntax_error(body) == sentence


def test_fields_that_stand_twice_are_seen_beside_bytes_that_are_no_utf_8() -> None:
    assert json_duplicates(b'{"a": 1, "a": "\xff"}') == ['duplicate field "a"']
