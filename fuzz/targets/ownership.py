"""Server-side apply by two managers, and updates in between, with managedFields that a client made up."""

from fuzz.target import Target
from fuzz.targets.patches import LIVE, owned, patch, shapes, spec_patch
from stackwright.api.status import StatusError

_HEAD = {"apiVersion": "apps/v1", "kind": "Deployment"}


def _tries(data: bytes) -> None:
    shape = shapes(data)
    first = owned(LIVE, None, "a")
    applied = patch("apply", first if shape.number(4) else {}, {**spec_patch(shape), **_HEAD}, "b", force=bool(shape.number(2)))
    given = {**applied["metadata"], "managedFields": [{**_ENTRY, "fieldsV1": shape.value()}, shape.value()]}
    updated = owned({**applied, "metadata": given} if shape.number(2) else patch("merge", applied, spec_patch(shape)), applied, "c")
    patch("apply", updated, {**spec_patch(shape), **_HEAD}, "b", force=True)


_ENTRY = {"manager": "x", "operation": "Apply", "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "time": "2026-01-01T00:00:00Z"}
TARGET = Target(_tries, (StatusError,), (bytes(range(64)), b"\x01\x01\x02\x03" * 20))
