"""How often a password may be wrong.

Source: Argo CD's util/session (`ARGOCD_SESSION_FAILURE_MAX_FAIL_COUNT`, `…_WINDOW_SECONDS`, `ARGOCD_SESSION_MAX_CACHE_SIZE`).
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from stackwright.kernel.errors import BadInput

_NAMES = {
    "ARGOCD_SESSION_FAILURE_MAX_FAIL_COUNT": "failures",
    "ARGOCD_SESSION_FAILURE_WINDOW_SECONDS": "window_seconds",
    "ARGOCD_SESSION_MAX_CACHE_SIZE": "remembered",
    "ARGOCD_MAX_CONCURRENT_LOGIN_REQUESTS_COUNT": "at_once",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Shape: `failures` 0 for any number, `window_seconds` 0 for until somebody gets it right; `at_once` logins are judged together."""

    failures: int = 5
    window_seconds: int = 300
    remembered: int = 10_000
    at_once: int = 50


def limits_of(environment: Mapping[str, str]) -> Limits:
    """Raises BadInput."""
    found: dict[str, int] = {}
    for name, field in _NAMES.items():
        text = environment.get(name, "")
        if text and not text.isdigit():
            raise BadInput(f"{name}: {text!r}: expected a number")
        found |= {field: int(text)} if text else {}
    return Limits(**found)


class Attempts:
    """Failures by user name, whether or not there is such a user."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def locked(self, username: str, now: float) -> bool:
        limits = self._limits
        count, last = self._failed.get(username, (0, 0.0))
        return bool(limits.failures) and count >= limits.failures and self._counts(last, now)

    def failed(self, username: str, now: float) -> None:
        count, last = self._failed.pop(username, (0, 0.0))
        self._failed[username] = ((count if self._counts(last, now) else 0) + 1, now)
        while len(self._failed) > max(1, self._limits.remembered):
            self._failed.popitem(last=False)

    def succeeded(self, username: str) -> None:
        self._failed.pop(username, None)

    def _counts(self, last: float, now: float) -> bool:
        return not self._limits.window_seconds or now - last <= self._limits.window_seconds
