"""Tokens of GitHub Apps, kept as long as they are good."""

from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.ports import Web
from stackwright.gitops.github_app import AppToken, GitHubApp, installation_for, token_of
from stackwright.kernel.clock import Clock

_MAX_KEPT = 200
Key = tuple[str, str, str, int]


class AppTokens:
    def __init__(self, web: Web, clock: Clock) -> None:
        self._web = web
        self._clock = clock
        self._kept: dict[Key, AppToken] = {}

    async def token(self, app: GitHubApp, account: str) -> str:
        """For the installation of an account. Raises GeneratorError and BadInput."""
        key = (app.base, app.app, app.installation or account.lower(), hash(app.private_key))
        kept = self._kept.get(key)
        if kept is None or not kept.is_good(self._clock.now()):
            kept = await self._asked(app if app.installation else await self._installed(app, account))
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[key] = kept
        return kept.text

    async def _installed(self, app: GitHubApp, account: str) -> GitHubApp:
        headers = app.installation_headers(self._clock.now())
        answer = await self._web.ask("GET", f"{app.base}/app/installations?per_page=100", headers)
        found = installation_for(answer.body, account)
        if not found:
            raise GeneratorError(f"the GitHub App {app.app} is not installed for {account}: {answer.status}")
        return GitHubApp(app.app, found, app.private_key, app.base)

    async def _asked(self, app: GitHubApp) -> AppToken:
        answer = await self._web.ask("POST", app.token_url, app.installation_headers(self._clock.now()))
        found = token_of(answer.body)
        if found is None:
            raise GeneratorError(f"could not get access_token from GitHub API for installation ID {app.installation}: {answer.status}")
        return found
