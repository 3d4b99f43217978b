"""JSON patches of a Deployment."""

from fuzz.target import Target
from fuzz.targets.patches import KEYS, LIVE, patch, shapes
from stackwright.api.status import StatusError

_OPERATIONS = ("add", "remove", "replace", "move", "copy", "test", None, "")
_PARTS = (*KEYS, "0", "1", "-1", "-", "1_0", "²", "x~1y", "", "+1", "9" * 5000)


def _tries(data: bytes) -> None:
    shape = shapes(data)
    operations = []
    for _ in range(shape.number(8)):
        paths = ["/".join(["", *(shape.one_of(_PARTS) for _ in range(shape.number(8)))]) for _ in range(2)]
        start = "/spec/template/spec/containers" if shape.number(2) else ""
        operations.append({"op": shape.one_of(_OPERATIONS), "path": start + paths[0], "from": start + paths[1], "value": shape.value()})
    patch("json", LIVE, operations if shape.number(16) else shape.value())


TARGET = Target(_tries, (StatusError,), (bytes(range(64)), b"\x03" * 40, b"\x05\x02\x30\x01" * 20))
