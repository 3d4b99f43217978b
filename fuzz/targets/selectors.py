"""Label and field selectors, parsed and matched. A selector that was read is read again from its text."""

from fuzz.target import Target
from stackwright.api import selectors

_LABELS = ({}, {"a": "b"}, {"a": "1"}, {"a": "²"}, {"a": "--1"}, {"a": "9" * 63}, {"a": ""})


def _tries(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for term in _fields(text):
        assert isinstance(term.value, str)
    found = selectors.parse_label_selector(text)
    for labels in _LABELS:
        found.matches(labels)
    assert selectors.parse_label_selector(selectors.render(found)) == found, "the text form means something else"


def _fields(text: str) -> tuple[selectors.FieldTerm, ...]:
    try:
        return selectors.parse_field_selector(text)
    except selectors.SelectorError:
        return ()


TARGET = Target(
    _tries,
    (selectors.SelectorError,),
    (b"a=b,c in (d,e),!f", b"a>1,a<3", b"metadata.name=a\\,b,x!=y", b"a notin (b,)", "a>²".encode(), b"a>--1"),
    ("in", "notin", "(", ")", "!=", "==", "=", ",", "!", ">", "<", "a", "x.io/", "\\", "²", "-1"),
)
