"""Whole Applications compared, case by case as Argo CD has them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from stackwright.api.meta import Object, ObjectKey, gvk_of, key_of, name_of, namespace_of
from stackwright.gitops.compare import View, compare_app, namespace_is_behind, target_of
from stackwright.gitops.diff import compare
from stackwright.gitops.health.types import Health
from stackwright.gitops.settings import Settings
from stackwright.gitops.sync.plan import Pair

ROOT = Path(__file__).parents[4] / "shared" / "conformance"
_CLUSTER_SCOPED = frozenset(("Namespace", "ClusterRole"))


def cases(op: str) -> list[Any]:
    path = ROOT / "diff" / "cases.jsonl"
    if not path.exists():
        return []
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return [case for case in found if case["op"] == op]


def is_modified(pair: Pair) -> bool:
    return compare(pair.target, pair.live).modified


def no_health(_obj: Object) -> Health | None:
    return None


def view(namespaced: Callable[[Object], bool | None]) -> View:
    return View("my-app", Settings(), namespaced, is_modified, no_health, lambda _obj: True)


def same(obj: Object) -> Object:
    return obj


@pytest.mark.parametrize("case", cases("app-compare"), ids=lambda case: str(case["id"]))
def test_an_application_is_compared_as_argo_cd_does(case: Mapping[str, Any]) -> None:
    app, want = case["app"], case["want"]
    seen = view(lambda obj: gvk_of(obj).kind not in _CLUSTER_SCOPED)
    target = target_of(case["targets"], app["spec"]["destination"]["namespace"], seen, same)
    lives = {key_of(obj): obj for obj in case["lives"]}
    state = compare_app(target, lives, seen)
    namespace = lives.get(ObjectKey("", "Namespace", "", app["spec"]["destination"]["namespace"]))
    status = "OutOfSync" if namespace_is_behind(app, namespace) else state.status
    assert status == want.get("sync", status)
    assert len(state.resources) == want["resources"]
    assert len(state.hooks) == want.get("hooks", len(state.hooks))
    if "conditions" in want:
        assert [{"type": item.type, "message": item.message} for item in state.conditions] == want["conditions"]


@pytest.mark.parametrize("case", cases("target-set"), ids=lambda case: str(case["id"]))
def test_what_is_wanted_becomes_a_set(case: Mapping[str, Any]) -> None:
    scopes, want = case["options"]["namespaced"], case["want"]

    def namespaced(obj: Object) -> bool | None:
        gvk = gvk_of(obj)
        found: bool | None = scopes.get(f"{gvk.group}/{gvk.kind}" if gvk.group else gvk.kind)
        return found

    target = target_of(case["objects"], case["options"]["destinationNamespace"], view(namespaced), same)
    objects = sorted(target.objects.values(), key=lambda obj: (gvk_of(obj).kind, namespace_of(obj), name_of(obj)))
    assert len(objects) == want["count"]
    for check in want.get("checks", ()):
        value: Any = objects[int(check["of"])]
        for part in check["path"].split("/")[1:]:
            value = value[int(part)] if isinstance(value, list) else value.get(part)
        assert value == check.get("equals", value)
    assert [item.type for item in target.conditions] == [item["type"] for item in want["conditions"]]
    for told, wanted in zip(target.conditions, want["conditions"], strict=True):
        assert all(text in told.message for text in wanted["contains"])
