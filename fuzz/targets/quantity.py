"""Quantities: parsed, added, and written in their canonical text, which is read as the same amount."""

from fuzz.target import Target
from stackwright.kernel import quantity
from stackwright.kernel.errors import BadInput


def _tries(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    quantity.parse(text)
    written = quantity.canonical(text)
    assert quantity.canonical(written) == written, "the canonical text is not canonical"
    quantity.added(text, "1Gi")
    quantity.subtracted("1m", text)


TARGET = Target(
    _tries,
    (BadInput,),
    (b"500m", b"1Gi", b"1e3", b"-.5", b"0.1n", b"1e999999999", b"1e-999999999", b"9" * 60 + b"E", b"1E" + b"9" * 25, "१".encode()),
    ("Ki", "Ei", "m", "n", "u", "k", "E", "e", "-", "+", ".", "999999999999"),
)
