"""The API tells which projects another one takes rules over from, as the engine has it."""

import json as standard_json
from types import SimpleNamespace
from typing import Any

from stackwright.portal.rest.projects import global_projects


def project(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "argocd", "labels": labels}, "spec": {}}


async def test_the_projects_of_the_rules_that_fit_are_told() -> None:
    known = {"shop": project("shop", team="a"), "base": project("base"), "other": project("other")}
    rules = "[{projectName: base, labelSelector: {matchLabels: {team: a}}}, {projectName: other, labelSelector: {matchLabels: {team: b}}}]"
    asked: list[tuple[Any, ...]] = []
    ports = SimpleNamespace(
        settings=lambda: {"globalProjects": rules},
        projects=SimpleNamespace(get=lambda name, _namespace: known.get(name)),
        namespace="argocd",
    )
    api: Any = SimpleNamespace(ports=ports, require=lambda _call, *what: asked.append(what))
    call: Any = SimpleNamespace(name="shop")
    found = standard_json.loads((await global_projects(api, call)).body)["items"]
    assert [item["metadata"]["name"] for item in found] == ["base"]
    assert asked == [("projects", "get", "shop")]
