"""Tokens that let a GitHub App fetch: asked of GitHub, kept as long as they are good."""

from dataclasses import replace

from stackwright.adapters.sources.credentials import Access
from stackwright.adapters.sources.git_remote import Authorities
from stackwright.adapters.sources.problems import RenderProblem
from stackwright.adapters.sources.urls import Place
from stackwright.adapters.sources.web import Web
from stackwright.gitops.github_app import AppToken, GitHubApp, app_of, installation_for, token_of
from stackwright.kernel import json
from stackwright.kernel.clock import Clock, SystemClock
from stackwright.kernel.errors import BadInput

USER = "x-access-token"
_MAX_KEPT = 200
_LIMIT = 1 << 20


class AppTokens:
    def __init__(self, authorities: Authorities, clock: Clock | None = None) -> None:
        self._authorities = authorities
        self._clock = clock or SystemClock()
        self._kept: dict[str, AppToken] = {}

    async def access(self, access: Access, place: Place) -> Access:
        """As the App's installation, where the access is an App's. Raises RenderProblem."""
        if not access.github_app:
            return access
        account = place.url.partition("://")[2].partition("/")[2].partition("/")[0]
        key = f"{access.fingerprint}\n{account.lower()}"
        kept = self._kept.get(key)
        if kept is None or not kept.is_good(self._clock.now()):
            kept = await self._asked(access, account)
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[key] = kept
        return replace(access, username=USER, password=kept.text, github_app={})

    async def _asked(self, access: Access, account: str) -> AppToken:
        try:
            app = app_of(access.github_app)
            app = app if app.installation else await self._installed(access, app, account)
            headers = app.installation_headers(self._clock.now())
        except BadInput as error:
            raise RenderProblem(f"the GitHub App's credentials cannot be used: {error.message}") from error
        status, body = await self._ask(access, app, "POST", app.token_url, headers)
        found = token_of(body)
        if found is None:
            raise RenderProblem(f"could not get access_token from GitHub API for installation ID {app.installation}: {status}")
        return found

    async def _installed(self, access: Access, app: GitHubApp, account: str) -> GitHubApp:
        headers = app.installation_headers(self._clock.now())
        status, body = await self._ask(access, app, "GET", f"{app.base}/app/installations?per_page=100", headers)
        found = installation_for(body, account)
        if not found:
            raise RenderProblem(f"the GitHub App {app.app} is not installed for {account}: {status}")
        return replace(app, installation=found)

    async def _ask(self, access: Access, app: GitHubApp, method: str, url: str, headers: dict[str, str]) -> tuple[int, object]:
        answer = await Web(access, self._authorities, app.base).ask(method, url, limit=_LIMIT, headers=headers)
        try:
            return answer.status, json.loads(answer.body) if answer.body else None
        except json.JSONDecodeError:
            return answer.status, None
