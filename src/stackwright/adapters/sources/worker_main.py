"""The program that evaluates foreign code (Jsonnet, Helm templates), so that the platform's own process never does.

Shape: reads and writes messages of four bytes of length, big-endian, and that many bytes of JSON. Ends with its input.
"""

import os
import resource
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from stackwright.kernel import json

MAX_DATA_BYTES = 2 * 1024**3


def _jsonnet(request: Mapping[str, Any]) -> Any:
    from stackwright.adapters.sources import jsonnet_worker

    return jsonnet_worker.evaluate(request)


def _helm(request: Mapping[str, Any]) -> Any:
    from stackwright.adapters.sources import helm_worker

    return helm_worker.render(request)


_OPERATIONS: dict[str, Callable[[Mapping[str, Any]], Any]] = {"jsonnet": _jsonnet, "helm": _helm}


def _answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return {"result": _OPERATIONS[request["op"]](request)}
    except Exception as error:  # the loop of a server: one bad request must not end it
        return {"error": getattr(error, "message", None) or str(error) or type(error).__name__}


def read_message(stream: BinaryIO) -> Any:
    """None at the end of the input."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    return json.loads(stream.read(int.from_bytes(head, "big")))


def main() -> None:
    """Serves until the input ends."""
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_DATA_BYTES, MAX_DATA_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    while (request := read_message(sys.stdin.buffer)) is not None:
        data = json.dumps(_answer(request))
        out.write(len(data).to_bytes(4, "big") + data)
        out.flush()


if __name__ == "__main__":
    main()
