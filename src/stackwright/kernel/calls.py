"""Asking a server of somebody else, as values."""

from dataclasses import dataclass


class CallFailed(Exception):
    """A server of somebody else did not answer. Shape: `str()` names URL and reason, in one line."""


@dataclass(frozen=True, slots=True)
class Call:
    """One POST of JSON to a server of somebody else.

    Shape: `url` as it is shown; `connect_to` is (address, port) in place of its host; `authority` is PEM, empty for the system's.
    """

    url: str
    body: bytes
    timeout_seconds: float
    authority: bytes = b""
    connect_to: tuple[str, int] | None = None
