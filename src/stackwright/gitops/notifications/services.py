"""What each kind of service sends for a notification. Pure: the result is a value, and who sends it is a port.

Source: notifications-engine pkg/services.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.application import sources_of, status_of
from stackwright.gitops.notifications.functions import full_name, to_https
from stackwright.gitops.notifications.types import FORGE, Call, CommitStatus, Destination, Mail, Notification, Outgoing, Settings
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput

SLACK_API, GITHUB_API = "https://slack.com/api", "https://api.github.com"
_STATES = ("pending", "success", "error", "failure")
_MAX_DESCRIPTION = 140
Options = Mapping[str, Any]
_Json = {"content-type": "application/json"}


def outgoing(notification: Notification, destination: Destination, settings: Settings, app: Object) -> Outgoing:
    """Raises BadInput for a service that is not configured, or not well."""
    found = settings.services.get(destination.service) or ((FORGE, {}) if destination.service == FORGE else None)
    if found is None:
        raise BadInput(f"service {destination.service!r} is not configured")
    kind, options = found
    if kind == FORGE and settings.namespace and not options.get("token"):
        raise BadInput("commits of the platform's own forge are marked by the control plane's settings only")
    if kind in (FORGE, "github", "gitea"):
        return _commit_status(notification, options, app, kind)
    if kind not in _KINDS:
        raise BadInput(f"service {destination.service!r}: there are no services of type {kind!r} (there are: {', '.join(sorted(_KINDS))})")
    return _KINDS[kind](notification, destination, options)


def _text(options: Options, name: str, default: str = "") -> str:
    """Raises BadInput for a missing one without a default."""
    found = str(options.get(name) or default)
    if not found:
        raise BadInput(f"the service has no {name}")
    return found


def _part(notification: Notification, kind: str) -> Mapping[str, Any]:
    found = notification.parts.get(kind)
    return found if isinstance(found, Mapping) else {}


def _parsed(text: Any, where: str) -> Any:
    """Raises BadInput."""
    try:
        return json.loads(str(text))
    except json.JSONDecodeError as error:
        raise BadInput(f"{where} is not JSON: {error}") from error


def _webhook(notification: Notification, destination: Destination, options: Options) -> Call:
    part = _part(notification, "webhook").get(destination.service) or {}
    headers = {str(item.get("name")): str(item.get("value")) for item in options.get("headers") or ()}
    login = options.get("basicAuth") or {}
    if login.get("username") or login.get("password"):
        pair = f"{login.get('username') or ''}:{login.get('password') or ''}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    url = _text(options, "url")
    if part.get("path"):
        url = f"{url.rstrip('/')}/{str(part['path']).lstrip('/')}"
    body = str(part.get("body") or notification.message).encode()
    return Call(str(part.get("method") or "GET").upper(), url, headers, body, insecure=options.get("insecureSkipVerify") is True)


def _slack(notification: Notification, destination: Destination, options: Options) -> Call:
    """With `webhookUrl` a plain incoming webhook, as many chats understand it; else Slack's own API."""
    part = _part(notification, "slack")
    body: dict[str, Any] = {"text": notification.message}
    body |= {name: _parsed(part[name], f"slack.{name}") for name in ("attachments", "blocks") if part.get(name)}
    icon = str(part.get("icon") or options.get("icon") or "")
    body |= {"icon_emoji" if icon.startswith(":") else "icon_url": icon} if icon else {}
    username = str(part.get("username") or options.get("username") or "")
    body |= {"username": username} if username else {}
    body |= {"channel": destination.recipient} if destination.recipient else {}
    insecure = options.get("insecureSkipVerify") is True
    if options.get("webhookUrl"):
        return Call("POST", str(options["webhookUrl"]), _Json, json.dumps(body), insecure=insecure)
    url = f"{_text(options, 'apiURL', SLACK_API).rstrip('/')}/chat.postMessage"
    headers = {**_Json, "authorization": f"Bearer {_text(options, 'token')}"}
    return Call("POST", url, headers, json.dumps(body), insecure=insecure, expects_ok=True)


def _email(notification: Notification, destination: Destination, options: Options) -> Mail:
    part = _part(notification, "email")
    port = options.get("port") or 587
    if not isinstance(port, int) or not 0 < port < 65536:
        raise BadInput(f"the service's port is no port: {port!r}")
    if not destination.recipient or any(mark in destination.recipient for mark in "\r\n"):
        raise BadInput("an email needs a recipient")
    return Mail(
        _text(options, "host"),
        port,
        _text(options, "from", str(options.get("username") or "")),
        (destination.recipient,),
        " ".join(str(part.get("subject") or "").split()),
        str(part.get("body") or notification.message),
        options.get("html") is True,
        str(options.get("username") or ""),
        str(options.get("password") or ""),
        options.get("insecure_skip_verify") is True,
    )


def _mattermost(notification: Notification, destination: Destination, options: Options) -> Call:
    part = _part(notification, "mattermost")
    body: dict[str, Any] = {"channel_id": destination.recipient, "message": notification.message}
    if part.get("attachments"):
        body["props"] = {"attachments": _parsed(part["attachments"], "mattermost.attachments")}
    headers = {**_Json, "authorization": f"Bearer {_text(options, 'token')}"}
    return Call("POST", f"{_text(options, 'apiURL').rstrip('/')}/api/v4/posts", headers, json.dumps(body))


def _teams(notification: Notification, destination: Destination, options: Options) -> Call:
    part = _part(notification, "teams")
    body = {"@type": "MessageCard", "@context": "https://schema.org/extensions", "text": str(part.get("text") or notification.message)}
    body |= {name: str(part[name]) for name in ("title", "summary", "themeColor") if part.get(name)}
    return Call("POST", _url_of(options, "recipientUrls", destination), _Json, json.dumps(body))


def _google_chat(notification: Notification, destination: Destination, options: Options) -> Call:
    return Call("POST", _url_of(options, "webhooks", destination), _Json, json.dumps({"text": notification.message}))


def _url_of(options: Options, name: str, destination: Destination) -> str:
    urls = options.get(name) or {}
    if destination.recipient not in urls:
        raise BadInput(f"{name} of the service has no {destination.recipient!r}")
    return str(urls[destination.recipient])


_KINDS: Mapping[str, Callable[[Notification, Destination, Options], Outgoing]] = {
    "webhook": _webhook,
    "slack": _slack,
    "email": _email,
    "mattermost": _mattermost,
    "teams": _teams,
    "googlechat": _google_chat,
}


# -- marks on commits ----------------------------------------------------------------------------------------------


def _commit_status(notification: Notification, options: Options, app: Object, kind: str) -> Outgoing:
    """A token makes it a request to GitHub, Gitea or Forgejo; without one it is for our own forge."""
    part = _part(notification, kind) or _part(notification, "github")
    told = _told(notification, part, app)
    if kind == FORGE and not options.get("token"):
        return told
    api = _text(options, "apiURL", GITHUB_API if kind == "github" else "").rstrip("/")
    body = {"state": told.state, "context": told.context, "description": told.description, "target_url": told.url}
    headers = {**_Json, "authorization": f"token {_text(options, 'token')}"}
    return Call("POST", f"{api}/repos/{full_name(told.repository)}/statuses/{told.sha}", headers, json.dumps(body))


def _told(notification: Notification, part: Mapping[str, Any], app: Object) -> CommitStatus:
    """Raises BadInput for an Application that is no commit's."""
    status = part.get("status") or {}
    state = str(status.get("state") or "success")
    if state not in _STATES:
        raise BadInput(f"status.state: expected one of {', '.join(_STATES)}, found {state!r}")
    sources = sources_of(app)
    repository = str(part.get("repoURLPath") or (sources[0].get("repoURL") if sources else "") or "")
    operation = status_of(app).get("operationState") or {}
    revision = str(part.get("revisionPath") or (operation.get("syncResult") or {}).get("revision") or "")
    revision = revision or str((status_of(app).get("sync") or {}).get("revision") or "")
    if not repository or not _is_sha(revision):
        raise BadInput("the Application has no commit yet")
    label = str(status.get("label") or f"continuous-delivery/{app['metadata']['name']}")
    description = " ".join(notification.message.split())[:_MAX_DESCRIPTION]
    return CommitStatus(to_https(repository), revision, state, label, description, str(status.get("targetURL") or ""))


def _is_sha(text: str) -> bool:
    return len(text) in (40, 64) and all(character in "0123456789abcdef" for character in text)
