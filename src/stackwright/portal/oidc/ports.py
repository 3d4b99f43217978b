"""What logging in at a provider needs from outside: to ask it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from stackwright.kernel.errors import StackwrightError
from stackwright.portal.oidc.config import OidcConfig


class ProviderFailed(StackwrightError):
    """The provider did not answer, or not with what was asked for. Shape: `message` names the URL and the reason."""

    code = "provider-failed"


class ProviderWeb(Protocol):
    """Asks a provider. Redirects are not followed, answers are bounded."""

    async def ask(self, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """Status and JSON (None for what is none). Shape: GET, or POST of `form`. Raises ProviderFailed."""
        ...


OpenWeb = Callable[[OidcConfig], ProviderWeb]
"""By whom the configuration trusts."""
