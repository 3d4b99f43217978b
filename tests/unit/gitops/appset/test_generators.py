"""What generators give, beside what the conformance cases show."""

from dataclasses import replace
from typing import Any

import pytest

from stackwright.gitops.appset.clusters import Cluster
from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.generators import parameter_sets, requeue_seconds

GITEA = "https://git.example.com/api/v1"


async def test_files_are_looked_for_only_below_what_the_pattern_names(world: Any) -> None:
    there = world(files={"envs/dev/config.yaml": "size: 1000000", "other/config.yaml": "size: 2"})
    found = await parameter_sets({"git": {"repoURL": "r", "files": [{"path": "envs/*/config.yaml"}]}}, there.inquiry())
    assert there.trees.asked == ["envs/**"]
    assert [(params["size"], params["path"]) for params in found] == [("1e+06", "envs/dev")]


async def test_a_path_prefix_keeps_two_git_generators_apart(world: Any) -> None:
    there = world(files={"a/x": "", "b/x": ""})
    directories = {"repoURL": "r", "directories": [{"path": "*"}, {"path": "b", "exclude": True}], "pathParamPrefix": "one"}
    assert await parameter_sets({"git": directories}, there.inquiry(go=True)) == [
        {"one": {"path": {"path": "a", "basename": "a", "basenameNormalized": "a", "segments": ["a"]}}}
    ]


async def test_the_repositories_of_a_forgejo_organisation(world: Any) -> None:
    repository = {"id": 7, "name": "shop", "owner": {"login": "org"}, "default_branch": "main", "clone_url": "https://g/shop.git"}
    there = world(
        answers={
            f"GET {GITEA}/orgs/org": {"id": 1},
            f"GET {GITEA}/orgs/org/repos?page=1&limit=50": [repository, {**repository, "name": "old", "archived": True}],
            f"GET {GITEA}/repos/org/shop/topics": {"topics": ["deploy"]},
            f"GET {GITEA}/repos/org/shop/branches/main": {"name": "main", "commit": {"id": "0123456789abcdef"}},
            f"GET {GITEA}/repos/org/shop/contents/chart?ref=main": [],
        },
        secrets={"token": {"key": "s3cret\n"}},
    )
    host = {
        "api": "https://git.example.com/",
        "owner": "org",
        "excludeArchivedRepos": True,
        "tokenRef": {"secretName": "token", "key": "key"},
    }
    filters = [{"repositoryMatch": "^none$"}, {"labelMatch": "dep", "pathsExist": ["chart"], "pathsDoNotExist": ["gone"]}]
    spec = {"scmProvider": {"gitea": host, "cloneProtocol": "https", "filters": filters, "values": {"short": "{{short_sha_7}}"}}}
    assert await parameter_sets(spec, there.inquiry()) == [
        {
            "organization": "org", "repository": "shop", "repository_id": "7", "url": "https://g/shop.git", "branch": "main",
            "branchNormalized": "main", "sha": "0123456789abcdef", "short_sha": "01234567", "short_sha_7": "0123456",
            "labels": "deploy", "values.short": "0123456",
        }
    ]  # fmt: skip
    assert {headers["authorization"] for _, _, headers, _ in there.web.asked} == {"token s3cret"}


@pytest.mark.parametrize(("type", "refused"), [("scm-creds", False), ("repository", True), ("", True)])
async def test_in_strict_mode_tokens_come_from_secrets_that_are_meant_for_it(world: Any, type: str, refused: bool) -> None:
    there = world(
        answers={f"GET {GITEA}/orgs/org": {"id": 1}, f"GET {GITEA}/orgs/org/repos?page=1&limit=50": []},
        secrets={"token": {"key": "s", "#type": type}},
    )
    host = {"api": "https://git.example.com/", "owner": "org", "tokenRef": {"secretName": "token", "key": "key"}}
    inquiry = replace(there.inquiry(), settings={"applicationsetcontroller.enable.tokenref.strict.mode": "true"})
    if not refused:
        assert await parameter_sets({"scmProvider": {"gitea": host}}, inquiry) == []
        return
    with pytest.raises(GeneratorError, match="secret argocd/token is not a valid SCM creds secret"):
        await parameter_sets({"scmProvider": {"gitea": host}}, inquiry)


@pytest.mark.parametrize(
    ("host", "url", "answer"),
    [
        (
            {"gitea": {"api": "https://git.example.com", "owner": "o", "repo": "r", "labels": ["go"]}},
            f"{GITEA}/repos/o/r/pulls?state=open&page=1&limit=50",
            {"number": 4, "title": "T", "head": {"ref": "b", "sha": "s"}, "base": {"ref": "main"}, "user": {"login": "me"}},
        ),
        (
            {"github": {"owner": "o", "repo": "r", "labels": ["go"]}},
            "https://api.github.com/repos/o/r/pulls?state=open&page=1&per_page=50",
            {"number": 4, "title": "T", "head": {"ref": "b", "sha": "s"}, "base": {"ref": "main"}, "user": {"login": "me"}},
        ),
        (
            {"gitlab": {"project": "o/r", "labels": ["go"], "pullRequestState": "opened"}},
            "https://gitlab.com/api/v4/projects/o%2Fr/merge_requests?state=opened&labels=go&page=1&per_page=50",
            {"iid": 4, "title": "T", "source_branch": "b", "target_branch": "main", "sha": "s", "author": {"username": "me"}},
        ),
    ],
    ids=["gitea", "github", "gitlab"],
)
async def test_pull_requests_of_every_host_are_told_alike(world: Any, host: Any, url: str, answer: Any) -> None:
    labels = ["go"] if "iid" in answer else [{"name": "go"}]
    there = world(answers={f"GET {url}": [{**answer, "labels": labels}]})
    spec = {"pullRequest": {**host, "filters": [{"branchMatch": "^b$", "targetBranchMatch": "main"}]}}
    found = await parameter_sets(spec, there.inquiry(go=True))
    assert [(p["number"], p["title"], p["branch"], p["target_branch"], p["head_sha"], p["author"], p["labels"]) for p in found] == [
        ("4", "T", "b", "main", "s", "me", ["go"])
    ]


async def test_a_host_that_refuses_is_an_error_and_no_empty_list(world: Any) -> None:
    with pytest.raises(GeneratorError, match="404"):
        await parameter_sets({"pullRequest": {"github": {"owner": "o", "repo": "gone"}}}, world().inquiry())


async def test_a_host_without_the_repository_gives_nothing_where_that_is_allowed(world: Any) -> None:
    spec = {"pullRequest": {"github": {"owner": "o", "repo": "gone"}, "continueOnRepoNotFoundError": True}}
    assert await parameter_sets(spec, world().inquiry()) == []


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [("enable.scm.providers", "false", "scm providers are disabled"), ("allowed.scm.providers", "https://git.ours, x", "not allowed")],
)
async def test_the_operator_says_which_hosts_are_asked(world: Any, setting: str, value: str, message: str) -> None:
    spec = {"pullRequest": {"gitea": {"owner": "o", "repo": "r", "api": "https://git.example.com"}}}
    asked = replace(world().inquiry(), settings={f"applicationsetcontroller.{setting}": value})
    with pytest.raises(GeneratorError, match=message):
        await parameter_sets(spec, asked)
    assert asked.web.asked == []  # type: ignore[attr-defined]


async def test_a_plugin_is_asked_with_its_token_and_its_input_comes_back(world: Any) -> None:
    url = "http://plugin.argocd/api/v1/getparams.execute"
    there = world(
        answers={f"POST {url}": {"output": {"parameters": [{"a": {"b": 1}}]}}},
        configs={"plugin": {"baseUrl": "http://plugin.argocd/", "token": "$plugin-secret:token"}},
        secrets={"plugin-secret": {"token": "t0ken"}},
    )
    spec = {"plugin": {"configMapRef": {"name": "plugin"}, "input": {"parameters": {"k": "v"}}, "values": {"x": "{{a.b}}"}}}
    assert await parameter_sets(spec, there.inquiry()) == [{"a.b": "1", "generator.input.parameters.k": "v", "values.x": "1"}]
    assert there.web.asked == [
        ("POST", url, {"authorization": "Bearer t0ken"}, {"applicationSetName": "set", "input": {"parameters": {"k": "v"}}})
    ]


async def test_a_token_that_stands_in_the_open_is_refused(world: Any) -> None:
    there = world(configs={"plugin": {"baseUrl": "http://plugin", "token": "t0ken"}})
    with pytest.raises(GeneratorError, match="not a reference to a Secret"):
        await parameter_sets({"plugin": {"configMapRef": {"name": "plugin"}}}, there.inquiry())


async def test_clusters_that_somebody_else_decided_on(world: Any) -> None:
    decisions = {"metadata": {"name": "d"}, "status": {"decisions": [{"clusterName": "one", "reason": "r"}, {"clusterName": "gone"}]}}
    config = {"apiVersion": "example.com/v1", "kind": "placementdecisions", "statusListKey": "decisions", "matchKey": "clusterName"}
    there = world(configs={"c": config}, listed=[decisions], clusters=[Cluster("one", "https://one")])
    spec = {"clusterDecisionResource": {"configMapRef": "c", "name": "d", "values": {"v": "{{name}}"}}}
    assert await parameter_sets(spec, there.inquiry()) == [
        {"name": "one", "server": "https://one", "clusterName": "one", "reason": "r", "values.v": "one"}
    ]


async def test_generators_may_be_nested_once(world: Any) -> None:
    listing = {"list": {"elements": [{"a": "1"}]}}
    other = {"list": {"elements": [{"b": "1"}]}}
    inner = {"matrix": {"generators": [listing, other]}}
    third = {"list": {"elements": [{"c": "{{a}}{{b}}"}]}}
    assert await parameter_sets({"matrix": {"generators": [inner, third]}}, world().inquiry()) == [{"a": "1", "b": "1", "c": "11"}]
    with pytest.raises(GeneratorError, match="nested too deeply"):
        deeper = {"matrix": {"generators": [inner, third]}}
        await parameter_sets({"matrix": {"generators": [deeper, third]}}, world().inquiry())


def test_it_is_asked_again_after_the_shortest_time_that_any_generator_wants() -> None:
    listing, git = {"list": {}}, {"git": {"repoURL": "r"}}
    assert requeue_seconds([listing, {"clusters": {}}]) is None
    assert requeue_seconds([{"matrix": {"generators": [listing, git]}}, {"pullRequest": {"requeueAfterSeconds": 60}}]) == 60
    assert requeue_seconds([git]) == 180


@pytest.mark.parametrize("child", [None, 3, {}, {"list": {}, "git": {}}, {"git": "x"}, {"list": {"elements": ["x"]}}])
async def test_what_is_no_generator_is_told(world: Any, child: Any) -> None:
    with pytest.raises(GeneratorError):
        await parameter_sets({"matrix": {"generators": [child, {"list": {"elements": []}}]}}, world().inquiry())


async def test_a_filter_that_cannot_be_read_is_told_by_its_name(world: Any) -> None:
    pull = {"number": 4, "title": "T", "head": {"ref": "b", "sha": "s"}, "base": {"ref": "main"}, "user": {"login": "me"}, "labels": []}
    there = world(answers={"GET https://api.github.com/repos/o/r/pulls?state=open&page=1&per_page=50": [pull]})
    spec = {"pullRequest": {"github": {"owner": "o", "repo": "r"}, "filters": [{"targetBranchMatch": "a("}]}}
    with pytest.raises(GeneratorError, match=r'error compiling TargetBranchMatch regexp "a\(": error parsing regexp: missing closing \)'):
        await parameter_sets(spec, there.inquiry())
