"""ApplicationSets, case by case as Argo CD has them."""

import fnmatch
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from stackwright.gitops.appset.applications import problems, wanted
from stackwright.gitops.appset.clusters import clusters_of
from stackwright.gitops.appset.generators import Inquiry, parameter_sets
from stackwright.gitops.appset.ports import Answer
from stackwright.gitops.appset.templates import templating_of
from stackwright.kernel.errors import StackwrightError

CASES = Path(__file__).parents[4] / "shared" / "conformance" / "appset" / "cases.jsonl"


def cases() -> list[Any]:
    if not CASES.exists():
        return []
    return [json.loads(line) for line in CASES.read_text().splitlines()]


def pattern_of(glob: str) -> re.Pattern[str]:
    """Doublestar, as far as the cases use it."""
    parts = re.split(r"(\*\*/|\*\*|\*)", glob)
    found = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return re.compile("".join(found.get(part) or re.escape(part) for part in parts))


class Trees:
    """Repositories as the case lists them."""

    def __init__(self, repositories: Sequence[Mapping[str, Any]]) -> None:
        self._repositories = {(each["repoURL"], each.get("revision") or ""): each for each in repositories}

    def _tree(self, repo_url: str, revision: str) -> Mapping[str, Any]:
        return self._repositories.get((repo_url, revision)) or self._repositories[repo_url, revision or "HEAD"]

    async def directories(self, repo_url: str, revision: str, credentials: Any = (), project: str = "") -> tuple[str, ...]:
        tree = self._tree(repo_url, revision)
        if "directories" in tree:
            return tuple(tree["directories"])
        folders = {path.rsplit("/", depth)[0] for path in tree["files"] for depth in range(1, path.count("/") + 1)}
        return tuple(sorted(folder for folder in folders if not any(part.startswith(".") for part in folder.split("/"))))

    async def files(self, repo_url: str, revision: str, pattern: str, credentials: Any = (), project: str = "") -> Mapping[str, bytes]:
        tree = self._tree(repo_url, revision)
        wanted = pattern_of(pattern)
        return {path: text.encode() for path, text in sorted(tree["files"].items()) if wanted.fullmatch(path)}


class Web:
    """A git host with the case's pull requests, in GitHub's words."""

    def __init__(self, requests: Sequence[Mapping[str, Any]]) -> None:
        self._requests = requests

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: Any = None, *, insecure: bool = False, authorities: str = ""
    ) -> Answer:
        assert fnmatch.fnmatch(url, "https://*/repos/*/*/pulls[?]state=open&*"), url
        return Answer(200, [self._request(each) for each in self._requests])

    def _request(self, each: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            "number": each["number"],
            "title": each["title"],
            "head": {"ref": each["branch"], "sha": each["head_sha"]},
            "base": {"ref": each["target_branch"]},
            "user": {"login": each["author"]},
            "labels": [{"name": label} for label in each.get("labels") or ()],
        }


class Objects:
    """No Secrets and no ConfigMaps."""

    async def secret(self, namespace: str, name: str) -> Mapping[str, str] | None:
        return {"token": "t"}

    async def secret_type(self, namespace: str, name: str) -> str:
        return "scm-creds"

    async def config(self, namespace: str, name: str) -> Mapping[str, str] | None:
        return None

    async def listed(self, api_version: str, plural: str, namespace: str, labels: str = "") -> Sequence[Mapping[str, Any]]:
        return ()


def inquiry_of(case: Mapping[str, Any]) -> Inquiry:
    inputs = case.get("inputs") or {}
    appset = case["applicationset"]
    settings = {} if inputs.get("oldFileGlobbing") else {"applicationsetcontroller.enable.new.git.file.globbing": "true"}
    return Inquiry(
        appset["metadata"]["name"],
        appset["metadata"]["namespace"],
        templating_of(appset["spec"]),
        Trees(inputs.get("git") or ()),
        Web(inputs.get("pullRequests") or ()),
        Objects(),
        clusters_of(inputs.get("clusters") or ()),
        settings=settings,
    )


async def answer(case: Mapping[str, Any]) -> dict[str, Any]:
    try:
        match case["op"]:
            case "params":
                inquiry = inquiry_of(case)
                generators = case["applicationset"]["spec"]["generators"]
                return {"params": [params for each in generators for params in await parameter_sets(each, inquiry)]}
            case "render":
                return {"value": templating_of(case).render(case["template"], case["params"])}
            case "applications":
                found = await wanted(case["applicationset"], inquiry_of(case))
                wrong = problems(case["applicationset"], found)
                assert not wrong
                return {"applications": sorted((shown(app) for app in found), key=lambda app: app["name"])}
    except StackwrightError as error:
        return {"error": True, "text": str(error)}
    raise AssertionError(case["op"])


def shown(app: Mapping[str, Any]) -> dict[str, Any]:
    return {**app["metadata"], "spec": app["spec"]}


def tidy(value: Any) -> Any:
    if isinstance(value, dict):
        pairs = ((k, tidy(v)) for k, v in value.items())
        return {k: v for k, v in pairs if v is not None and v not in ("", {}, [])}
    if isinstance(value, list):
        return [tidy(v) for v in value]
    return value


def unordered(sets: Sequence[Any], keys: Sequence[str]) -> list[str]:
    """Parameter sets, comparable without their order."""

    def sorted_inside(params: Mapping[str, Any]) -> Any:
        return {
            key: sorted(value, key=lambda item: json.dumps(item, sort_keys=True)) if key in keys else value for key, value in params.items()
        }

    return sorted(json.dumps(sorted_inside(params), sort_keys=True) for params in sets)


def comparable(case: Mapping[str, Any], got: Mapping[str, Any]) -> Any:
    if got.get("error"):
        return {"error": True}
    match case["op"]:
        case "params":
            return unordered(got["params"], case["want"].get("unorderedKeys") or ())
        case "applications":
            return tidy(list(got["applications"]))
        case _:
            return got["value"]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
async def test_a_set_makes_what_argo_cd_makes(case: Any) -> None:
    got = await answer(case)
    assert comparable(case, got) == comparable(case, case["want"]), got.get("text")
