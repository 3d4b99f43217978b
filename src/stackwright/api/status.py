"""The API's errors: `metav1.Status` as an exception, raised by servers and by clients alike.

Source: k8s.io/apimachinery pkg/api/errors and pkg/apis/meta/v1 (Status, StatusReason).
"""

from collections.abc import Mapping
from typing import Any

from stackwright.kernel.errors import StackwrightError


class StatusError(StackwrightError):
    """A refused request. Shape: `http_status`, `reason` (StatusReason) and `details` as in metav1.Status; `meta` is its ListMeta."""

    code = "kubernetes-status"

    def __init__(
        self,
        http_status: int,
        reason: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, reason=reason)
        self.http_status = http_status
        self.reason = reason
        self.details = details
        self.headers: Mapping[str, str] = headers or {}
        self.meta: Mapping[str, Any] = meta or {}

    def to_status(self) -> dict[str, Any]:
        """The body of the answer."""
        status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": dict(self.meta)}
        status |= {"status": "Failure", "message": self.message}
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = dict(self.details)
        status["code"] = self.http_status
        return status

    @staticmethod
    def parse(http_status: int, body: Any) -> "StatusError":
        """Reads a Status body; anything else becomes an error with the text that came."""
        if isinstance(body, Mapping) and body.get("kind") == "Status":
            return StatusError(
                int(body.get("code") or http_status), str(body.get("reason") or ""), str(body.get("message") or ""), body.get("details")
            )
        return StatusError(http_status, "", f"the server answered {http_status}: {str(body)[:200]}")

    @property
    def not_found(self) -> bool:
        return self.reason == "NotFound"

    @property
    def conflict(self) -> bool:
        return self.reason == "Conflict"

    @property
    def already_exists(self) -> bool:
        return self.reason == "AlreadyExists"

    @property
    def expired(self) -> bool:
        """The resourceVersion or continue token is too old: list again."""
        return self.http_status == 410

    @property
    def transient(self) -> bool:
        """The same request may succeed later without anyone changing anything."""
        return self.http_status in (429, 500, 502, 503, 504) or self.conflict


def _details(group: str, plural: str, name: str) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if name:
        details["name"] = name
    if group:
        details["group"] = group
    if plural:
        details["kind"] = plural
    return details


def _qualified(group: str, plural: str) -> str:
    return f"{plural}.{group}" if group else plural


def not_found(group: str, plural: str, name: str) -> StatusError:
    return StatusError(404, "NotFound", f'{_qualified(group, plural)} "{name}" not found', _details(group, plural, name))


def already_exists(group: str, plural: str, name: str) -> StatusError:
    message = f'{_qualified(group, plural)} "{name}" already exists'
    return StatusError(409, "AlreadyExists", message, _details(group, plural, name))


def conflict(group: str, plural: str, name: str, cause: str) -> StatusError:
    message = f'Operation cannot be fulfilled on {_qualified(group, plural)} "{name}": {cause}'
    return StatusError(409, "Conflict", message, _details(group, plural, name))


def forbidden(group: str, plural: str, name: str, cause: str) -> StatusError:
    subject = f'{_qualified(group, plural)} "{name}"' if name else _qualified(group, plural)
    return StatusError(403, "Forbidden", f"{subject} is forbidden: {cause}", _details(group, plural, name))


def bad_request(message: str) -> StatusError:
    return StatusError(400, "BadRequest", message)


def gone(message: str) -> StatusError:
    return StatusError(410, "Expired", message)


def method_not_supported(group: str, plural: str, action: str) -> StatusError:
    message = f'{action} is not supported on resources of kind "{_qualified(group, plural)}"'
    return StatusError(405, "MethodNotAllowed", message, _details(group, plural, ""))
