"""Argo CD's expectations of resource actions: what is offered, and what running one comes to."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stackwright.gitops.actions.discovery import actions_of, run_action
from stackwright.gitops.actions.types import Action, ActionRefused, Effect

CASES = Path(__file__).parents[4] / "shared/conformance/actions/cases.jsonl"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SHARE_REQUIRED = 0.95


def _cases() -> Iterator[dict[str, Any]]:
    with CASES.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def _told(action: Action) -> dict[str, Any]:
    parameters = [{"name": item.name, "default": item.default} for item in action.parameters]
    return {
        "name": action.name,
        "disabled": action.disabled,
        "iconClass": action.icon_class,
        "displayName": action.display_name,
        "params": parameters,
    }


def _tidy(value: Any) -> Any:
    if isinstance(value, dict):
        pairs = ((key, _tidy(item)) for key, item in value.items())
        return {key: item for key, item in pairs if item is not None and item not in ("", {}, [], False)}
    return [_tidy(item) for item in value] if isinstance(value, list) else value


def _without(value: Any, pointers: list[str]) -> Any:
    value = copy.deepcopy(value)
    for pointer in pointers:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
        holder = value
        for part in way:
            holder = _step(holder, part)
        if isinstance(holder, dict):
            holder.pop(last, None)
    return value


def _step(holder: Any, part: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(part)
    if isinstance(holder, list) and part.startswith("["):
        key, _, wanted = part[1:-1].partition("=")
        return next((item for item in holder if str(item.get(key)) == wanted), None)
    return holder[int(part)] if isinstance(holder, list) and part.isdigit() and int(part) < len(holder) else None


def _covers(got: Any, want: Any) -> bool:
    if isinstance(want, dict):
        return isinstance(got, dict) and all(_covers(got.get(key), value) for key, value in want.items())
    if isinstance(want, list):
        return isinstance(got, list) and len(got) == len(want) and all(map(_covers, got, want))
    return bool(got == want)


def _same(effect: Effect, want: dict[str, Any]) -> bool:
    got, wanted = (_tidy(_without(item, want.get("ignore") or [])) for item in (effect.object, want["object"]))
    name = str((effect.object.get("metadata") or {}).get("name", ""))
    named = name.startswith(want.get("name_prefix") or "")
    return effect.operation == want["operation"] and named and (_covers(got, wanted) if want["match"] == "subset" else got == wanted)


def _fails(case: dict[str, Any]) -> str | None:
    want = case["want"]
    try:
        if case["type"] == "discovery":
            offered = [_tidy(_told(action)) for action in actions_of(case["object"])]
            return None if offered == [_tidy(item) for item in want["actions"]] else f"{case['id']}: offered {offered}"
        effects = run_action(case["action"], case["object"], parameters=case.get("parameters") or {}, now=NOW)
    except ActionRefused as error:
        return None if error.message == want.get("error") else f"{case['id']}: refused: {error.message}"
    if want.get("error"):
        return f"{case['id']}: not refused"
    good = len(effects) == len(want["objects"]) and all(map(_same, effects, want["objects"]))
    return None if good else f"{case['id']}: {effects}"


@pytest.mark.skipif(not CASES.exists(), reason="the conformance suites are not here")
def test_actions_are_offered_and_run_as_argo_cd_does(capsys: pytest.CaptureFixture[str]) -> None:
    cases = list(_cases())
    failures = [failure for case in cases if (failure := _fails(case))]
    share = 1 - len(failures) / len(cases)
    with capsys.disabled():
        print(f"\nactions: {len(cases) - len(failures)} of {len(cases)} ({share:.1%})")
    assert share >= SHARE_REQUIRED, "\n".join(failures)
