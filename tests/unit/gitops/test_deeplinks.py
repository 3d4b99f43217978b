"""Links to other systems."""

from typing import Any

import pytest

from stackwright.gitops.deeplinks import Link, facts_of, links_of, shown

APP = {
    "metadata": {"name": "web", "namespace": "argocd", "annotations": {"splunkhost": "splunk.example.com"}},
    "spec": {"project": "shop", "destination": {"namespace": "prod"}},
}
FACTS = facts_of(app=APP, resource={"kind": "Pod", "metadata": {"name": "p"}}, cluster={"server": "https://x", "name": "in-cluster"})


def found(entries: str) -> tuple[list[Link], list[str]]:
    return links_of("application", {"application.links": entries}, FACTS)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("{title: t, url: 'https://a?ns={{.app.spec.destination.namespace}}'}", "https://a?ns=prod"),
        (
            "{title: t, url: 'https://{{.application.metadata.annotations.splunkhost}}/{{.cluster.name | upper}}'}",
            "https://splunk.example.com/IN-CLUSTER",
        ),
        ("{title: t, url: 'https://a/{{.resource.kind}}', if: 'resource.kind == \"Pod\"'}", "https://a/Pod"),
    ],
)
def test_a_link_is_filled_in_from_what_it_stands_beside(entry: str, url: str) -> None:
    assert found(f"[{entry}]") == ([Link("t", url)], [])


def test_a_link_whose_condition_does_not_hold_is_left_out_in_silence() -> None:
    assert found("[{title: t, url: 'https://a', if: 'app.spec.project == \"other\"'}]") == ([], [])


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("[{title: t, url: 'https://a', if: 'app.spec.project'}]", "neither true nor false"),
        ("[{title: t, url: 'https://a', if: '=='}]", "application.links: t:"),
        ("[{title: t, url: 'https://{{.app'}]", "application.links: t:"),
        ("[{title: t}]", "expected a title and a url"),
        ("[{title: t, url: 'javascript:alert(1)'}]", "leads nowhere that a browser should go"),
        ("{a: b}", "expected a list"),
    ],
)
def test_what_is_wrong_with_a_link_is_told_and_the_others_stay(entries: str, said: str) -> None:
    links, problems = found(entries)
    assert (links, len(problems)) == ([], 1)
    assert said in problems[0]
    both = (
        found(entries[:-1] + ", {title: good, url: 'https://good'}]") if entries.startswith("[") else ([Link("good", "https://good")], [])
    )
    assert both[0] == [Link("good", "https://good")]


def test_links_are_shown_as_argo_cd_shows_them() -> None:
    links, _ = found("[{title: t, url: 'https://a', description: why, icon.class: fa-book}, {title: u, url: 'https://b'}]")
    want: list[Any] = [{"title": "t", "url": "https://a", "description": "why", "iconClass": "fa-book"}, {"title": "u", "url": "https://b"}]
    assert shown(links) == want


def test_who_manages_an_application_elsewhere_may_be_asked_too() -> None:
    app = {"metadata": {"name": "a", "annotations": {"argocd.argoproj.io/managed-by-url": "https://other"}}}
    assert facts_of(app=app)["managedByURL"] == "https://other"
