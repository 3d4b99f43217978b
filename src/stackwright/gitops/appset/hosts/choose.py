"""Which host a generator speaks of, and what it is spoken to with.

Source: Argo CD's applicationset/generators (scm_provider.go, pull_request.go).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.generators.inquiry import Inquiry
from stackwright.gitops.appset.hosts import bitbucket_server
from stackwright.gitops.appset.hosts.azure import AzureDevOps
from stackwright.gitops.appset.hosts.bitbucket import Bitbucket
from stackwright.gitops.appset.hosts.bitbucket_server import BitbucketServer
from stackwright.gitops.appset.hosts.codecommit import CodeCommit, Region, as_role
from stackwright.gitops.appset.hosts.gitea import Gitea
from stackwright.gitops.appset.hosts.github import GitHub
from stackwright.gitops.appset.hosts.gitlab import GitLab
from stackwright.gitops.appset.hosts.rest import RestApi
from stackwright.gitops.appset.hosts.secrets import authorities, basic_auth, login, referred
from stackwright.gitops.appset.hosts.types import Host
from stackwright.gitops.github_app import api_base, app_of
from stackwright.kernel.errors import BadInput
from stackwright.kernel.sigv4 import Keys

Make = Callable[[Mapping[str, Any], Inquiry], Awaitable[Host]]


async def scm_host(spec: Mapping[str, Any], inquiry: Inquiry) -> Host:
    """Raises GeneratorError."""
    return await _chosen(spec, inquiry, _SCM, "no SCM provider implementation configured")


async def pull_request_host(spec: Mapping[str, Any], inquiry: Inquiry) -> Host:
    """Raises GeneratorError."""
    return await _chosen(spec, inquiry, _PULL_REQUESTS, "no Pull Request provider implementation configured")


async def _chosen(spec: Mapping[str, Any], inquiry: Inquiry, makers: Mapping[str, Make], otherwise: str) -> Host:
    _check_allowed(spec, inquiry.settings)
    for name, make in makers.items():
        if isinstance(spec.get(name), Mapping):
            return await make(spec[name], inquiry)
    raise GeneratorError(f"{otherwise}: expected one of {', '.join(makers)}")


def _check_allowed(spec: Mapping[str, Any], settings: Mapping[str, str]) -> None:
    """Hosts that are reached at their usual address are always allowed."""
    if settings.get("applicationsetcontroller.enable.scm.providers") == "false":
        raise GeneratorError("scm providers are disabled")
    allowed = [one.strip() for one in (settings.get("applicationsetcontroller.allowed.scm.providers") or "").split(",") if one.strip()]
    for given in spec.values():
        url = str(given.get("api") or "") if isinstance(given, Mapping) else ""
        if allowed and url and url not in allowed:
            raise GeneratorError(
                f'scm provider not allowed: scm provider "{url}" not allowed, must use one of the following: {", ".join(allowed)}'
            )


async def _github(spec: Mapping[str, Any], inquiry: Inquiry) -> Host:
    """An App's Secret lies with the control plane's, and must be one of a repository."""
    base = api_base(str(spec.get("api") or ""))
    account = str(spec.get("owner") or spec.get("organization") or "")
    if spec.get("appSecretName"):
        token = await _app_token(str(spec["appSecretName"]), str(spec.get("api") or ""), account, inquiry)
    else:
        token = await _token(spec.get("tokenRef"), inquiry, "Github token")
    headers = {"accept": "application/vnd.github+json"} | ({"authorization": f"Bearer {token}"} if token else {})
    return GitHub(spec, RestApi(inquiry.web, base, headers))


async def _app_token(secret_name: str, api: str, account: str, inquiry: Inquiry) -> str:
    secret = next((one for one in inquiry.credentials if one["metadata"].get("name") == secret_name), None)
    if secret is None:
        raise GeneratorError(
            f'error fetching Github app secret: secrets "{secret_name}" not found among repositories and their credentials'
        )
    if inquiry.app_tokens is None:
        raise GeneratorError("GitHub Apps cannot be asked from here")
    try:
        return await inquiry.app_tokens.token(app_of(secret.get("data") or {}, api), account)
    except BadInput as error:
        raise GeneratorError(f"error fetching Github app secret: {secret_name}: {error}") from error


async def _gitlab(spec: Mapping[str, Any], inquiry: Inquiry) -> Host:
    token = await _token(spec.get("tokenRef"), inquiry, "Gitlab token")
    base = str(spec.get("api") or "https://gitlab.com").rstrip("/")
    base = base if base.endswith("/api/v4") else base + "/api/v4"
    return GitLab(spec, await _api(base, {"private-token": token} if token else {}, spec, inquiry))


async def _gitea(spec: Mapping[str, Any], inquiry: Inquiry) -> Host:
    token = await _token(spec.get("tokenRef"), inquiry, "Gitea token")
    base = str(spec.get("api") or "").rstrip("/") + "/api/v1"
    return Gitea(spec, await _api(base, {"authorization": f"token {token}"} if token else {}, spec, inquiry))


async def _azure(spec: Mapping[str, Any], inquiry: Inquiry) -> Host:
    reference = spec.get("accessTokenRef") or spec.get("tokenRef")
    token = await _token(reference, inquiry, "Azure Devops access token")
    base = f"{str(spec.get('api') or 'https://dev.azure.com').rstrip('/')}/{spec.get('organization') or ''}"
    return AzureDevOps(spec, await _api(base, basic_auth("", token) if token else {}, spec, inquiry))


async def _azure_repositories(spec: Mapping[str, Any], inquiry: Inquiry) -> Host:
    if not spec.get("accessTokenRef"):
        raise GeneratorError("error initializing Azure Devops service: no access token provided")
    return await _azure(spec, inquiry)


async def _bitbucket(spec: Mapping[str, Any], inquiry: Inquiry) -> Host:
    if spec.get("appPasswordRef"):
        password = await _token(spec["appPasswordRef"], inquiry, "Bitbucket cloud appPassword")
        headers = basic_auth(str(spec.get("user") or ""), password)
    else:
        headers = await login(spec, inquiry.objects, inquiry.namespace, inquiry.settings)
    return Bitbucket(spec, await _api(str(spec.get("api") or "https://api.bitbucket.org/2.0"), headers, spec, inquiry))


async def _bitbucket_server(spec: Mapping[str, Any], inquiry: Inquiry) -> Host:
    headers = await login(spec, inquiry.objects, inquiry.namespace, inquiry.settings)
    base = bitbucket_server.base_of(str(spec.get("api") or ""))
    return BitbucketServer(spec, await _api(base, {**bitbucket_server.HEADERS, **headers} if headers else {}, spec, inquiry))


async def _codecommit(spec: Mapping[str, Any], inquiry: Inquiry) -> Host:
    environment = inquiry.environment
    name = str(spec.get("region") or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "")
    keys = Keys(*(environment.get(name, "") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")))
    if not name or not keys.access_key_id or not keys.secret_access_key:
        raise GeneratorError(
            "error initializing AWS codecommit service: expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the platform's "
            "environment, and a region in `region` or AWS_REGION"
        )
    region = Region(inquiry.web, keys, name, inquiry.now)
    return CodeCommit(spec, await as_role(region, str(spec["role"])) if spec.get("role") else region)


async def _token(reference: Mapping[str, Any] | None, inquiry: Inquiry, what: str) -> str:
    return await referred(reference, inquiry.objects, inquiry.namespace, inquiry.settings, what)


async def _api(base: str, headers: Mapping[str, str], spec: Mapping[str, Any], inquiry: Inquiry) -> RestApi:
    trusted = await authorities(spec.get("caRef"), inquiry.objects, inquiry.namespace)
    return RestApi(inquiry.web, base, headers, insecure=bool(spec.get("insecure")), authorities=trusted)


_SCM: Mapping[str, Make] = {
    "github": _github, "gitlab": _gitlab, "gitea": _gitea, "bitbucketServer": _bitbucket_server, "azureDevOps": _azure_repositories,
    "bitbucket": _bitbucket, "awsCodeCommit": _codecommit,
}  # fmt: skip
_PULL_REQUESTS: Mapping[str, Make] = {
    "github": _github, "gitlab": _gitlab, "gitea": _gitea, "bitbucketServer": _bitbucket_server, "bitbucket": _bitbucket,
    "azuredevops": _azure,
}  # fmt: skip
