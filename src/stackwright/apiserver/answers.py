"""Answers as bytes: objects, lists and errors."""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.status import StatusError
from stackwright.apiserver.kind import FieldError
from stackwright.kernel import json
from stackwright.kernel.http import Request, Response

HEADERS = {"content-type": "application/json", "cache-control": "no-cache, private"}


def warning_header(texts: Sequence[str]) -> dict[str, str]:
    """One line a text, each of which is sent as a header of its own."""
    quoted = [" ".join(text.split("\n")).replace("\\", "\\\\").replace('"', '\\"') for text in dict.fromkeys(texts)]
    return {"warning": "\n".join(f'299 - "{text}"' for text in quoted)} if quoted else {}


def answer(value: Any, status: int = 200, warnings: Sequence[str] = ()) -> Response:
    return Response(status, json.dumps(value), HEADERS | warning_header(warnings))


def encoded(body: bytes, status: int = 200, warnings: Sequence[str] = ()) -> Response:
    return Response(status, body, HEADERS | warning_header(warnings))


def refused(error: StatusError) -> Response:
    return Response(error.http_status, json.dumps(error.to_status()), HEADERS | dict(error.headers))


def text(body: str, status: int = 200) -> Response:
    return Response(status, body.encode(), HEADERS | {"content-type": "text/plain; charset=utf-8"})


def success(details: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": dict(details)}


def not_served() -> StatusError:
    return StatusError(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> StatusError:
    return StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def flag(request: Request, name: str) -> bool:
    """A boolean query parameter, read as Go reads it: present and not false."""
    value = request.param(name)
    return value is not None and value.lower() not in ("false", "0", "f")


def invalid_option(options: str, problems: Sequence[FieldError]) -> StatusError:
    """422 about the options of a request, as they are called in meta.k8s.io."""
    texts = [str(problem) for problem in problems]
    listed = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    details = {"group": "meta.k8s.io", "kind": options, "causes": [problem.cause() for problem in problems]}
    return StatusError(422, "Invalid", f'{options}.meta.k8s.io "" is invalid: {listed}', details)
