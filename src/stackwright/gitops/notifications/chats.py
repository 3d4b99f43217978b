"""What chats are sent. Pure.

Source: notifications-engine pkg/services/{slack,mattermost,rocketchat,telegram,webex,pushover}.go.
"""

import re
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from stackwright.gitops.notifications.options import FORM, JSON, Options, bearer, parsed, part_of, text
from stackwright.gitops.notifications.types import Call, Destination, Notification, RocketMessage, SlackThread
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput

SLACK_API, TELEGRAM_API = "https://slack.com/api", "https://api.telegram.org"
WEBEX_API, PUSHOVER_API = "https://webexapis.com", "https://api.pushover.net"
_POLICIES: dict[str, Literal["Post", "PostAndUpdate", "Update"]] = {"Post": "Post", "PostAndUpdate": "PostAndUpdate", "Update": "Update"}


def slack(notification: Notification, destination: Destination, options: Options) -> Call | SlackThread:
    """With `webhookUrl` a plain incoming webhook, as many chats understand it; else Slack's own API."""
    part = part_of(notification, "slack")
    body = _slack_body(notification, destination, options)
    insecure = options.get("insecureSkipVerify") is True
    if options.get("webhookUrl"):
        return Call("POST", str(options["webhookUrl"]), JSON, json.dumps(body), insecure=insecure)
    api = text(options, "apiURL", SLACK_API).rstrip("/")
    key = str(part.get("groupingKey") or "")
    if key:
        policy = _POLICIES.get(str(part.get("deliveryPolicy") or ""), "Post")
        broadcast = part.get("notifyBroadcast") is True
        return SlackThread(api, text(options, "token"), destination.recipient, key, body, policy, broadcast, insecure)
    return Call("POST", f"{api}/chat.postMessage", bearer(options), json.dumps(body), insecure=insecure, expects_ok=True)


def _slack_body(notification: Notification, destination: Destination, options: Options) -> dict[str, Any]:
    part = part_of(notification, "slack")
    body: dict[str, Any] = {"text": notification.message}
    body |= {name: parsed(part[name], f"slack.{name}") for name in ("attachments", "blocks") if part.get(name)}
    icon = str(part.get("icon") or options.get("icon") or "")
    body |= {"icon_emoji" if icon.startswith(":") else "icon_url": icon} if icon else {}
    username = str(part.get("username") or options.get("username") or "")
    body |= {"username": username} if username else {}
    body |= {"unfurl_links": False, "unfurl_media": False} if options.get("disableUnfurl") is True else {}
    return body | ({"channel": destination.recipient} if destination.recipient else {})


def mattermost(notification: Notification, destination: Destination, options: Options) -> Call:
    part = part_of(notification, "mattermost")
    body: dict[str, Any] = {"channel_id": destination.recipient, "message": notification.message}
    if part.get("attachments"):
        body["props"] = {"attachments": parsed(part["attachments"], "mattermost.attachments")}
    headers = bearer(options)
    return Call("POST", f"{text(options, 'apiURL').rstrip('/')}/api/v4/posts", headers, json.dumps(body))


def rocketchat(notification: Notification, destination: Destination, options: Options) -> RocketMessage:
    """Rooms by their id, channels as `#name`, people as `@name`."""
    part = part_of(notification, "rocketchat")
    body: dict[str, Any] = {"text": notification.message}
    body |= {"channel" if destination.recipient.startswith(("#", "@")) else "roomId": destination.recipient}
    body |= {"alias": str(options["alias"])} if options.get("alias") else {}
    body |= {"emoji": str(options["icon"])} if re.fullmatch(":.+:", str(options.get("icon") or "")) else {}
    body |= {"avatar": str(options["avatar"])} if _is_web(str(options.get("avatar") or "")) else {}
    body |= {"attachments": parsed(part["attachments"], "rocketchat.attachments")} if part.get("attachments") else {}
    return RocketMessage(text(options, "serverUrl").rstrip("/"), text(options, "email"), text(options, "password"), body)


def _is_web(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def telegram(notification: Notification, destination: Destination, options: Options) -> Call:
    """Groups by their id, which begins with a minus; channels by their name."""
    recipient = destination.recipient
    if recipient.startswith("-") and not recipient[1:].isdecimal():
        raise BadInput(f"{recipient!r} is no id of a group")
    chat = recipient if recipient.startswith("-") else f"@{recipient}"
    url = f"{text(options, 'apiURL', TELEGRAM_API).rstrip('/')}/bot{quote(text(options, 'token'), safe=':')}/sendMessage"
    fields = {"chat_id": chat, "text": notification.message, "parse_mode": "Markdown"}
    return Call("POST", url, FORM, urlencode(fields).encode())


def webex(notification: Notification, destination: Destination, options: Options) -> Call:
    """People by their mail address, rooms by their id."""
    to = "toPersonEmail" if re.fullmatch(r"\S+@\S+\.\S+", destination.recipient) else "roomId"
    body = {to: destination.recipient, "markdown": notification.message}
    url = f"{text(options, 'apiURL', WEBEX_API).rstrip('/')}/v1/messages"
    return Call("POST", url, bearer(options), json.dumps(body), insecure=options.get("insecureSkipVerify") is True)


def pushover(notification: Notification, destination: Destination, options: Options) -> Call:
    fields = {"token": text(options, "token"), "user": destination.recipient, "message": notification.message, "priority": "0"}
    return Call("POST", f"{text(options, 'apiURL', PUSHOVER_API).rstrip('/')}/1/messages.json", FORM, urlencode(fields).encode())
