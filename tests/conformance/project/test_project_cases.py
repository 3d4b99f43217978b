"""AppProject behaviour, case by case as Argo CD has it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from stackwright.gitops.project import globs, rules, validation, windows
from stackwright.kernel.errors import BadInput

CASES = Path(__file__).parents[4] / "shared" / "conformance" / "project" / "cases.jsonl"


def cases() -> list[Any]:
    if not CASES.exists():
        return []
    return [json.loads(line) for line in CASES.read_text().splitlines()]


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def indexes(entries: Any, chosen: Any) -> list[int]:
    return [i for i, entry in enumerate(entries) if any(entry is one for one in chosen)]


def answer(project: Any, q: Any) -> dict[str, Any]:
    spec = project["spec"]
    entries = spec.get("syncWindows") or []
    now = instant(q.get("now"))
    match q["type"]:
        case "source":
            return {"permitted": rules.source_permitted(spec, q["repoURL"])}
        case "destination":
            where = {key: q.get(key) or "" for key in ("server", "name", "namespace")}
            scoped = [c.get("server") or c.get("name") for c in q.get("projectClusters") or []]
            return {"permitted": rules.destination_permitted(spec, **where, project_clusters=scoped)}
        case "resource":
            return {"permitted": rules.kind_permitted(spec, q["group"], q["kind"], q["name"], namespaced=q["namespaced"])}
        case "app-namespace":
            return {"permitted": rules.app_namespace_permitted(spec, q["appNamespace"], q["controllerNamespace"])}
        case "glob":
            judge = globs.matches_or_denies if q["allowNegation"] else globs.matches
            return {"match": judge(q["pattern"], q["value"])}
        case "validate":
            found = validation.problems(project["metadata"]["name"], spec)
            return {"valid": not found, "text": "; ".join(found)}
        case "window-validate":
            return {"valid": not windows.problems_of(q["window"])}
        case "matching-windows":
            return {"windows": indexes(entries, windows.matching(entries, q["application"]))}
    assert now is not None
    try:
        match q["type"]:
            case "active-windows":
                return {"windows": indexes(entries, windows.active(entries, now))}
            case "inactive-allow-windows":
                return {"windows": indexes(entries, windows.inactive_allows(entries, now))}
            case "can-sync":
                started = instant(q.get("operationStart"))
                return {"canSync": windows.can_sync(entries, now, manual=q["manual"], started=started)}
    except BadInput as error:
        return {"error": True, "canSync": False, "text": str(error)}
    raise AssertionError(q["type"])


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_a_project_answers_as_argo_cd_does(case: Any) -> None:
    want = dict(case["want"])
    got = answer(case["project"], case["question"])
    contained = want.pop("errorContains", "")
    for text in [contained] if isinstance(contained, str) else contained:
        assert text in got.get("text", "")
    assert {key: got.get(key) for key in want} == want
