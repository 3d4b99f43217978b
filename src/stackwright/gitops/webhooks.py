"""What a git host tells us of a push, and which Applications are concerned. Pure.

Source: Argo CD's util/webhook.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from stackwright.api.meta import Object
from stackwright.gitops.application import sources_of
from stackwright.gitops.paths import is_touched, refresh_paths
from stackwright.kernel import json
from stackwright.kernel.errors import StackwrightError

MAX_BODY_BYTES = 50 * 1024 * 1024
_VERSION = re.compile(r"v?\d+(\.\d+){0,2}([-+].*)?\Z")
_CONSTRAINT = re.compile(r"[*<>=~^|,]|\s-\s|\.[xX](\.|\Z)")
Headers = Mapping[str, str]
Secrets = Mapping[str, str]


class WebhookRefused(StackwrightError):
    """Shape: `http_status` and `message` are the answer."""

    code = "webhook-refused"

    def __init__(self, http_status: int, message: str) -> None:
        super().__init__(message)
        self.http_status = http_status


@dataclass(frozen=True, slots=True)
class Push:
    """A repository's branch or tag moved.

    Shape: `urls` are web or clone addresses; `revision` is the bare name of the branch or tag; `changed` is empty when the host
    does not tell which files; `touches_head` says whether it is, or may be, the default branch.
    """

    urls: tuple[str, ...]
    revision: str
    touches_head: bool
    changed: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


def parse(method: str, headers: Headers, body: bytes, secrets: Secrets) -> tuple[Push, ...]:
    """The pushes that a request tells of; none for another kind of event.

    Shape: header names in lower case; `secrets` are the `webhook.*` entries of argocd-secret, in clear.
    Raises WebhookRefused.
    """
    host = next((host for name, host in _HOSTS.items() if name in headers), None)
    if host is None:
        raise WebhookRefused(400, "Unknown webhook event")
    if method != "POST":
        raise WebhookRefused(405, "Webhook processing failed")
    if not host.trusts(headers, body, secrets):
        raise WebhookRefused(400, "Webhook processing failed")
    if not host.is_push(headers):
        return ()
    return tuple(_read(host, body))


def _read(host: "_Host", body: bytes) -> Iterator[Push]:
    if len(body) > MAX_BODY_BYTES:
        raise WebhookRefused(400, "Webhook processing failed: payload must be valid JSON under 50 MB")
    try:
        payload = json.loads(body)
    except json.JSONDecodeError as error:
        raise WebhookRefused(400, "Webhook processing failed: payload must be valid JSON under 50 MB") from error
    if not isinstance(payload, Mapping):
        raise WebhookRefused(400, "Webhook processing failed")
    try:
        yield from host.pushes(payload)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise WebhookRefused(400, "Webhook processing failed") from error


# -- hosts -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Host:
    trusts: Callable[[Headers, bytes, Secrets], bool]
    is_push: Callable[[Headers], bool]
    pushes: Callable[[Mapping[str, Any]], Iterator[Push]]


def _signed(secret_name: str, header: str, prefix: str) -> Callable[[Headers, bytes, Secrets], bool]:
    """An HMAC-SHA256 of the body under a shared secret, when there is one."""

    def trusts(headers: Headers, body: bytes, secrets: Secrets) -> bool:
        secret = secrets.get(secret_name, "")
        if not secret:
            return True
        wanted = prefix + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted.encode(), headers.get(header, "").encode())

    return trusts


def _told(secret_name: str, header: str) -> Callable[[Headers, bytes, Secrets], bool]:
    """A header that repeats the secret, when there is one."""

    def trusts(headers: Headers, body: bytes, secrets: Secrets) -> bool:
        secret = secrets.get(secret_name, "")
        return not secret or hmac.compare_digest(secret.encode(), headers.get(header, "").encode())

    return trusts


def _azure_trusts(headers: Headers, body: bytes, secrets: Secrets) -> bool:
    user, password = secrets.get("webhook.azuredevops.username", ""), secrets.get("webhook.azuredevops.password", "")
    if not user and not password:
        return True
    scheme, _, login = headers.get("authorization", "").partition(" ")
    try:
        told = base64.b64decode(login, validate=True) if scheme.lower() == "basic" else b""
    except binascii.Error:
        return False
    return hmac.compare_digest(told, f"{user}:{password}".encode())


def _header_is(name: str, *values: str) -> Callable[[Headers], bool]:
    return lambda headers: headers.get(name, "") in values


def _azure(payload: Mapping[str, Any]) -> Iterator[Push]:
    if payload.get("eventType") != "git.push":
        return
    repository = payload["resource"]["repository"]
    for update in payload["resource"].get("refUpdates") or ():
        default = str(repository.get("defaultBranch") or "")
        before, after = str(update.get("oldObjectId") or ""), str(update.get("newObjectId") or "")
        yield Push((repository["remoteUrl"],), _bare(update["name"]), update["name"] == default, (), before, after)


def _github_like(payload: Mapping[str, Any]) -> Iterator[Push]:
    repository = payload["repository"]
    yield _with_commits(payload, (repository["html_url"],), str(repository.get("default_branch") or ""))


def _gitlab(payload: Mapping[str, Any]) -> Iterator[Push]:
    yield _with_commits(payload, (payload["project"]["web_url"],), str(payload["project"].get("default_branch") or ""))


def _with_commits(payload: Mapping[str, Any], urls: tuple[str, ...], default_branch: str) -> Push:
    revision = _bare(payload["ref"])
    changed = [
        str(name)
        for commit in payload.get("commits") or ()
        for field in ("added", "modified", "removed")
        for name in commit.get(field) or ()
    ]
    before, after = str(payload.get("before") or ""), str(payload.get("after") or "")
    return Push(urls, revision, revision == default_branch, tuple(dict.fromkeys(changed)), before, after)


def _bitbucket(payload: Mapping[str, Any]) -> Iterator[Push]:
    """The host does not say which files; the default branch only sometimes."""
    repository = payload["repository"]
    main = (repository.get("mainbranch") or {}).get("name")
    for change in payload["push"].get("changes") or ():
        new, old = change.get("new") or {}, change.get("old") or {}
        name = str(new.get("name") or old.get("name") or "")
        before, after = (str((side.get("target") or {}).get("hash") or "") for side in (old, new))
        yield Push((repository["links"]["html"]["href"],), name, main in (None, name), (), before, after)


def _bitbucket_server(payload: Mapping[str, Any]) -> Iterator[Push]:
    links = payload["repository"]["links"].get("clone") or ()
    urls = tuple(link["href"] for link in links if link.get("name") in ("http", "https", "ssh"))
    for change in payload.get("changes") or ():
        name = _bare(change["ref"]["id"])
        yield Push(urls, name, True, (), str(change.get("fromHash") or ""), str(change.get("toHash") or ""))


def _bare(ref: str) -> str:
    return str(ref).removeprefix("refs/heads/").removeprefix("refs/tags/")


_HOSTS: Mapping[str, _Host] = {
    "x-vss-activityid": _Host(_azure_trusts, lambda _headers: True, _azure),
    "x-gogs-event": _Host(_signed("webhook.gogs.secret", "x-gogs-signature", ""), _header_is("x-gogs-event", "push"), _github_like),
    "x-gitea-event": _Host(_signed("webhook.gogs.secret", "x-gitea-signature", ""), _header_is("x-gitea-event", "push"), _github_like),
    "x-github-event": _Host(
        _signed("webhook.github.secret", "x-hub-signature-256", "sha256="), _header_is("x-github-event", "push"), _github_like
    ),
    "x-gitlab-event": _Host(
        _told("webhook.gitlab.secret", "x-gitlab-token"), _header_is("x-gitlab-event", "Push Hook", "Tag Push Hook"), _gitlab
    ),
    "x-hook-uuid": _Host(_told("webhook.bitbucket.uuid", "x-hook-uuid"), _header_is("x-event-key", "repo:push"), _bitbucket),
    "x-event-key": _Host(
        _signed("webhook.bitbucketserver.secret", "x-hub-signature", "sha256="),
        _header_is("x-event-key", "repo:refs_changed"),
        _bitbucket_server,
    ),
}
"""Who sends a header, asked in this order: hosts that imitate others send their headers too."""


# -- Applications ------------------------------------------------------------------------------------------------------


def concerns(push: Push, app: Object) -> bool:
    """Whether an Application has to look at its sources again."""
    sources = sources_of(app)
    tracked = [source for source in sources if _tracks(push, source)]
    return bool(tracked) and is_touched(refresh_paths(app, sources), push.changed)


def _tracks(push: Push, source: Mapping[str, Any]) -> bool:
    url = str(source.get("repoURL") or "")
    return any(same_repository(told, url) for told in push.urls) and follows(push, str(source.get("targetRevision") or ""))


def follows(push: Push, target: str) -> bool:
    """Whether a target revision may mean another commit now."""
    if target in ("", "HEAD"):
        return push.touches_head
    if _bare(target) == push.revision:
        return True
    return _CONSTRAINT.search(target) is not None and _VERSION.match(push.revision) is not None


def same_repository(told: str, url: str) -> bool:
    """A web address against any spelling of the clone address: scheme, user, port and `.git` make no difference."""
    pattern = _pattern(told)
    return pattern is not None and pattern.match(url.strip()) is not None


@lru_cache(maxsize=1024)
def _pattern(told: str) -> re.Pattern[str] | None:
    parts = urlsplit(told)
    path = parts.path.strip("/").removesuffix(".git")
    if not parts.hostname or not path:
        return None
    host, where = re.escape(parts.hostname.removeprefix("altssh.").removeprefix("ssh.")), re.escape(path)
    return re.compile(rf"(?i)((https?|ssh)://)?([^/@]+@)?((alt)?ssh\.)?{host}(:\d+)?[:/]{where}(\.git)?/?\Z")


def concerned(push: Push, apps: Sequence[Object]) -> list[Object]:
    return [app for app in apps if concerns(push, app)]
