"""Which host a generator speaks of, and the token to speak with."""

from collections.abc import Mapping
from typing import Any

from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.hosts.gitea import Gitea
from stackwright.gitops.appset.hosts.github import GitHub
from stackwright.gitops.appset.hosts.gitlab import GitLab
from stackwright.gitops.appset.hosts.types import Host, RestApi
from stackwright.gitops.appset.ports import Objects, Web
from stackwright.gitops.project.globs import matches

_CREDENTIALS = "scm-creds"
_UNKNOWN = "azuredevops", "azureDevOps", "bitbucket", "bitbucketServer", "awsCodeCommit"


async def host_of(spec: Mapping[str, Any], objects: Objects, web: Web, namespace: str, settings: Mapping[str, str]) -> Host:
    """`settings` are the keys of argocd-cmd-params-cm: the operator may allow certain hosts only, or none. Raises GeneratorError."""
    _check_allowed(spec, settings)
    for name, make in (("github", _github), ("gitlab", _gitlab), ("gitea", _gitea)):
        if spec.get(name) is not None:
            given = spec[name]
            strict = settings.get("applicationsetcontroller.enable.tokenref.strict.mode") == "true"
            token = await _token(given.get("tokenRef"), objects, namespace, strict=strict)
            return make(given, token, web)
    for name in _UNKNOWN:
        if spec.get(name) is not None:
            raise GeneratorError(f"the git host {name} is not supported: expected one of github, gitlab, gitea")
    raise GeneratorError("no git host is configured: expected one of github, gitlab, gitea")


def _check_allowed(spec: Mapping[str, Any], settings: Mapping[str, str]) -> None:
    """Hosts that are reached at their usual address are always allowed. Source: applicationset/generators/scm_utils.go."""
    if settings.get("applicationsetcontroller.enable.scm.providers") == "false":
        raise GeneratorError("scm providers are disabled")
    allowed = [one.strip() for one in (settings.get("applicationsetcontroller.allowed.scm.providers") or "").split(",") if one.strip()]
    for given in spec.values():
        url = str(given.get("api") or "") if isinstance(given, Mapping) else ""
        if allowed and url and not any(matches(one, url) for one in allowed):
            raise GeneratorError(f"scm provider {url} not allowed, must use one of the following: {', '.join(allowed)}")


async def _token(reference: Mapping[str, Any] | None, objects: Objects, namespace: str, *, strict: bool) -> str:
    """With `strict` only from Secrets that are meant for it."""
    if not reference:
        return ""
    name, key = str(reference.get("secretName") or ""), str(reference.get("key") or "")
    secret = await objects.secret(namespace, name)
    if secret is None:
        raise GeneratorError(f"error fetching Secret token: error fetching secret {namespace}/{name}: secrets {name!r} not found")
    if strict and await objects.secret_type(namespace, name) != _CREDENTIALS:
        raise GeneratorError(f"error fetching Secret token: secret {namespace}/{name} is not a valid SCM creds secret")
    if key not in secret:
        raise GeneratorError(f"error fetching Secret token: key {key!r} in secret {namespace}/{name} not found")
    return secret[key].strip()


def _github(spec: Mapping[str, Any], token: str, web: Web) -> Host:
    if spec.get("appSecretName"):
        raise GeneratorError("github.appSecretName is not supported: use tokenRef")
    headers = {"accept": "application/vnd.github+json"} | ({"authorization": f"Bearer {token}"} if token else {})
    return GitHub(spec, RestApi(web, str(spec.get("api") or "https://api.github.com"), headers))


def _gitlab(spec: Mapping[str, Any], token: str, web: Web) -> Host:
    base = str(spec.get("api") or "https://gitlab.com").rstrip("/")
    base = base if base.endswith("/api/v4") else base + "/api/v4"
    return GitLab(spec, RestApi(web, base, {"private-token": token} if token else {}, insecure=bool(spec.get("insecure"))))


def _gitea(spec: Mapping[str, Any], token: str, web: Web) -> Host:
    base = str(spec.get("api") or "").rstrip("/") + "/api/v1"
    return Gitea(spec, RestApi(web, base, {"authorization": f"token {token}"} if token else {}, insecure=bool(spec.get("insecure"))))
