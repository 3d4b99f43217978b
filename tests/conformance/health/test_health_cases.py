"""Argo CD's expectations of health, asked through the function that `stackwright health` asks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stackwright.gitops.health.resource import health_of

CASES = Path(__file__).parents[4] / "shared/conformance/health/cases.jsonl"
SHARE_REQUIRED = 1.0


def _cases() -> Iterator[dict[str, Any]]:
    with CASES.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def _fails(case: dict[str, Any]) -> str | None:
    want = case.get("want_full") or case["want"]
    health = health_of(case["object"])
    status, message = (None, None) if health is None else (health.status, health.message)
    if status == want["status"] and want["message"] in (None, message):
        return None
    return f"{case['id']}: want {want['status']} {want['message']!r}, got {status} {message!r}"


@pytest.mark.skipif(not CASES.exists(), reason="the conformance suites are not here")
def test_the_health_of_development_cases_is_as_argo_cd_tells_it(capsys: pytest.CaptureFixture[str]) -> None:
    cases = list(_cases())
    failures = [failure for case in cases if (failure := _fails(case))]
    share = 1 - len(failures) / len(cases)
    with capsys.disabled():
        print(f"\nhealth: {len(cases) - len(failures)} of {len(cases)} ({share:.1%})")
    assert share >= SHARE_REQUIRED, "\n".join(failures)
