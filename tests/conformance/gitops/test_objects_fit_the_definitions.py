"""Argo CD's objects as people and suites have them are taken under strict validation, and nothing of them is lost."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from stackwright.api.meta import Object
from stackwright.app.embedded import EmbeddedCluster, EmbeddedOptions
from stackwright.app.gitops import prepare
from stackwright.app.places import Places
from stackwright.client.kube import KubeClient
from stackwright.kernel import yaml
from stackwright.kernel.clock import SystemClock

SHARED = Path(__file__).parents[4] / "shared"
KINDS = frozenset(("Application", "ApplicationSet", "AppProject"))


_PARTIAL = "appset"
"""Cases of generators name only what they are about: no API server would take them."""


def documents() -> Iterator[Any]:
    for root in (SHARED / "stacks", SHARED / "conformance"):
        for path in sorted(root.rglob("*")):
            if _PARTIAL not in path.relative_to(SHARED).parts and path.suffix in (".yaml", ".yml", ".json", ".jsonl") and path.is_file():
                yield from _read(path)


def _read(path: Path) -> Iterator[Any]:
    text = path.read_text(errors="replace")
    if "argoproj.io" not in text and "gitops-e2e" not in path.parts:
        return
    try:
        if path.suffix == ".jsonl":
            yield from (json.loads(line) for line in text.splitlines() if line.strip())
        else:
            yield from yaml.load_all(text)
    except (ValueError, yaml.YamlError):
        return


def objects(value: Any) -> Iterator[Object]:
    """Whole objects anywhere in a document, texts with manifests included; and the specs of the end-to-end cases."""
    if isinstance(value, Mapping):
        if str(value.get("apiVersion")).startswith("argoproj.io/") and value.get("kind") in KINDS and value.get("spec"):
            yield value
        if "steps" in value and "id" in value:
            yield from _of_case(value)
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)
    elif isinstance(value, str) and "kind: App" in value and "argoproj.io" in value:
        try:
            yield from (found for document in yaml.load_all(value) for found in objects(document))
        except yaml.YamlError:
            return


def _of_case(case: Mapping[str, Any]) -> Iterator[Object]:
    for app in case.get("apps") or ():
        if app.get("spec"):
            yield {
                "kind": "Application",
                "metadata": {},
                "spec": {"project": "default", "destination": {}, **_with_repository(app["spec"])},
            }
    if case.get("project"):
        yield {"kind": "AppProject", "metadata": {}, "spec": case["project"]}
    if (case.get("applicationset") or {}).get("spec"):
        yield {"kind": "ApplicationSet", "metadata": {}, "spec": case["applicationset"]["spec"]}


def _with_repository(spec: Mapping[str, Any]) -> dict[str, Any]:
    """As the runner of the cases fills it in."""
    filled: dict[str, Any] = dict(spec)
    if "source" in spec:
        filled["source"] = {"repoURL": "https://example.org", **spec["source"]}
    if "sources" in spec:
        filled["sources"] = [{"repoURL": "https://example.org", **source} for source in spec["sources"]]
    return filled


def _without_nulls(value: Any) -> Any:
    """A null counts as not said, as in every API server."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


FOUND = [found for document in documents() for found in objects(document)]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[KubeClient]:
    cluster = EmbeddedCluster(Places(tmp_path), SystemClock(), EmbeddedOptions(controllers=False, node=False))
    programs = asyncio.create_task(cluster.run())
    found = cluster.client("test")
    try:
        await prepare(found)
        yield found
    finally:
        programs.cancel()
        with suppress(asyncio.CancelledError):
            await programs
        cluster.close()


async def test_every_object_is_taken_whole(client: KubeClient) -> None:
    problems: list[str] = []
    for number, obj in enumerate(FOUND):
        sent = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": obj["kind"],
            "metadata": {"name": f"case-{number}", "namespace": "argocd"},
            "spec": obj["spec"],
        }
        try:
            made = await client.create(sent, dry_run=True, validation="Strict")
        except Exception as error:
            problems.append(f"{obj['kind']} {obj.get('metadata')}: {error}")
            continue
        if made["spec"] != _without_nulls(obj["spec"]):
            problems.append(f"{obj['kind']} {obj.get('metadata')}: {obj['spec']} became {made['spec']}")
    assert not problems, "\n".join(problems)


def test_there_are_objects_where_the_suites_are() -> None:
    assert len(FOUND) > 100 or not (SHARED / "conformance").exists()
