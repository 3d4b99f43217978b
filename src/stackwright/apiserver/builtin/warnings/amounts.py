"""Bytes that are no whole number.

Source: k8s.io/kubernetes pkg/api/pod/warnings.go, pkg/api/persistentvolumeclaim/util.go.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from stackwright.kernel.errors import BadInput
from stackwright.kernel.quantity import parse


def fractions(amounts: Any, path: str, counted: Sequence[str]) -> Iterator[str]:
    for name in counted:
        given = (amounts or {}).get(name)
        try:
            whole = given is None or parse(given) == parse(given).to_integral_value()
        except BadInput:
            whole = True
        if not whole:
            yield f'{path}[{name}]: fractional byte value "{given}" is invalid, must be an integer'


def claim_fractions(spec: Any, path: str) -> Iterator[str]:
    """Of the spec of a claim."""
    resources = (spec or {}).get("resources") or {}
    for key in ("requests", "limits"):
        yield from fractions(resources.get(key), f"{path}.resources.{key}", ("storage",))
