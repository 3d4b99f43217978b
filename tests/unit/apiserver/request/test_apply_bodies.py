"""JSON where YAML is asked for."""

from typing import Any

import pytest

from stackwright.apiserver.body import Unreadable, parse_yaml


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": "1.5", "b": [1, true, null]}', {"a": "1.5", "b": [1, True, None]}),
        (b'{"a": 1.0, "b": 2.5}', {"a": 1, "b": 2.5}),
        (b'{"a": 1e3}', {"a": 1000}),
        (b"{a: yes, b: 'c'}", {"a": True, "b": "c"}),
        (b'{"a": 1} # told', {"a": 1}),
        (b"a: 1", {"a": 1}),
    ],
)
def test_json_is_read_as_the_yaml_that_it_is(body: bytes, expected: Any) -> None:
    found = parse_yaml(body)
    assert found == expected
    assert [type(item) for item in found.values()] == [type(item) for item in expected.values()]


@pytest.mark.parametrize("body", [b'{"a": ', b'{"a": ' * 250 + b"1" + b"}" * 250, b'{"a": "\xff"}'])
def test_what_is_neither_is_refused_in_the_words_of_yaml(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^yaml: "):
        parse_yaml(body)
