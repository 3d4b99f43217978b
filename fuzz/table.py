"""Every target, by name."""

import importlib
from collections.abc import Mapping

from fuzz.target import Target

TARGETS: Mapping[str, str] = {
    "json_body": "request bodies of JSON, and what is said of those that are none",
    "yaml_body": "documents of YAML",
    "protobuf_body": "request bodies of protobuf",
    "json_patch": "JSON patches of a Deployment",
    "merge_patch": "JSON merge patches of a Deployment",
    "strategic_patch": "strategic merge patches of a Deployment",
    "ownership": "server-side apply and updates of a Deployment, field sets that a client sends included",
    "selectors": "label and field selectors",
    "cel": "expressions of CEL",
    "gotemplate": "Go templates, read and rendered",
    "jsonpath": "JSONPath of printer columns",
    "expr": "expressions of notifications' triggers",
    "cron": "cron schedules and when they fire next",
    "quantity": "quantities of resources",
}


def target(name: str) -> Target:
    """Reads the target's module. The name is in the table."""
    found: Target = importlib.import_module(f"fuzz.targets.{name}").TARGET
    return found
