"""What Microsoft Teams and Google Chat are sent: messages with cards. Pure.

Source: notifications-engine pkg/services/{teams,teams-workflows,googlechat}.go.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from stackwright.gitops.notifications.options import JSON, Options, chosen, parsed, part_of
from stackwright.gitops.notifications.types import Call, Destination, Notification
from stackwright.kernel import digest, json, yaml
from stackwright.kernel.errors import BadInput

Part = Mapping[str, Any]
_WORKFLOWS = "teams-workflows"


def teams(notification: Notification, destination: Destination, options: Options) -> Call:
    part = part_of(notification, "teams")
    body = str(part["template"]).encode() if part.get("template") else json.dumps(_message_card(notification, part))
    return _call(chosen(options, "recipientUrls", destination), body, options)


def _message_card(notification: Notification, part: Part) -> dict[str, Any]:
    card: dict[str, Any] = {"@type": "MessageCard", "@context": "https://schema.org/extensions"}
    card |= {"text": str(part.get("text") or notification.message)}
    card |= {name: str(part[name]) for name in ("title", "summary", "themeColor") if part.get(name)}
    sections = [*_listed(part, "teams", "sections"), *([{"facts": _listed(part, "teams", "facts")}] if part.get("facts") else [])]
    actions = _listed(part, "teams", "potentialAction")
    return {**card, **({"sections": sections} if sections else {}), **({"potentialAction": actions} if actions else {})}


def teams_workflows(notification: Notification, destination: Destination, options: Options) -> Call:
    """An adaptive card, of its own or made from what `teams` has for fields."""
    part = part_of(notification, _WORKFLOWS)
    card = parsed(part["adaptiveCard"], f"{_WORKFLOWS}.adaptiveCard") if part.get("adaptiveCard") else _adaptive_card(notification, part)
    body = {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}]}
    return _call(chosen(options, "recipientUrls", destination), json.dumps(body), options)


def _adaptive_card(notification: Notification, part: Part) -> dict[str, Any]:
    body: list[dict[str, Any]] = []
    if part.get("title"):
        color = {"color": str(part["themeColor"])} if part.get("themeColor") else {}
        body.append({"type": "TextBlock", "text": str(part["title"]), "size": "Large", "weight": "Bolder", **color, "wrap": True})
    text = str(part.get("text") or notification.message)
    body += [{"type": "TextBlock", "text": text, "wrap": True}] if text else []
    sections = [{"facts": _listed(part, _WORKFLOWS, "facts")}, *_listed(part, _WORKFLOWS, "sections")]
    for section in sections:
        facts = [*_facts(section.get("facts"))] if isinstance(section, Mapping) else []
        body += [{"type": "FactSet", "facts": facts}] if facts else []
    actions = [*_opening(_listed(part, _WORKFLOWS, "potentialAction"))]
    return {"type": "AdaptiveCard", "version": "1.4", "body": body, **({"actions": actions} if actions else {})}


def _facts(found: Any) -> Iterator[dict[str, str]]:
    for fact in found if isinstance(found, list) else ():
        if isinstance(fact, Mapping) and isinstance(fact.get("name"), str):
            yield {"title": fact["name"], "value": str(fact.get("value", ""))}


def _opening(actions: list[Any]) -> Iterator[dict[str, str]]:
    """Of what can be done, what opens an address."""
    for action in actions:
        if not isinstance(action, Mapping) or action.get("@type") != "OpenUri":
            continue
        target = next((each for each in action.get("targets") or () if isinstance(each, Mapping) and each.get("uri")), None)
        if target is not None:
            yield {"type": "Action.OpenUrl", "title": str(action.get("name") or ""), "url": str(target["uri"])}


def google_chat(notification: Notification, destination: Destination, options: Options) -> Call:
    """Cards in place of the message, if there are any. Messages of one `threadKey` are a thread."""
    part = part_of(notification, "googlechat")
    body: dict[str, Any] = {} if part.get("cards") or part.get("cardsV2") else {"text": notification.message}
    body |= {"cards": _yaml(part, "cards")} if part.get("cards") else {}
    if part.get("cardsV2"):
        body["cardsV2"] = [{"cardId": digest.sha256(json.dumps(card))[:32], "card": card} for card in _yaml(part, "cardsV2")]
    url = chosen(options, "webhooks", destination)
    return _call(_threaded(url, str(part["threadKey"])) if part.get("threadKey") else url, json.dumps(body), options)


def _threaded(url: str, key: str) -> str:
    parts = urlsplit(url)
    further = [("threadKey", key), ("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD")]
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *further])))


def _yaml(part: Part, name: str) -> list[Any]:
    """Raises BadInput."""
    try:
        found = yaml.load(str(part[name]).encode())
    except yaml.YamlError as error:
        raise BadInput(f"googlechat.{name}: {error}") from error
    if not isinstance(found, list):
        raise BadInput(f"googlechat.{name}: expected a list")
    return found


def _listed(part: Part, kind: str, name: str) -> list[Any]:
    """Raises BadInput."""
    found = parsed(part[name], f"{kind}.{name}") if part.get(name) else []
    if not isinstance(found, list):
        raise BadInput(f"{kind}.{name}: expected a list")
    return found


def _call(url: str, body: bytes, options: Options) -> Call:
    return Call("POST", url, JSON, body, insecure=options.get("insecureSkipVerify") is True)
