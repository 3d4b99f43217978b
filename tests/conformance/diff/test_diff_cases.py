"""Differences, masks and marks, case by case as Argo CD has them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stackwright.api.meta import gvk_of
from stackwright.apiserver.builtin import kinds, schemas
from stackwright.gitops.customizations import Customization
from stackwright.gitops.diff import DiffOptions, compare, compare_applied, compare_dry_run
from stackwright.gitops.diff.ignore import ignored_for, ignored_of, without
from stackwright.gitops.diff.known_types import with_known_types
from stackwright.gitops.diff.managers import without_managed
from stackwright.gitops.diff.masks import hidden
from stackwright.gitops.diff.normalise import normalised
from stackwright.gitops.diff.pair import normalised_pair
from stackwright.gitops.diff.respect import with_ignored_fields_of
from stackwright.gitops.options import parse_options, requires_confirmation
from stackwright.gitops.tracking import Tracking
from stackwright.kernel.errors import BadInput
from stackwright.store.schema import Schema

ROOT = Path(__file__).parents[4] / "shared" / "conformance"
MISSING = object()
IN_OTHER_SUITES = ("app-compare", "target-set")


def cases() -> list[Any]:
    path = ROOT / "diff" / "cases.jsonl"
    if not path.exists():
        return []
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return [case for case in found if case["op"] not in IN_OTHER_SUITES]


BUILTIN = {(kind.resource.group, kind.resource.kind): kind for kind in reversed(kinds.builtin_kinds())}
FORMER_GROUPS = {("extensions", "Deployment"): "apps", ("extensions", "DaemonSet"): "apps", ("extensions", "Ingress"): "networking.k8s.io"}


def kind_of(obj: Mapping[str, Any]) -> kinds.BuiltinKind | None:
    """Some cases come from the time of beta versions."""
    gvk = gvk_of(obj)
    return BUILTIN.get((FORMER_GROUPS.get((gvk.group, gvk.kind), gvk.group), gvk.kind))


def schema_of(obj: Mapping[str, Any]) -> Schema | None:
    kind = kind_of(obj)
    return None if kind is None else kind.schema


def defaulted(obj: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = kind_of(obj)
    return obj if kind is None else kind.defaulted(obj)


def type_named(name: str) -> Schema | None:
    group, _, rest = name.partition("/")
    return schemas.named(f"io.k8s.api.{group}.{rest.replace('/', '.')}")


def options_of(given: Mapping[str, Any]) -> DiffOptions:
    return DiffOptions(
        given.get("ignoreDifferences") or (),
        tuple(customizations(given)),
        ignored_status="none",
        ignore_aggregated_roles=bool(given.get("ignoreAggregatedRoles")),
        defaulted=defaulted,
        type_named=type_named,
        include_webhooks=given.get("ignoreMutationWebhook") is False,
    )


def customizations(given: Mapping[str, Any]) -> list[Customization]:
    found = []
    for key, values in (given.get("resourceOverrides") or {}).items():
        group, _, kind = key.rpartition("/")
        found += [Customization(group, kind, what, value) for what, value in values.items()]
    return found


def at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(part, MISSING)
        elif isinstance(value, list) and part.startswith("["):
            key, _, want = part[1:-1].partition("=")
            value = next((i for i in value if str(i.get(key)) == want), MISSING)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
        if value is MISSING:
            return MISSING
    return value


def holds(check: Mapping[str, Any], subject: Any) -> bool:
    if "not_contains" in check:
        return check["not_contains"] not in json.dumps(subject)
    value = at(subject, check["path"])
    if "json_path" in check:
        value = at(json.loads(value), check["json_path"]) if isinstance(value, str) else MISSING
    if "equals" in check:
        return bool(value == check["equals"])
    if "length" in check:
        return value is not MISSING and len(value) == check["length"]
    if "present" in check:
        return value is not MISSING
    if "empty" in check:
        return value is MISSING or not value
    return value is MISSING


def answer(case: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that can be asked about a case: its verdict, and objects by name."""
    target, live, obj = case.get("target"), case.get("live"), case.get("object")
    given = case.get("options") or {}
    options, schema = options_of(given), custom_schema(case) or schema_of(target or live or obj or {})
    match case["op"]:
        case "diff":
            return compared(compare(target, live, options, schema))
        case "structured-merge-diff":
            return compared(compare_applied(target, live, options, schema, manager=given["manager"]))
        case "server-side-diff":
            return compared(compare_dry_run(case["dryRun"], live, options, schema, manager=given["manager"]))
        case "ignore-normalize":
            try:
                return {"object": without(obj, ignored_of(obj, options.rules, options.customizations))}
            except BadInput:
                return {"error": True}
        case "known-types-normalize":
            return {"object": with_known_types(obj, options.customizations, type_named)}
        case "normalize-secret" | "remarshal":
            return {"object": normalised(obj, schema, ignored_status="none")}
        case "managed-fields-normalize":
            after = without_managed(target, live, given["managers"])
            return {"noop": after == (target, live), "target": after[0], "live": after[1]}
        case "normalize-pair":
            after = normalised_pair(target, live, options)
            return {"target": after[0], "live": after[1]}
        case "ignore-lookup":
            query = case["query"]
            found = ignored_for(query["group"], query["kind"], query["namespace"], query["name"], options.rules, options.customizations)
            return {
                "found": bool(found), "jsonPointers": list(found.pointers), "jqPathExpressions": list(found.expressions),
                "managedFieldsManagers": list(found.managers),
            }  # fmt: skip
        case "respect-ignore":
            return {"result": with_ignored_fields_of(target, live, options, schema)}
        case "hide-secret":
            masked = hidden(target, live, given.get("hideAnnotations") or ())
            return {"target": masked[0], "live": masked[1]}
        case "self-reference":
            tracking = Tracking(given["trackingMethod"], installation=given["installationID"])
            return {"selfReferenced": tracking.is_self_referenced(live, given["appName"])}
        case "deletion-confirmation":
            app = parse_options(given["appSyncOptions"])
            return {"requiresConfirmation": any(requires_confirmation(obj, app, action) for action in ("Delete", "Prune"))}
    raise AssertionError(case["op"])


def compared(found: Any) -> dict[str, Any]:
    return {"modified": found.modified, "predicted": found.predicted, "live": found.live}


def custom_schema(case: Mapping[str, Any]) -> Schema | None:
    document = case.get("schema")
    if not document:
        return None
    kind = (case.get("target") or {}).get("kind")
    nodes = [n for n in document["definitions"].values() if any(k["kind"] == kind for k in n.get("x-kubernetes-group-version-kind", ()))]
    return read(nodes[0], document["definitions"]) if nodes else None


def read(node: Mapping[str, Any], all: Mapping[str, Any]) -> Schema:
    if "$ref" in node:
        return read(all[node["$ref"].rpartition("/")[2]], all)
    items, additional = node.get("items"), node.get("additionalProperties")
    return Schema(
        node.get("type", "any"),
        properties=lambda: {key: read(item, all) for key, item in node.get("properties", {}).items()},
        items=None if items is None else lambda: read(items, all),
        additional=read(additional, all) if isinstance(additional, dict) else None,
        list_type=node.get("x-kubernetes-list-type", "atomic"),
        list_map_keys=tuple(node.get("x-kubernetes-list-map-keys", ())),
        merge_key=node.get("x-kubernetes-patch-merge-key", ""),
        patch_strategy=node.get("x-kubernetes-patch-strategy", ""),
        raw=node,
    )


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_a_comparison_answers_as_argo_cd_does(case: Any) -> None:
    want = {key: value for key, value in case["want"].items() if key not in ("checks", "anyOrder")}
    got = answer(case)
    assert [check for check in case["want"].get("checks", ()) if not holds(check, got.get(check["of"]))] == []
    if case["want"].get("anyOrder"):
        want = {key: sorted(value) if isinstance(value, list) else value for key, value in want.items()}
        got = {key: sorted(value) if isinstance(value, list) else value for key, value in got.items()}
    assert {key: got.get(key) for key in want} == want
