"""Small readings that several tables share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from stackwright.api.meta import Object, metadata_of
from stackwright.api.selectors import SelectorError, from_object, render
from stackwright.apiserver.builtin.elapsed import age
from stackwright.kernel.errors import BadInput
from stackwright.kernel.quantity import canonical

Cells = Callable[[Object, datetime], Sequence[Any]]
NONE, UNSET = "<none>", "<unset>"
SHOWN = 3


def spec_of(obj: Object) -> Mapping[str, Any]:
    return obj.get("spec") or {}


def status_of(obj: Object) -> Mapping[str, Any]:
    return obj.get("status") or {}


def age_of(obj: Object, now: datetime) -> str:
    return age(metadata_of(obj).get("creationTimestamp"), now)


def containers(pod_spec: Mapping[str, Any]) -> tuple[str, str]:
    """Names and images."""
    listed = pod_spec.get("containers") or ()
    return ",".join(str(each.get("name", "")) for each in listed), ",".join(str(each.get("image") or "") for each in listed)


def labels(found: Mapping[str, Any] | None) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted((found or {}).items())) or NONE


def selector(found: Mapping[str, Any] | None) -> str:
    """A LabelSelector as text."""
    try:
        parsed = from_object(found)
    except SelectorError:
        return "<error>"
    return (render(parsed) if parsed else "") or NONE


def quantity(value: Any) -> str:
    """As the server writes it back; what cannot be read stays as it is."""
    if value is None:
        return "0"
    try:
        return canonical(value)
    except BadInput:
        return str(value)


def some(texts: Iterable[str], shown: int = SHOWN, empty: str = NONE) -> str:
    """The first few, and how many more there are."""
    listed = list(texts)
    if not listed:
        return empty
    more = len(listed) - shown
    return ",".join(listed[:shown]) + (f" + {more} more..." if more > 0 else "")


def condition(obj: Object, type: str) -> Mapping[str, Any] | None:
    return next((each for each in status_of(obj).get("conditions") or () if each.get("type") == type), None)


def holds(obj: Object, type: str) -> bool:
    found = condition(obj, type)
    return found is not None and found.get("status") == "True"
