"""Completion indexes: sets of numbers, and their text form `0-2,5`. Pure.

Source: k8s.io/kubernetes pkg/controller/job/indexed_job_utils.go.
"""

from collections.abc import Iterable

from stackwright.api.meta import Object, annotations_of, labels_of

INDEX = "batch.kubernetes.io/job-completion-index"


def parse(text: str | None, completions: int) -> frozenset[int]:
    """Numbers at or beyond `completions` are left out; so is what cannot be read."""
    found: set[int] = set()
    for part in (text or "").split(","):
        first, _, last = part.partition("-")
        if first.isdigit() and (not last or last.isdigit()):
            found.update(range(int(first), min(int(last or first), completions - 1) + 1))
    return frozenset(found)


def render(numbers: Iterable[int]) -> str:
    """Sorted; three and more in a row become a range, two are written out."""
    parts: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    return ",".join(_part(first, last) for first, last in parts)


def _part(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first},{last}" if last == first + 1 else f"{first}-{last}"


def index_of(pod: Object) -> int | None:
    text = str(annotations_of(pod).get(INDEX) or labels_of(pod).get(INDEX) or "")
    return int(text) if text.isdigit() else None
