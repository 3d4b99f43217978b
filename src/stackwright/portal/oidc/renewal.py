"""What a browser keeps of a login at a provider, and how the login is renewed with it."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stackwright.portal.cookies import COMPANION, SESSION, joined, set_cookie
from stackwright.portal.oidc.config import OidcConfig
from stackwright.portal.oidc.ports import OpenWeb
from stackwright.portal.oidc.provider import Grant, Provider
from stackwright.portal.sealing import Seal

COMPANION_SECONDS = 30 * 24 * 3600
SHARED_SECONDS = 30.0
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Companion:
    """What goes with an ID token. Shape: `groups` are those that the provider tells beside the token."""

    subject: str
    refresh_token: str = field(default="", repr=False)
    groups: tuple[str, ...] = ()


Renewed = tuple[Grant, Companion, tuple[str, ...]]


class SingleSignOn:
    """The provider as it is set up now.

    Shape: `config` raises BadInput; `path` is that of our cookies.
    """

    def __init__(
        self,
        config: Callable[[], OidcConfig | None],
        open_web: OpenWeb,
        seal: Seal,
        clock: Callable[[], float],
        scopes: Callable[[], tuple[str, ...]],
        *,
        path: str,
        secure: bool = True,
    ) -> None:
        self._config = config
        self._open_web = open_web
        self._seal = seal
        self._clock = clock
        self._scopes = scopes
        self.path = path
        self.secure = secure
        self._provider: Provider | None = None
        self._renewing: OrderedDict[str, tuple[float, asyncio.Task[Renewed]]] = OrderedDict()

    @property
    def now(self) -> float:
        return self._clock()

    def provider(self) -> Provider | None:
        """None where there is none. Raises BadInput."""
        config = self._config()
        if config is None:
            self._provider = None
        elif self._provider is None or self._provider.config != config:
            self._provider = Provider(config, self._open_web(config), self._clock)
        return self._provider

    def companion(self, cookies: Mapping[str, str]) -> Companion | None:
        sealed = joined(cookies, COMPANION)
        found = self._seal.open(sealed, self._clock(), COMPANION_SECONDS) if sealed else None
        if found is None:
            return None
        return Companion(str(found.get("sub")), str(found.get("refresh") or ""), tuple(found.get("groups") or ()))

    async def companion_of(self, provider: Provider, grant: Grant, kept: str = "") -> Companion:
        """Shape: `kept` is the refresh token that stands when the provider gave no new one. Raises ProviderFailed."""
        groups = await provider.user_groups(grant.access_token, self._scopes()) if provider.config.user_info_groups else ()
        return Companion(str(grant.claims["sub"]), grant.refresh_token or kept, groups)

    def lines(self, grant: Grant, companion: Companion) -> tuple[str, ...]:
        """Of Set-Cookie."""
        content = {"sub": companion.subject, "refresh": companion.refresh_token, "groups": list(companion.groups)}
        sealed = self._seal.close(content, self._clock())
        token = set_cookie(SESSION, grant.id_token, self.path, COMPANION_SECONDS, secure=self.secure)
        return token + set_cookie(COMPANION, sealed, self.path, COMPANION_SECONDS, secure=self.secure)

    async def renew(self, companion: Companion) -> Renewed:
        """Requests that come together share one renewal: many providers take a refresh token once. Raises BadToken and ProviderFailed."""
        now, key = self._clock(), companion.refresh_token
        known = self._renewing.get(key)
        if known is None or now - known[0] > SHARED_SECONDS:
            known = (now, asyncio.create_task(self._renew(companion)))
            self._renewing[key] = known
            while len(self._renewing) > _REMEMBERED:
                self._renewing.popitem(last=False)
        try:
            return await asyncio.shield(known[1])
        except Exception:
            self._renewing.pop(key, None)
            raise

    async def _renew(self, companion: Companion) -> Renewed:
        provider = self.provider()
        assert provider is not None, "only sessions of a provider are renewed"
        grant = await provider.renew(companion.refresh_token, companion.subject)
        fresh = await self.companion_of(provider, grant, companion.refresh_token)
        return grant, fresh, self.lines(grant, fresh)
