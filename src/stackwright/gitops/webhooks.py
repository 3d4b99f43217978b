"""What a git host tells us, whether we believe it, and which Applications are concerned. Pure.

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
from stackwright.gitops import webhook_events as events
from stackwright.gitops.application import sources_of
from stackwright.gitops.paths import is_touched, refresh_paths
from stackwright.gitops.webhook_events import PullRequestEvent, Push
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
class Told:
    """What a request tells of; nothing for another kind of event."""

    pushes: tuple[Push, ...] = ()
    pull_requests: tuple[PullRequestEvent, ...] = ()


def parse(method: str, headers: Headers, body: bytes, secrets: Secrets) -> Told:
    """Reads a request whose sender is believed.

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
    kind = headers.get(host.event, "")
    pushes, pull_requests = host.reads_pushes(kind), host.reads_pull_requests(kind)
    if not pushes and not pull_requests:
        return Told()
    payload = _payload(body)
    try:
        return Told(tuple(host.pushes(payload)) if pushes else (), tuple(host.pull_requests(payload)) if pull_requests else ())
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise WebhookRefused(400, "Webhook processing failed") from error


def _payload(body: bytes) -> Mapping[str, Any]:
    if len(body) > MAX_BODY_BYTES:
        raise WebhookRefused(400, "Webhook processing failed: payload must be valid JSON under 50 MB")
    try:
        payload = json.loads(body)
    except json.JSONDecodeError as error:
        raise WebhookRefused(400, "Webhook processing failed: payload must be valid JSON under 50 MB") from error
    if not isinstance(payload, Mapping):
        raise WebhookRefused(400, "Webhook processing failed")
    return payload


# -- hosts -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Host:
    """Shape: `event` is the header that names the kind of event; kinds of Azure DevOps stand in the body."""

    event: str
    trusts: Callable[[Headers, bytes, Secrets], bool]
    push_kinds: frozenset[str] | None
    pushes: Callable[[events.Payload], Iterator[Push]]
    pull_request_kinds: frozenset[str] | None
    pull_requests: Callable[[events.Payload], Iterator[PullRequestEvent]]

    def reads_pushes(self, kind: str) -> bool:
        return self.push_kinds is None or kind in self.push_kinds

    def reads_pull_requests(self, kind: str) -> bool:
        return self.pull_request_kinds is None or kind in self.pull_request_kinds


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


_PUSH = frozenset(("push",))
_GITEA_PULLS = frozenset(("pull_request", "pull_request_sync", "pull_request_label"))
_GITLAB_PUSHES, _GITLAB_PULLS = frozenset(("Push Hook", "Tag Push Hook")), frozenset(("Merge Request Hook",))
_BITBUCKET_PULLS = frozenset(f"pullrequest:{what}" for what in ("created", "updated", "fulfilled", "rejected"))
_SERVER_PULLS = frozenset(f"pr:{what}" for what in ("opened", "from_ref_updated", "modified", "merged", "declined", "deleted"))
_GOGS, _GITHUB, _SERVER = "webhook.gogs.secret", "webhook.github.secret", "webhook.bitbucketserver.secret"

_HOSTS: Mapping[str, _Host] = {
    "x-vss-activityid": _Host("x-vss-activityid", _azure_trusts, None, events.azure_pushes, None, events.azure_pull_requests),
    "x-gogs-event": _Host(
        "x-gogs-event", _signed(_GOGS, "x-gogs-signature", ""), _PUSH, events.github_like_pushes, _GITEA_PULLS, events.gitea_pull_requests
    ),
    "x-gitea-event": _Host(
        "x-gitea-event", _signed(_GOGS, "x-gitea-signature", ""), _PUSH, events.github_like_pushes, _GITEA_PULLS, events.gitea_pull_requests
    ),
    "x-github-event": _Host(
        "x-github-event",
        _signed(_GITHUB, "x-hub-signature-256", "sha256="),
        _PUSH,
        events.github_like_pushes,
        frozenset(("pull_request",)),
        events.github_pull_requests,
    ),
    "x-gitlab-event": _Host(
        "x-gitlab-event",
        _told("webhook.gitlab.secret", "x-gitlab-token"),
        _GITLAB_PUSHES,
        events.gitlab_pushes,
        _GITLAB_PULLS,
        events.gitlab_merge_requests,
    ),
    "x-hook-uuid": _Host(
        "x-event-key",
        _told("webhook.bitbucket.uuid", "x-hook-uuid"),
        frozenset(("repo:push",)),
        events.bitbucket_pushes,
        _BITBUCKET_PULLS,
        events.bitbucket_pull_requests,
    ),
    "x-event-key": _Host(
        "x-event-key",
        _signed(_SERVER, "x-hub-signature", "sha256="),
        frozenset(("repo:refs_changed",)),
        events.bitbucket_server_pushes,
        _SERVER_PULLS,
        events.bitbucket_server_pull_requests,
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
    if events.bare(target) == push.revision:
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
