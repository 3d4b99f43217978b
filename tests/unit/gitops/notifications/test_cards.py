"""Cards for Teams and Google Chat."""

import json
from typing import Any

import pytest

from stackwright.gitops.notifications import cards
from stackwright.gitops.notifications.types import Call, Destination, Notification
from stackwright.kernel.errors import BadInput

NORTH = Destination("chat", "north")
URL = "https://chat.example.org/hook?key=a"
FACTS = '[{"name": "sha", "value": 1}]'
ACTIONS = '[{"@type": "OpenUri", "name": "Open", "targets": [{"os": "default", "uri": "https://cd"}]}, {"@type": "HttpPOST"}]'
FIELDS = {"title": "Live", "themeColor": "Good", "facts": FACTS, "sections": '[{"facts": []}]', "potentialAction": ACTIONS}


def body_of(call: Call) -> Any:
    return json.loads(call.body)


def test_teams_gets_facts_sections_and_actions_or_a_message_of_ones_own() -> None:
    options = {"recipientUrls": {"north": URL}}
    found = body_of(cards.teams(Notification("told", {"teams": FIELDS}), NORTH, options))
    assert (found["text"], found["title"]) == ("told", "Live")
    assert found["sections"] == [{"facts": []}, {"facts": [{"name": "sha", "value": 1}]}]
    assert found["potentialAction"] == json.loads(ACTIONS)
    assert cards.teams(Notification("told", {"teams": {"template": "{own}"}}), NORTH, options).body == b"{own}"


def test_a_workflow_of_teams_gets_an_adaptive_card() -> None:
    options = {"recipientUrls": {"north": URL}}
    found = body_of(cards.teams_workflows(Notification("told", {"teams-workflows": FIELDS}), NORTH, options))
    card = found["attachments"][0]["content"]
    assert card["body"] == [
        {"type": "TextBlock", "text": "Live", "size": "Large", "weight": "Bolder", "color": "Good", "wrap": True},
        {"type": "TextBlock", "text": "told", "wrap": True},
        {"type": "FactSet", "facts": [{"title": "sha", "value": "1"}]},
    ]
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open", "url": "https://cd"}]
    own = Notification("told", {"teams-workflows": {"adaptiveCard": '{"type": "AdaptiveCard"}'}})
    assert body_of(cards.teams_workflows(own, NORTH, options))["attachments"][0]["content"] == {"type": "AdaptiveCard"}


def test_google_chat_gets_cards_in_place_of_the_message_and_threads() -> None:
    part = {"cardsV2": "- header: {title: Live}\n", "threadKey": "shop"}
    call = cards.google_chat(Notification("told", {"googlechat": part}), NORTH, {"webhooks": {"north": URL}})
    assert call.url == f"{URL}&threadKey=shop&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
    found = body_of(call)
    assert (list(found), found["cardsV2"][0]["card"]) == (["cardsV2"], {"header": {"title": "Live"}})
    old = cards.google_chat(Notification("told", {"googlechat": {"cards": "- {name: a}"}}), NORTH, {"webhooks": {"north": URL}})
    assert body_of(old) == {"cards": [{"name": "a"}]}
    assert body_of(cards.google_chat(Notification("told"), NORTH, {"webhooks": {"north": URL}})) == {"text": "told"}


@pytest.mark.parametrize(
    ("part", "told"), [({"facts": "{}"}, "teams.facts: expected a list"), ({"sections": "["}, "teams.sections is not JSON")]
)
def test_what_is_no_list_is_named(part: dict[str, str], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        cards.teams(Notification("told", {"teams": part}), NORTH, {"recipientUrls": {"north": URL}})
