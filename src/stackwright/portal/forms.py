"""What people fill in, read into objects. Pure; all problems are told at once, each with its field."""

import re
from collections.abc import Mapping
from typing import Any

from stackwright.api.meta import Object
from stackwright.client.kinds import APPLICATIONS
from stackwright.kernel import yaml

Problems = dict[str, str]
"""Shape: by the name of the field."""

NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_TOP = frozenset(("apiVersion", "kind", "metadata", "spec", "status"))
_SPEC = frozenset(
    ("destination", "ignoreDifferences", "info", "project", "revisionHistoryLimit", "source", "sourceHydrator", "sources", "syncPolicy")
)
_CHECKS = ("automated", "prune", "selfHeal", "createNamespace")


def application_of(form: Mapping[str, str], namespace: str) -> tuple[Object, Problems]:
    """An Application from the fields of its form."""
    text = {name: value.strip() for name, value in form.items()}
    source = {"repoURL": text.get("repoURL", ""), "targetRevision": text.get("targetRevision") or "HEAD"}
    source |= {"chart": text["chart"]} if text.get("chart") else {"path": text.get("path") or "."}
    spec: dict[str, Any] = {
        "project": text.get("project") or "default",
        "source": source,
        "destination": {"server": text.get("server", ""), "namespace": text.get("namespace", "")},
    }
    policy = _sync_policy({name for name in _CHECKS if text.get(name) == "true"})
    spec |= {"syncPolicy": policy} if policy else {}
    found = {
        "apiVersion": APPLICATIONS.api_version,
        "kind": "Application",
        "metadata": {"name": text.get("name", ""), "namespace": namespace},
        "spec": spec,
    }
    return found, _problems(text)


def _sync_policy(checked: set[str]) -> dict[str, Any]:
    policy: dict[str, Any] = {}
    if "automated" in checked:
        policy["automated"] = {"prune": "prune" in checked, "selfHeal": "selfHeal" in checked}
    if "createNamespace" in checked:
        policy["syncOptions"] = ["CreateNamespace=true"]
    return policy


def _problems(text: Mapping[str, str]) -> Problems:
    found: Problems = {}
    if not NAME.fullmatch(text.get("name", "")) or len(text["name"]) > 253:
        found["name"] = "lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit"
    if not text.get("repoURL"):
        found["repoURL"] = "the URL of a git repository or a chart repository is needed"
    if text.get("chart") and not text.get("targetRevision"):
        found["targetRevision"] = "a chart needs a version"
    if not text.get("server"):
        found["server"] = "choose where to deploy to"
    if not text.get("namespace"):
        found["namespace"] = "the namespace for objects that name none"
    return found


def edited(text: str, before: Object, known: frozenset[str] | None = _SPEC) -> tuple[Object, list[str]]:
    """`before` with what the YAML says of its spec, labels and annotations; names and kinds stay as they are.

    Shape: `known` are the fields of a spec, None where the server knows them better.
    """
    try:
        wanted = yaml.load(text, strict=True)
    except yaml.YamlError as error:
        return before, [f"this is not YAML: {error}"]
    if not isinstance(wanted, Mapping):
        return before, ["expected an object with apiVersion, kind, metadata and spec"]
    metadata = wanted.get("metadata")
    if not isinstance(metadata, Mapping) or not isinstance(wanted.get("spec"), Mapping):
        return before, [f"{field}: expected a mapping" for field in ("metadata", "spec") if not isinstance(wanted.get(field), Mapping)]
    problems = [
        f"{title}: cannot be changed here, it stays {own!r}"
        for title, given, own in (
            ("kind", wanted.get("kind"), before.get("kind")),
            ("apiVersion", wanted.get("apiVersion"), before.get("apiVersion")),
            ("metadata.name", metadata.get("name"), before["metadata"].get("name")),
            ("metadata.namespace", metadata.get("namespace"), before["metadata"].get("namespace")),
        )
        if given is not None and given != own
    ]
    problems += [f"{field}: unknown field" for field in wanted if field not in _TOP]
    problems += [f"spec.{field}: unknown field" for field in wanted["spec"] if known is not None and field not in known]
    kept = {key: value for key, value in before["metadata"].items() if key not in ("labels", "annotations", "managedFields")}
    kept |= {key: metadata[key] for key in ("labels", "annotations") if metadata.get(key)}
    return {**before, "metadata": kept, "spec": wanted["spec"]}, problems


def editable(obj: Object) -> str:
    """The YAML that a person edits: without what the API server keeps."""
    metadata = obj.get("metadata") or {}
    shown = {key: metadata[key] for key in ("name", "namespace", "labels", "annotations") if metadata.get(key)}
    return yaml.dump({"apiVersion": obj.get("apiVersion"), "kind": obj.get("kind"), "metadata": shown, "spec": obj.get("spec") or {}})
