"""Strategic merge patches of a Deployment."""

from fuzz.target import Target
from fuzz.targets.patches import LIVE, patch, shapes, spec_patch
from stackwright.api.status import StatusError


def _tries(data: bytes) -> None:
    shape = shapes(data)
    once = patch("strategic", LIVE, spec_patch(shape) if shape.number(16) else shape.value())
    patch("strategic", once, spec_patch(shape))


TARGET = Target(_tries, (StatusError,), (bytes(range(64)), b"\x01\x01\x02\x03" * 20, b"\x01\x32\x01\x33" * 20))
