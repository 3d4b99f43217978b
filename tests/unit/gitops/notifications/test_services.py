"""What is sent."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stackwright.gitops.notifications.functions import full_name, to_https
from stackwright.gitops.notifications.rendering import environment_of, render
from stackwright.gitops.notifications.services import outgoing
from stackwright.gitops.notifications.settings import parse_settings
from stackwright.gitops.notifications.types import Call, CommitStatus, Destination, Mail, Outgoing
from stackwright.kernel.errors import BadInput

SHA = "a" * 40
NOW = datetime(2026, 3, 1, tzinfo=UTC)
APP: dict[str, Any] = {
    "metadata": {"name": "shop", "namespace": "argocd"},
    "spec": {"source": {"repoURL": "git@github.com:team/shop.git"}},
    "status": {"sync": {"revision": SHA, "status": "Synced"}, "operationState": {"syncResult": {"revision": SHA}, "message": "it broke"}},
}
TEMPLATE = """
message: '{{.app.metadata.name | upper}} over {{.serviceType}} to {{.recipient}}'
email: {subject: "About {{.app.metadata.name}}", body: "<b>{{.context.site}}</b>"}
slack: {attachments: '[{"title": "{{.app.metadata.name}}"}]'}
webhook:
  ci: {method: POST, path: "/api/{{.app.metadata.name}}", body: '{"sha": "{{.app.status.sync.revision}}"}'}
github: {status: {state: failure, label: "cd/{{.app.metadata.name}}", targetURL: "{{call .repo.RepoURLToHTTPS .app.spec.source.repoURL}}"}}
"""


def sent(service: str, recipient: str = "", **services: str) -> Outgoing:
    data = {f"service.{name.replace('__', '.')}": text for name, text in services.items()}
    settings = parse_settings({**data, "template.t": TEMPLATE, "context": "site: north"}, {"word": "hidden"})
    destination = Destination(service, recipient)
    environment = environment_of(APP, settings, lambda: NOW)
    return outgoing(render(("t",), settings, destination, environment), destination, settings, APP, NOW)


def test_a_webhook_gets_what_its_template_says() -> None:
    options = "{url: 'https://ci.example.org/', headers: [{name: X-Key, value: $word}], basicAuth: {username: me, password: $word}}"
    call = sent("ci", webhook__ci=options)
    headers = {"X-Key": "hidden", "Authorization": "Basic bWU6aGlkZGVu"}
    assert call == Call("POST", "https://ci.example.org/api/shop", headers, f'{{"sha": "{SHA}"}}'.encode())
    assert "hidden" not in repr(call)


def test_slack_is_asked_with_a_token_and_any_chat_by_an_incoming_webhook() -> None:
    call = sent("slack", "ops", slack="{token: $word, username: bot, icon: ':rocket:'}")
    assert isinstance(call, Call)
    assert (call.url, call.headers["authorization"], call.expects_ok) == ("https://slack.com/api/chat.postMessage", "Bearer hidden", True)
    text = {"text": "SHOP over slack to ops", "attachments": [{"title": "shop"}]}
    assert json.loads(call.body) == {**text, "channel": "ops", "username": "bot", "icon_emoji": ":rocket:"}
    hook = sent("chat", slack__chat="{webhookUrl: 'https://chat.example.org/hook'}")
    assert isinstance(hook, Call)
    assert (hook.url, hook.expects_ok) == ("https://chat.example.org/hook", False)


def test_mails_have_a_subject_of_one_line() -> None:
    mail = sent("email", "a@example.org", email="{host: mail.example.org, port: 465, from: cd@example.org, html: true}")
    assert mail == Mail("mail.example.org", 465, "cd@example.org", ("a@example.org",), "About shop", "<b>north</b>", html=True)
    with pytest.raises(BadInput, match="recipient"):
        sent("email", "a@example.org\r\nBcc: x", email="{host: mail.example.org, from: cd@example.org}")


def test_commits_are_marked_on_our_own_forge_and_elsewhere_with_a_token() -> None:
    url = "https://github.com/team/shop.git"
    assert sent("forge") == CommitStatus(url, SHA, "failure", "cd/shop", "SHOP over forge to", url)
    call = sent("github", github="{token: $word}")
    assert isinstance(call, Call)
    assert (call.url, call.headers["authorization"]) == (f"https://api.github.com/repos/team/shop/statuses/{SHA}", "token hidden")
    assert json.loads(call.body)["context"] == "cd/shop"


def test_further_chats() -> None:
    teams = sent("teams", "north", teams="{recipientUrls: {north: 'https://teams.example.org/1'}}")
    google = sent("googlechat", "north", googlechat="{webhooks: {north: 'https://google.example.org/1'}}")
    mattermost = sent("mattermost", "id", mattermost="{apiURL: 'https://mm.example.org', token: $word}")
    urls = [call.url for call in (teams, google, mattermost) if isinstance(call, Call)]
    assert urls == ["https://teams.example.org/1", "https://google.example.org/1", "https://mm.example.org/api/v4/posts"]


@pytest.mark.parametrize(
    ("service", "services", "told"),
    [
        ("slack", {}, "not configured"),
        ("slack", {"slack": "{}"}, "has no token"),
        ("pigeon", {"pigeon": "{}"}, "no services of type"),
        ("teams", {"teams": "{recipientUrls: {}}"}, "recipientUrls"),
        ("email", {"email": "{port: x, host: h, from: f}"}, "port"),
    ],
)
def test_what_is_not_configured_says_so(service: str, services: dict[str, str], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        sent(service, "nobody", **services)


def test_a_template_that_cannot_be_filled_in_is_named() -> None:
    settings = parse_settings({"template.bad": "message: '{{.app.metadata.name | nothing}}'"}, {})
    environment = environment_of(APP, settings, lambda: NOW)
    for name in ("bad", "missing"):
        with pytest.raises(BadInput, match=name):
            render((name,), settings, Destination("slack", ""), environment)


@pytest.mark.parametrize("name", list(parse_settings({}, {}).templates))
def test_the_catalogues_templates_can_be_filled_in(name: str) -> None:
    settings = parse_settings({"context": "argocdUrl: https://argocd.example.org"}, {})
    environment = environment_of(APP, settings, lambda: NOW)
    found = render((name,), settings, Destination("slack", ""), environment)
    assert found.message.splitlines()[-1] == "https://argocd.example.org/applications/argocd/shop"
    assert json.loads(found.parts["slack"]["attachments"])[0]["title"] == "shop"


def test_addresses_of_repositories() -> None:
    assert to_https("git@github.com:team/shop.git") == "https://github.com/team/shop.git"
    assert to_https("https://me:word@git.example.org/team/shop.git") == "https://git.example.org/team/shop.git"
    assert full_name("https://localhost:8443/gitea/team/shop.git") == "team/shop"
