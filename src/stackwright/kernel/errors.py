"""The one root of our failures, and the two classes that tell a loop what to do."""

from collections.abc import Mapping
from typing import Any, ClassVar


class StackwrightError(Exception):
    """A failure that can be explained: what was found, what was expected, which object, what to do.

    Shape: `code` is kebab-case and stable; `message` is one line; `context` names the object or file; `hint` is a next step.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, hint: str | None = None, **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context: Mapping[str, Any] = context

    def __str__(self) -> str:
        return self.message


class Stalled(StackwrightError):
    """Trying again will not help: a human must change something first."""

    code = "stalled"


class Waiting(StackwrightError):
    """Something else must come first; the loop is woken when it does, or after `retry_after_seconds`."""

    code = "waiting"

    def __init__(self, message: str, *, retry_after_seconds: float | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.retry_after_seconds = retry_after_seconds


class BadInput(Stalled):
    """What the user gave cannot be read or breaks a rule; the message names the file and the field."""

    code = "bad-input"
