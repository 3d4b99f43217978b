"""What services are sent, as a server on the other side sees it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from stackwright.adapters.outgoing import OutgoingSender
from stackwright.gitops.notifications.commits import Commits
from stackwright.gitops.notifications.ports import Undelivered
from stackwright.gitops.notifications.rendering import environment_of, render
from stackwright.gitops.notifications.services import outgoing
from stackwright.gitops.notifications.settings import parse_settings
from stackwright.gitops.notifications.types import Destination
from stackwright.gitops.ports import RevisionMetadata
from stackwright.kernel.errors import BadInput

from .test_sending import http_server, response

SHA = "a" * 40
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
APP: dict[str, Any] = {
    "metadata": {"name": "shop", "namespace": "argocd"},
    "spec": {"source": {"repoURL": "git@github.com:team/shop.git"}},
    "status": {"sync": {"revision": SHA}, "operationState": {"syncResult": {"revision": SHA}}},
}
TEMPLATE = """
message: '{{.app.metadata.name}} is live'
slack: {groupingKey: '{{.app.metadata.name}}', notifyBroadcast: true, deliveryPolicy: POLICY}
rocketchat: {attachments: '[{"title": "{{.app.metadata.name}}"}]'}
opsgenie: {description: 'About {{.app.metadata.name}}', priority: P1, tags: ['{{.serviceType}}']}
pagerduty: {title: '{{.app.metadata.name}}', body: 'it broke', urgency: high, priorityID: P7}
pagerdutyv2: {summary: '{{.app.metadata.name}}', severity: critical, source: cd, component: web, url: 'https://cd', dedupKey: k}
grafana: {tags: 'live|{{.app.metadata.name}}'}
newrelic: {description: ''}
alertmanager: {labels: {severity: page, app: '{{.app.metadata.name}}'}, annotations: {sha: '{{.app.status.sync.revision}}'}}
"""


@dataclass(frozen=True)
class Seen:
    line: str
    headers: dict[str, str]
    body: Any


def seen(raw: bytes) -> Seen:
    head, _, body = raw.partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in rest)}
    form = headers.get("content-type") == "application/x-www-form-urlencoded"
    return Seen(line.removesuffix(" HTTP/1.1"), headers, dict(parse_qsl(body.decode())) if form else json.loads(body or b"null"))


@asynccontextmanager
async def service(*answers: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that gives the answers in turn, the last of them again and again."""
    asked: list[bytes] = []
    left = list(answers)

    async with http_server(lambda: left.pop(0) if len(left) > 1 else left[0], asked) as url:
        yield url, asked


async def deliver(sender: OutgoingSender, kind: str, options: str, recipient: str = "", policy: str = "Post") -> None:
    data = {f"service.{kind}": options, "template.live": TEMPLATE.replace("POLICY", policy)}
    settings = parse_settings(data, {"word": "hidden"})
    destination = Destination(kind, recipient)
    commits = Commits({SHA: RevisionMetadata("Ada <ada@example.org>", "2026-03-01T11:00:00Z", "Make it fast")})
    environment = environment_of(APP, settings, lambda: NOW, commits)
    await sender.send(outgoing(render(("live",), settings, destination, environment), destination, settings, APP, NOW))


def sender() -> OutgoingSender:
    return OutgoingSender(lambda _told: False)


MESSAGE = "shop is live"
ALERT = {
    "labels": {"alertname": "live", "severity": "page", "app": "shop"},
    "annotations": {"sha": SHA},
    "generatorURL": "https://github.com/team/shop.git",
    "startsAt": "2026-03-01T12:00:00Z",
}
INCIDENT = {
    "type": "incident",
    "title": "shop",
    "service": {"id": "PS1", "type": "service_reference"},
    "priority": {"id": "P7", "type": "priority"},
    "urgency": "high",
    "body": {"type": "incident_details", "details": "it broke"},
}
EVENT = {
    "routing_key": "hidden",
    "event_action": "trigger",
    "client": "ArgoCD",
    "client_url": "https://cd",
    "dedup_key": "k",
    "payload": {"summary": "shop", "severity": "critical", "source": "cd", "component": "web"},
}
DEPLOYMENT = {"revision": SHA, "changelog": "Make it fast", "user": "Ada <ada@example.org>", "description": MESSAGE}
PAGE = {"description": "About shop", "priority": "P1", "tags": ["opsgenie"], "responders": [{"type": "team", "id": "ops"}]}


@pytest.mark.parametrize(
    ("kind", "options", "recipient", "line", "headers", "body"),
    [
        (
            "opsgenie",
            "{apiUrl: '%s', apiKeys: {ops: $word}}",
            "ops",
            "POST /v2/alerts",
            {"authorization": "GenieKey hidden"},
            {"message": MESSAGE, "source": "Argo CD", **PAGE},
        ),
        (
            "pagerduty",
            "{apiURL: '%s', token: $word, from: me@example.org}",
            "PS1",
            "POST /incidents",
            {"authorization": "Token token=hidden", "from": "me@example.org", "accept": "application/vnd.pagerduty+json;version=2"},
            {"incident": INCIDENT},
        ),
        ("pagerdutyv2", "{apiURL: '%s', serviceKeys: {shop: $word}}", "shop", "POST /v2/enqueue", {}, EVENT),
        (
            "grafana",
            "{apiUrl: '%s/api', apiKey: $word, tags: all}",
            "a|b",
            "POST /api/annotations",
            {"authorization": "Bearer hidden"},
            {"time": 1772366400000, "isRegion": False, "tags": ["a", "b", "live", "shop", "all"], "text": MESSAGE},
        ),
        (
            "newrelic",
            "{apiURL: '%s/', apiKey: $word}",
            "42",
            "POST /v2/applications/42/deployments.json",
            {"x-api-key": "hidden"},
            {"deployment": DEPLOYMENT},
        ),
        (
            "telegram",
            "{apiURL: '%s', token: 1:$word}",
            "-100",
            "POST /bot1:hidden/sendMessage",
            {},
            {"chat_id": "-100", "text": MESSAGE, "parse_mode": "Markdown"},
        ),
        (
            "telegram",
            "{apiURL: '%s', token: 1:$word}",
            "news",
            "POST /bot1:hidden/sendMessage",
            {},
            {"chat_id": "@news", "text": MESSAGE, "parse_mode": "Markdown"},
        ),
        (
            "webex",
            "{apiURL: '%s', token: $word}",
            "a@example.org",
            "POST /v1/messages",
            {"authorization": "Bearer hidden"},
            {"toPersonEmail": "a@example.org", "markdown": MESSAGE},
        ),
        ("webex", "{apiURL: '%s', token: $word}", "room", "POST /v1/messages", {}, {"roomId": "room", "markdown": MESSAGE}),
        (
            "pushover",
            "{apiURL: '%s', token: $word}",
            "someone",
            "POST /1/messages.json",
            {},
            {"token": "hidden", "user": "someone", "message": MESSAGE, "priority": "0"},
        ),
    ],
)
async def test_a_service_is_asked_as_it_wants_to_be(
    kind: str, options: str, recipient: str, line: str, headers: dict[str, str], body: dict[str, Any]
) -> None:
    async with service(response("202 Accepted")) as (url, asked):
        await deliver(sender(), kind, options % url, recipient)
    found = seen(asked[0])
    assert (found.line, found.body, {name: found.headers.get(name) for name in headers}) == (line, body, headers)


async def test_one_alertmanager_of_several_is_enough_and_none_is_not() -> None:
    async with service(response("200 OK")) as (url, asked):
        host = url.removeprefix("http://")
        options = f"{{targets: ['127.0.0.1:9', '{host}'], basicAuth: {{username: me, password: $word}}}}"
        await deliver(sender(), "alertmanager", options)
    found = seen(asked[0])
    assert (found.line, found.headers["authorization"], found.body) == ("POST /api/v2/alerts", "Basic bWU6aGlkZGVu", [ALERT])
    with pytest.raises(Undelivered) as caught:
        await deliver(sender(), "alertmanager", "{targets: ['127.0.0.1:9']}")
    assert caught.value.transient


async def test_rocket_chat_is_logged_in_to_first() -> None:
    let_in = response("200 OK", '{"status": "success", "data": {"authToken": "t", "userId": "u"}}')
    options = "{serverUrl: '%s', email: cd@example.org, password: $word, alias: CD, icon: ':ship:', avatar: nowhere}"
    async with service(let_in, response("200 OK", '{"success": true}')) as (url, asked):
        await deliver(sender(), "rocketchat", options % url, "#ops")
    login, post = (seen(each) for each in asked)
    assert (login.line, login.body) == ("POST /api/v1/login", {"user": "cd@example.org", "password": "hidden"})
    assert (post.line, post.headers["x-auth-token"], post.headers["x-user-id"]) == ("POST /api/v1/chat.postMessage", "t", "u")
    assert post.body == {"text": MESSAGE, "channel": "#ops", "alias": "CD", "emoji": ":ship:", "attachments": [{"title": "shop"}]}


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (['{"status": "error"}'], "lets nobody in"),
        (['{"data": {"authToken": "t", "userId": "u"}}', '{"success": false, "error": "no-room"}'], "no-room"),
        (["<html>"], "not JSON"),
    ],
)
async def test_rocket_chats_refusals_are_told_without_secrets(answers: list[str], told: str) -> None:
    async with service(*(response("200 OK", each) for each in answers)) as (url, _):
        with pytest.raises(Undelivered, match=told) as caught:
            await deliver(sender(), "rocketchat", f"{{serverUrl: '{url}', email: a@example.org, password: $word}}", "room")
    assert (caught.value.transient, "hidden" in caught.value.message) == (False, False)


@pytest.mark.parametrize(
    ("policy", "later"),
    [
        ("Post", [("chat.postMessage", "ops", "1.5", None)]),
        ("PostAndUpdate", [("chat.postMessage", "ops", "1.5", None), ("chat.update", "C1", None, "1.5")]),
        ("Update", [("chat.update", "C1", None, "1.5")]),
    ],
)
async def test_messages_of_one_key_are_a_thread_in_slack(policy: str, later: list[tuple[Any, ...]]) -> None:
    async with service(response("200 OK", '{"ok": true, "ts": "1.5", "channel": "C1"}')) as (url, asked):
        slack = sender()
        for recipient in ("ops", "ops", "other"):
            await deliver(slack, "slack", f"{{apiURL: '{url}', token: $word, disableUnfurl: true}}", recipient, policy)
    calls = [seen(each) for each in asked]
    summary = [(call.line.rpartition("/")[2], *(call.body.get(name) for name in ("channel", "thread_ts", "ts"))) for call in calls]
    posted = [("chat.postMessage", channel, None, None) for channel in ("ops", "other")]
    assert summary == [posted[0], *later, posted[1]]
    broadcast = {call.body.get("reply_broadcast") for call in calls if call.line.endswith("postMessage")}
    assert (broadcast, calls[0].body["unfurl_links"], calls[0].headers["authorization"]) == ({True}, False, "Bearer hidden")


async def test_a_thread_whose_first_message_was_refused_begins_with_the_next() -> None:
    refused, taken = response("200 OK", '{"ok": false, "error": "ratelimited"}'), response("200 OK", '{"ok": true, "ts": "2"}')
    async with service(refused, taken) as (url, asked):
        slack, options = sender(), f"{{apiURL: '{url}', token: $word}}"
        with pytest.raises(Undelivered) as caught:
            await deliver(slack, "slack", options, "ops")
        for _ in range(2):
            await deliver(slack, "slack", options, "ops")
    assert (caught.value.transient, [seen(each).body.get("thread_ts") for each in asked]) == (True, [None, None, "2"])


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        ("opsgenie", "{apiKeys: {}}", "apiKeys of the service has no 'ops'"),
        ("pagerduty", "{}", "no token"),
        ("pagerdutyv2", "{serviceKeys: {other: x}}", "serviceKeys"),
        ("grafana", "{apiKey: x}", "no apiUrl"),
        ("newrelic", "{}", "no apiKey"),
        ("rocketchat", "{serverUrl: 'https://chat', email: x}", "no password"),
        ("alertmanager", "{timeout: soon}", "timeout"),
        ("pushover", "{}", "no token"),
    ],
)
async def test_a_service_that_is_not_configured_well_says_what_it_lacks(kind: str, options: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        await deliver(sender(), kind, options, "ops")
