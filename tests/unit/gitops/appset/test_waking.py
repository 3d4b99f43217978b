"""Which sets look again after what a git host tells."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from stackwright.gitops.appset.waking import concerned
from stackwright.gitops.webhooks import Told, WebhookRefused, parse

GITHUB = {
    "action": "synchronize",
    "repository": {"name": "Shop", "owner": {"login": "Org"}, "url": "https://api.github.com/repos/Org/Shop"},
}
GITEA = {"action": "opened", "repository": {"name": "shop", "owner": {"login": "org"}, "html_url": "https://git.example.com/org/shop"}}
GITLAB = {
    "object_attributes": {"action": "update", "target_project_id": 15},
    "project": {"web_url": "https://gitlab.example.com/group/shop", "path_with_namespace": "group/shop"},
}
AZURE = {"eventType": "git.pullrequest.created", "resource": {"repository": {"name": "shop", "project": {"name": "team"}}}}
BITBUCKET = {"repository": {"full_name": "org/shop"}, "pullrequest": {"id": 1}}
SERVER = {"pullRequest": {"toRef": {"repository": {"slug": "shop", "name": "shop", "project": {"key": "PRO"}}}}}
PUSH = {"ref": "refs/heads/main", "repository": {"html_url": "https://git.example.com/org/shop", "default_branch": "main"}}


def told(payload: Any, **headers: str) -> Told:
    return parse("POST", {key.replace("_", "-"): value for key, value in headers.items()}, json.dumps(payload).encode(), {})


def appset(*generators: Any) -> Any:
    return {"metadata": {"name": "set"}, "spec": {"generators": list(generators)}}


@pytest.mark.parametrize(
    ("payload", "headers", "mine", "others"),
    [
        (GITHUB, {"x_github_event": "pull_request"}, {"github": {"owner": "org", "repo": "shop"}},
         [{"github": {"owner": "org", "repo": "x"}}, {"github": {"owner": "org", "repo": "shop", "api": "https://ghe.example.com"}}]),
        (GITEA, {"x_gitea_event": "pull_request", "x_github_event": "pull_request"},
         {"gitea": {"owner": "org", "repo": "shop", "api": "https://git.example.com/"}},
         [{"gitea": {"owner": "org", "repo": "shop", "api": "https://other.example.com/"}}, {"github": {"owner": "org", "repo": "shop"}}]),
        (GITLAB, {"x_gitlab_event": "Merge Request Hook"}, {"gitlab": {"project": "15", "api": "https://gitlab.example.com/"}},
         [{"gitlab": {"project": "15"}}, {"gitlab": {"project": "16", "api": "https://gitlab.example.com/"}}]),
        (GITLAB, {"x_gitlab_event": "Merge Request Hook"}, {"gitlab": {"project": "group/shop", "api": "https://gitlab.example.com/"}}, []),
        (AZURE, {"x_vss_activityid": "1"}, {"azuredevops": {"project": "team", "repo": "shop"}},
         [{"azuredevops": {"project": "x", "repo": "shop"}}]),
        (BITBUCKET, {"x_hook_uuid": "u", "x_event_key": "pullrequest:updated"}, {"bitbucket": {"owner": "org", "repo": "shop"}},
         [{"bitbucket": {"owner": "x", "repo": "shop"}}]),
        (SERVER, {"x_event_key": "pr:from_ref_updated"}, {"bitbucketServer": {"project": "PRO", "repo": "shop"}},
         [{"bitbucketServer": {"project": "PRO", "repo": "x"}}]),
    ],
    ids=["github", "gitea", "gitlab by number", "gitlab by path", "azure", "bitbucket", "bitbucket server"],
)  # fmt: skip
def test_a_pull_request_wakes_the_sets_that_list_it(payload: Any, headers: dict[str, str], mine: Any, others: Any) -> None:
    event = told(payload, **headers)
    nested = appset({"matrix": {"generators": [{"list": {"elements": []}}, {"pullRequest": mine}]}})
    assert concerned(event, [nested]) == [nested]
    assert concerned(event, [appset({"pullRequest": other}) for other in others]) == []


@pytest.mark.parametrize(
    ("payload", "headers"),
    [
        ({**GITHUB, "action": "assigned"}, {"x_github_event": "pull_request"}),
        ({**GITLAB, "object_attributes": {"action": "approved", "target_project_id": 15}}, {"x_gitlab_event": "Merge Request Hook"}),
        ({**AZURE, "eventType": "git.repo.created"}, {"x_vss_activityid": "1"}),
        (GITHUB, {"x_github_event": "star"}),
    ],
)
def test_what_changes_no_list_wakes_nobody(payload: Any, headers: dict[str, str]) -> None:
    assert told(payload, **headers) == Told()
    assert concerned(told(payload, **headers), [appset({"plugin": {}})]) == []


def test_a_push_wakes_sets_that_read_the_branch_and_all_that_ask_a_plugin() -> None:
    url = "git@git.example.com:org/shop.git"
    reading, other = appset({"git": {"repoURL": url, "revision": "HEAD"}}), appset({"git": {"repoURL": url, "revision": "dev"}})
    asking = appset({"merge": {"generators": [{"plugin": {"configMapRef": {"name": "x"}}}]}})
    assert concerned(told(PUSH, x_github_event="push"), [reading, other, asking]) == [reading, asking]


def test_a_pull_request_is_believed_only_when_it_is_signed() -> None:
    body, secrets = json.dumps(GITHUB).encode(), {"webhook.github.secret": "word"}
    good = "sha256=" + hmac.new(b"word", body, hashlib.sha256).hexdigest()
    headers = {"x-github-event": "pull_request", "x-hub-signature-256": good}
    assert parse("POST", headers, body, secrets).pull_requests
    with pytest.raises(WebhookRefused):
        parse("POST", {**headers, "x-hub-signature-256": "sha256=00"}, body, secrets)
