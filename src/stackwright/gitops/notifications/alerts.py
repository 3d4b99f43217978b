"""What those who wake people up are sent, and those who draw lines into charts. Pure.

Source: notifications-engine pkg/services/{alertmanager,grafana,newrelic,opsgenie,pagerduty,pagerdutyv2}.go.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from stackwright.gitops.notifications.options import JSON, Options, basic, bearer, chosen, part_of, text
from stackwright.gitops.notifications.types import AnyOf, Call, Destination, Notification
from stackwright.kernel import json
from stackwright.kernel.clock import rfc3339
from stackwright.kernel.errors import BadInput

OPSGENIE_API, NEWRELIC_API = "api.opsgenie.com", "https://api.newrelic.com"
PAGERDUTY_API, PAGERDUTY_EVENTS = "https://api.pagerduty.com", "https://events.pagerduty.com"
ALERTMANAGER, ALERTMANAGER_PATH, ALERTMANAGER_SECONDS = "127.0.0.1:9093", "/api/v2/alerts", 3
_LONGEST_SECONDS = 10.0


def opsgenie(notification: Notification, destination: Destination, options: Options) -> Call:
    """The recipient is a team, which has a key of its own."""
    part = part_of(notification, "opsgenie")
    if part and not part.get("description"):
        raise BadInput("opsgenie: the template has no description")
    names = ("description", "priority", "alias", "note", "entity", "user", "actions", "tags", "visibleTo", "details")
    body: dict[str, Any] = {"message": notification.message, "source": "Argo CD"}
    body |= {"responders": [{"type": "team", "id": destination.recipient}]}
    body |= {name: part[name] for name in names if part.get(name)}
    host = text(options, "apiUrl", OPSGENIE_API).rstrip("/")
    headers = {**JSON, "authorization": f"GenieKey {chosen(options, 'apiKeys', destination)}"}
    return Call("POST", f"{host if '://' in host else f'https://{host}'}/v2/alerts", headers, json.dumps(body))


def pagerduty(notification: Notification, destination: Destination, options: Options) -> Call:
    """An incident of the service that is the recipient."""
    part = part_of(notification, "pagerduty")
    incident: dict[str, Any] = {"type": "incident", "title": text(part, "title")}
    incident |= {"service": {"id": destination.recipient, "type": "service_reference"}}
    incident |= {"priority": {"id": str(part["priorityID"]), "type": "priority"}} if part.get("priorityID") else {}
    incident |= {"urgency": str(part["urgency"])} if part.get("urgency") else {}
    incident |= {"body": {"type": "incident_details", "details": str(part["body"])}} if part.get("body") else {}
    headers = {**JSON, "accept": "application/vnd.pagerduty+json;version=2", "authorization": f"Token token={text(options, 'token')}"}
    headers |= {"from": str(options["from"])} if options.get("from") else {}
    url = f"{text(options, 'apiURL', PAGERDUTY_API).rstrip('/')}/incidents"
    return Call("POST", url, headers, json.dumps({"incident": incident}))


def pagerduty_v2(notification: Notification, destination: Destination, options: Options) -> Call:
    """An event. The recipient names one of `serviceKeys`."""
    key = chosen(options, "serviceKeys", destination)
    part = part_of(notification, "pagerdutyv2")
    if not part:
        raise BadInput("pagerdutyv2: the template says nothing for it")
    payload = {name: str(part.get(name) or "") for name in ("summary", "severity", "source")}
    payload |= {name: str(part[name]) for name in ("component", "group", "class") if part.get(name)}
    event: dict[str, Any] = {"routing_key": key, "event_action": "trigger", "payload": payload, "client": "ArgoCD"}
    event |= {"client_url": str(part["url"])} if part.get("url") else {}
    event |= {"dedup_key": str(part["dedupKey"])} if part.get("dedupKey") else {}
    return Call("POST", f"{text(options, 'apiURL', PAGERDUTY_EVENTS).rstrip('/')}/v2/enqueue", JSON, json.dumps(event))


def grafana(notification: Notification, destination: Destination, options: Options, now: datetime) -> Call:
    """An annotation. The recipient are its tags, with bars between."""
    tags = [destination.recipient, part_of(notification, "grafana").get("tags"), options.get("tags")]
    body = {
        "time": int(now.timestamp()) * 1000,
        "isRegion": False,
        "tags": [tag for each in tags if each for tag in str(each).split("|")],
        "text": notification.message,
    }
    url = f"{text(options, 'apiUrl').rstrip('/')}/annotations"
    return Call("POST", url, bearer(options, "apiKey"), json.dumps(body), insecure=options.get("insecureSkipVerify") is True)


def newrelic(notification: Notification, destination: Destination, options: Options) -> Call:
    """A deployment of the application that is the recipient, by its id."""
    part = part_of(notification, "newrelic")
    body = {"revision": str(part.get("revision") or "")}
    body |= {name: str(part[name]) for name in ("changelog", "user") if part.get(name)}
    body |= {"description": str(part.get("description") or notification.message)}
    url = f"{text(options, 'apiURL', NEWRELIC_API).rstrip('/')}/v2/applications/{quote(destination.recipient, safe='')}/deployments.json"
    return Call("POST", url, {**JSON, "x-api-key": text(options, "apiKey")}, json.dumps({"deployment": body}))


def alertmanager(notification: Notification, _destination: Destination, options: Options, now: datetime) -> AnyOf:
    """An alert for each of `targets`, which are one cluster: it is enough that one of them takes it."""
    part = part_of(notification, "alertmanager")
    if not isinstance(part.get("labels"), Mapping) or not part["labels"]:
        raise BadInput("alertmanager: the template has no labels")
    alert = {"labels": _texts(part["labels"]), "generatorURL": str(part.get("generatorURL") or ""), "startsAt": rfc3339(now)}
    alert |= {"annotations": _texts(part["annotations"])} if isinstance(part.get("annotations"), Mapping) else {}
    body = json.dumps([alert])
    scheme, path = text(options, "scheme", "http"), text(options, "apiPath", ALERTMANAGER_PATH)
    seconds = options.get("timeout") or ALERTMANAGER_SECONDS
    if not isinstance(seconds, int | float) or seconds < 0:
        raise BadInput(f"alertmanager: timeout: expected seconds, found {seconds!r}")
    headers = _login(options)
    insecure = options.get("insecureSkipVerify") is True
    urls = [f"{scheme}://{target}{path}" for target in options.get("targets") or (ALERTMANAGER,)]
    return AnyOf(tuple(Call("POST", url, headers, body, insecure=insecure, timeout_seconds=min(seconds, _LONGEST_SECONDS)) for url in urls))


def _login(options: Options) -> Mapping[str, str]:
    login = options.get("basicAuth")
    if isinstance(login, Mapping):
        return {**JSON, "authorization": basic(login)}
    return bearer(options, "bearerToken") if options.get("bearerToken") else JSON


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in values.items()}
