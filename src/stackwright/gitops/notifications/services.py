"""What each kind of service sends for a notification. Pure: the result is a value, and who sends it is a port.

Source: notifications-engine pkg/services.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from stackwright.api.meta import Object
from stackwright.gitops.notifications import alerts, cards, chats, marks
from stackwright.gitops.notifications.options import Options, basic, part_of, text
from stackwright.gitops.notifications.types import FORGE, Call, Destination, Mail, Notification, Outgoing, Settings
from stackwright.kernel.errors import BadInput


def outgoing(notification: Notification, destination: Destination, settings: Settings, app: Object, now: datetime) -> Outgoing:
    """Raises BadInput for a service that is not configured, or not well."""
    found = settings.services.get(destination.service) or ((FORGE, {}) if destination.service == FORGE else None)
    if found is None:
        raise BadInput(f"service {destination.service!r} is not configured")
    kind, options = found
    if kind == FORGE and settings.namespace and not options.get("token"):
        raise BadInput("commits of the platform's own forge are marked by the control plane's settings only")
    if kind in (FORGE, "github", "gitea"):
        return marks.commit_status(notification, options, app, kind)
    if kind in _TIMED:
        return _TIMED[kind](notification, destination, options, now)
    if kind not in _KINDS:
        raise BadInput(
            f"service {destination.service!r}: there are no services of type {kind!r} (there are: {', '.join(sorted((*_KINDS, *_TIMED)))})"
        )
    return _KINDS[kind](notification, destination, options)


def _webhook(notification: Notification, destination: Destination, options: Options) -> Call:
    part = part_of(notification, "webhook").get(destination.service) or {}
    headers = {str(item.get("name")): str(item.get("value")) for item in options.get("headers") or ()}
    login = options.get("basicAuth") or {}
    if login.get("username") or login.get("password"):
        headers["Authorization"] = basic(login)
    url = text(options, "url")
    if part.get("path"):
        url = f"{url.rstrip('/')}/{str(part['path']).lstrip('/')}"
    body = str(part.get("body") or notification.message).encode()
    return Call(str(part.get("method") or "GET").upper(), url, headers, body, insecure=options.get("insecureSkipVerify") is True)


def _email(notification: Notification, destination: Destination, options: Options) -> Mail:
    part = part_of(notification, "email")
    port = options.get("port") or 587
    if not isinstance(port, int) or not 0 < port < 65536:
        raise BadInput(f"the service's port is no port: {port!r}")
    if not destination.recipient or any(mark in destination.recipient for mark in "\r\n"):
        raise BadInput("an email needs a recipient")
    return Mail(
        text(options, "host"),
        port,
        text(options, "from", str(options.get("username") or "")),
        (destination.recipient,),
        " ".join(str(part.get("subject") or "").split()),
        str(part.get("body") or notification.message),
        options.get("html") is True,
        str(options.get("username") or ""),
        str(options.get("password") or ""),
        options.get("insecure_skip_verify") is True,
    )


_KINDS: Mapping[str, Callable[[Notification, Destination, Options], Outgoing]] = {
    "webhook": _webhook,
    "email": _email,
    "slack": chats.slack,
    "mattermost": chats.mattermost,
    "teams": cards.teams,
    "teams-workflows": cards.teams_workflows,
    "googlechat": cards.google_chat,
    "rocketchat": chats.rocketchat,
    "telegram": chats.telegram,
    "webex": chats.webex,
    "pushover": chats.pushover,
    "opsgenie": alerts.opsgenie,
    "pagerduty": alerts.pagerduty,
    "pagerdutyv2": alerts.pagerduty_v2,
    "newrelic": alerts.newrelic,
}
_TIMED: Mapping[str, Callable[[Notification, Destination, Options, datetime], Outgoing]] = {
    "alertmanager": alerts.alertmanager,
    "grafana": alerts.grafana,
}
"""Those that say when it was."""
