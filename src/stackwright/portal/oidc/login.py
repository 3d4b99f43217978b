"""A login at a provider, from the button to the session and out again: `/auth/login`, `/auth/callback`, `/auth/logout`.

Source: Argo CD's util/oidc and server/logout; RFC 6749, 10.12 (state), OpenID Connect Core 1.0, 15.5.2 (nonce), RFC 7636.
"""

import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from stackwright.kernel.errors import BadInput, StackwrightError
from stackwright.kernel.http import Request, Response
from stackwright.portal import redirects
from stackwright.portal.authentication import Authentication
from stackwright.portal.cookies import COMPANION, SESSION, STATE, clear_cookie, cookies_of, joined, set_cookie
from stackwright.portal.oidc import tokens
from stackwright.portal.oidc.config import OidcConfig, shown
from stackwright.portal.oidc.ports import ProviderFailed
from stackwright.portal.oidc.provider import Provider
from stackwright.portal.oidc.renewal import SingleSignOn
from stackwright.portal.oidc.tokens import BadToken
from stackwright.portal.sealing import Seal

logger = logging.getLogger(__name__)

STATE_SECONDS = 600
CALLBACK = "/auth/callback"
INVALID_RETURN = (
    "Invalid redirect URL: the protocol and host (including port) must match and the path must be within allowed URLs if provided"
)
_MAX_BACK = 2000


class LoginFailed(StackwrightError):
    """Shape: `status` is HTTP's; `message` is for whoever wanted to log in."""

    code = "login-failed"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Login:
    """Shape: `homes` are the URLs of the portal, the usual one first; `seal` closes what is kept between going and coming back."""

    def __init__(self, sign_on: SingleSignOn, authentication: Authentication, seal: Seal, homes: Callable[[], tuple[str, ...]]) -> None:
        self._sign_on = sign_on
        self._authentication = authentication
        self._seal = seal
        self._homes = homes

    def offered(self) -> tuple[str, str]:
        """What the provider is called, empty where there is none; and what is wrong with how it is set up."""
        try:
            provider = self._sign_on.provider()
        except BadInput as error:
            return "", f"Single sign-on is not set up rightly: {error.message}"
        return (provider.config.name if provider is not None else ""), ""

    def shown(self) -> Mapping[str, Any] | None:
        """What a command line needs to log in there by itself."""
        try:
            provider = self._sign_on.provider()
        except BadInput:
            return None
        return shown(provider.config) if provider is not None else None

    # -- in --------------------------------------------------------------------------------------------------------

    async def begin(self, request: Request) -> Response:
        """To the provider. Raises LoginFailed."""
        provider = self._provider()
        back = self._back(request.param("return_url") or "")
        kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        kept |= {"back": back, "uri": self._home(request) + CALLBACK}
        try:
            place = await provider.authorization_url(kept["uri"], kept["state"], kept["nonce"], kept["verifier"])
        except ProviderFailed as error:
            raise self._unreachable(error) from error
        sealed = self._seal.close(kept, self._sign_on.now)
        return self._to(place, set_cookie(STATE, sealed, self._sign_on.path, STATE_SECONDS, secure=self._sign_on.secure))

    async def finish(self, request: Request) -> Response:
        """Back from the provider, with a session. Raises LoginFailed."""
        cookies = cookies_of(request.headers)
        kept = self._kept(request, cookies)
        if request.param("error"):
            told = ": ".join(word[:300] for word in (request.param("error"), request.param("error_description")) if word)
            raise LoginFailed(401, f"The provider did not log you in: {told}")
        try:
            lines = await self._session(self._provider(), request.param("code") or "", kept)
        except ProviderFailed as error:
            raise self._unreachable(error) from error
        except BadToken as error:
            logger.warning("a login at the provider failed: %s", error.message)
            raise LoginFailed(401, f"Not logged in: {error.message}") from error
        home = next((home for home in self._homes() if kept["uri"] == home + CALLBACK), self._homes()[0])
        path = self._sign_on.path
        return self._to(home + redirects.inside(kept["back"]), lines + clear_cookie({}, STATE, path, secure=self._sign_on.secure))

    async def _session(self, provider: Provider, code: str, kept: Mapping[str, str]) -> tuple[str, ...]:
        """Raises BadToken and ProviderFailed."""
        if not code:
            raise BadToken("the provider sent no code")
        grant = await provider.exchange(code, kept["verifier"], kept["uri"], kept["nonce"])
        return self._authentication.lines_of(grant, await self._sign_on.companion_of(provider, grant))

    def _kept(self, request: Request, cookies: Mapping[str, str]) -> Mapping[str, str]:
        """What this very browser went to the provider with. Raises LoginFailed."""
        sealed, state = joined(cookies, STATE), request.param("state") or ""
        kept = self._seal.open(sealed, self._sign_on.now, STATE_SECONDS) if sealed else None
        if kept is None or not hmac.compare_digest(str(kept["state"]).encode(), state.encode()):
            raise LoginFailed(400, "This login was not begun in this browser, or too long ago: begin again.")
        return kept

    def _back(self, asked: str) -> str:
        """Where to go afterwards: a path of the portal or a whole URL below one of its own. Raises LoginFailed."""
        path: str | None = "/" if not asked else redirects.below(asked, self._homes())
        if path is None and asked.startswith("/"):
            path = redirects.inside(asked)
            path = None if path == "/" != asked else path
        if path is None or len(path) > _MAX_BACK:
            raise LoginFailed(400, INVALID_RETURN)
        return path

    def _home(self, request: Request) -> str:
        """The URL that the browser knows the portal by, if it is one of ours."""
        host, homes = request.headers.get("host", "").lower(), self._homes()
        return next((home for home in homes if urlsplit(home).netloc.lower() == host), homes[0])

    def _provider(self) -> Provider:
        try:
            found = self._sign_on.provider()
        except BadInput as error:
            raise LoginFailed(500, f"Single sign-on is not set up rightly: {error.message}") from error
        if found is None:
            raise LoginFailed(404, "Single sign-on is not set up: oidc.config of argocd-cm names no provider.")
        return found

    @staticmethod
    def _unreachable(error: ProviderFailed) -> LoginFailed:
        logger.warning("the provider cannot be asked: %s", error.message)
        return LoginFailed(502, f"The provider cannot be asked: {error.message}")

    # -- out -------------------------------------------------------------------------------------------------------

    async def leave(self, request: Request) -> tuple[str, tuple[str, ...]]:
        """Where somebody goes who logged out, and the lines of Set-Cookie that end what the browser keeps.

        Shape: a whole URL of the provider, or a path of the portal.
        """
        cookies, sign_on = cookies_of(request.headers), self._sign_on
        lines = clear_cookie(cookies, SESSION, sign_on.path, secure=sign_on.secure)
        lines += clear_cookie(cookies, COMPANION, sign_on.path, secure=sign_on.secure)
        try:
            provider = sign_on.provider()
        except BadInput:
            provider = None
        token = joined(cookies, SESSION)
        if provider is None or tokens.peek(token).get("iss") != provider.config.issuer:
            return "/login", lines
        companion = sign_on.companion(cookies)
        if companion is not None:
            await self._give_back(provider, companion.refresh_token)
        return logout_url(provider.config, token, self._home(request)) or "/login", lines

    @staticmethod
    async def _give_back(provider: Provider, refresh_token: str) -> None:
        """A provider that does not answer keeps nobody from logging out here."""
        try:
            await provider.revoke(refresh_token)
        except ProviderFailed as error:
            logger.info("the provider did not take a refresh token back: %s", error.message)

    @staticmethod
    def _to(place: str, lines: tuple[str, ...]) -> Response:
        headers = {"location": place, "cache-control": "no-store", "referrer-policy": "no-referrer"}
        return Response(303, headers=headers | ({"set-cookie": "\n".join(lines)} if lines else {}))


def logout_url(config: OidcConfig, token: str, home: str) -> str:
    """`logoutURL` with its two words filled in; empty where there is none to go to."""
    if urlsplit(config.logout_url).scheme not in ("https", "http"):
        return ""
    filled = config.logout_url.strip().replace("{{token}}", quote(token, safe="")).replace("{{logoutRedirectURL}}", quote(home, safe=":/"))
    return filled if filled.isprintable() and " " not in filled else ""
