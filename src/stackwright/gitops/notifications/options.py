"""Reading what a service is configured with and what templates gave for it. Pure."""

import base64
from collections.abc import Mapping
from typing import Any

from stackwright.gitops.notifications.types import Destination, Notification
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput

Options = Mapping[str, Any]
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def text(options: Options, name: str, default: str = "") -> str:
    """Raises BadInput for a missing one without a default."""
    found = str(options.get(name) or default)
    if not found:
        raise BadInput(f"the service has no {name}")
    return found


def part_of(notification: Notification, kind: str) -> Mapping[str, Any]:
    found = notification.parts.get(kind)
    return found if isinstance(found, Mapping) else {}


def parsed(text: Any, where: str) -> Any:
    """Raises BadInput."""
    try:
        return json.loads(str(text))
    except json.JSONDecodeError as error:
        raise BadInput(f"{where} is not JSON: {error}") from error


def bearer(options: Options, name: str = "token") -> dict[str, str]:
    """Raises BadInput without a token."""
    return {**JSON, "authorization": f"Bearer {text(options, name)}"}


def basic(login: Mapping[str, Any]) -> str:
    """The header of a `username` with a `password`."""
    pair = f"{login.get('username') or ''}:{login.get('password') or ''}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def chosen(options: Options, name: str, destination: Destination) -> str:
    """What one of the service's maps has for the recipient. Raises BadInput."""
    found = options.get(name) or {}
    if not isinstance(found, Mapping) or not found.get(destination.recipient):
        raise BadInput(f"{name} of the service has no {destination.recipient!r}")
    return str(found[destination.recipient])
