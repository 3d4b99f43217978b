"""Where an Application's manifests come from and with which parameters: shown, and edited by form."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from stackwright.portal import html
from stackwright.portal.forms import Problems
from stackwright.portal.sessions import Session

_LABELS = {
    "repoURL": ("Repository", "URL of a git or chart repository"),
    "targetRevision": ("Revision", "branch, tag, commit, or version of the chart"),
    "path": ("Path", "folder in the repository"),
    "chart": ("Chart", "only for chart repositories"),
    "ref": ("Name for other sources", "other sources say $NAME/file.yaml for a file of this one"),
    "helm.releaseName": ("Release name", "the Application's name, if empty"),
    "helm.valueFiles": ("Files with values", "one a line; later ones win"),
    "helm.parameters": ("Parameters", "NAME=VALUE, one a line; end a line with !string to keep a number a text"),
    "helm.values": ("Values", "YAML; stronger than files, weaker than parameters"),
    "helm.version": ("Helm's version", ""),
    "helm.namespace": ("Namespace for templates", ""),
    "helm.skipCrds": ("Leave out the chart's custom resource definitions", ""),
    "helm.ignoreMissingValueFiles": ("Pass over files that are not there", ""),
    "helm.passCredentials": ("Send credentials to every host", ""),
    "kustomize.images": ("Images", "NAME:TAG, NAME@DIGEST or OLD=NEW:TAG, one a line"),
    "kustomize.components": ("Components", "one a line"),
    "kustomize.namePrefix": ("Prefix of names", ""),
    "kustomize.nameSuffix": ("Suffix of names", ""),
    "kustomize.namespace": ("Namespace", ""),
    "kustomize.version": ("Kustomize's version", ""),
    "kustomize.commonLabels": ("Labels for everything", "NAME=VALUE, one a line"),
    "kustomize.commonAnnotations": ("Annotations for everything", "NAME=VALUE, one a line"),
    "kustomize.replicas": ("Replicas", "NAME=COUNT, one a line"),
    "kustomize.forceCommonLabels": ("Change selectors, too", ""),
    "directory.recurse": ("Look into folders, too", ""),
    "directory.include": ("Only files like", "a glob, such as {*.yaml,*.json}"),
    "directory.exclude": ("No files like", "a glob"),
    "plugin.name": ("Plug-in", "empty: the one that finds itself responsible"),
    "plugin.env": ("Environment", "NAME=VALUE, one a line"),
}
_LONG = {
    "helm.valueFiles": 3, "helm.parameters": 5, "helm.values": 10, "kustomize.images": 4, "kustomize.components": 2,
    "kustomize.replicas": 2,
    "kustomize.commonLabels": 2, "kustomize.commonAnnotations": 2, "plugin.env": 4,
}  # fmt: skip
_TITLES = {"helm": "Helm", "kustomize": "Kustomize", "directory": "Directory", "plugin": "Plug-in", "": "Files"}


def form(
    sources: Sequence[tuple[str, Mapping[str, str]]],
    policy: Mapping[str, Any],
    problems: Problems,
    told: Sequence[str],
    session: Session,
    action: str,
    difference: str | None = None,
) -> str:
    """Shape: each source with its tool and its fields; `difference` is HTML once it was checked, empty when nothing changes."""
    parts = "".join(_source(number, tool, fields, problems, len(sources)) for number, (tool, fields) in enumerate(sources))
    checked = ""
    if difference is not None:
        checked = html.section("What this changes", difference or html.hollow("Nothing changes."))
    return (
        f"{html.problems([*told, *(f'{name}: {problem}' for name, problem in problems.items())])}"
        f'<form method="post" action="{escape(action)}" class="form">{html.csrf(session)}{parts}{_policy(policy)}'
        f'<div class="bar"><button name="do" value="save">Save</button><button class="plain" name="do" value="check">Check only'
        f"</button></div>"
        f"</form>{checked}"
    )


def shown(sources: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    """For whoever may not change them."""
    return "".join(
        html.section(
            f"Source {number}: {_TITLES[tool]}",
            html.fields([(_LABELS[name][0], f"<span>{escape(value)}</span>") for name, value in fields.items() if value]),
        )
        for number, (tool, fields) in enumerate(sources, 1)
    )


def _source(number: int, tool: str, fields: Mapping[str, str], problems: Problems, count: int) -> str:
    flags = [name for name in fields if _is_flag(name)]
    entries = "".join(_field(f"{number}.{name}", name, value, problems) for name, value in fields.items() if name not in (*flags, *_LONG))
    areas = "".join(_area(f"{number}.{name}", name, value, problems) for name, value in fields.items() if name in _LONG)
    boxes = "".join(html.checkbox(f"{number}.{name}", _LABELS[name][0], checked=fields[name] == "true") for name in flags)
    title = f"Source {number + 1} of {count}: {_TITLES[tool]}" if count > 1 else f"Source: {_TITLES[tool]}"
    return (
        f'<fieldset><legend>{escape(title)}</legend><div class="columns">{entries}</div>{areas}<div class="checks">{boxes}</div></fieldset>'
    )


def _is_flag(name: str) -> bool:
    return name.rpartition(".")[2] in ("skipCrds", "ignoreMissingValueFiles", "passCredentials", "forceCommonLabels", "recurse")


def _field(id: str, name: str, value: str, problems: Problems) -> str:
    label, hint = _LABELS[name]
    return html.field(id, label, value, hint=hint, problem=problems.get(id, ""))


def _area(id: str, name: str, value: str, problems: Problems) -> str:
    label, hint = _LABELS[name]
    return html.area(id, label, value, rows=_LONG[name], hint=hint, problem=problems.get(id, ""))


def _policy(policy: Mapping[str, Any]) -> str:
    automated = policy.get("automated")
    on = automated is not None and automated.get("enabled", True) is not False
    boxes = (
        html.checkbox("automated", "Sync by itself", checked=on)
        + html.checkbox("prune", "Delete what is no longer wanted", checked=bool((automated or {}).get("prune")))
        + html.checkbox("selfHeal", "Undo changes in the cluster", checked=bool((automated or {}).get("selfHeal")))
    )
    options = "\n".join(str(each) for each in policy.get("syncOptions") or ())
    area = html.area("syncOptions", "Options of every sync", options, rows=2, hint="NAME=VALUE, one a line, such as CreateNamespace=true")
    return f'<fieldset><legend>Sync</legend><div class="checks">{boxes}</div>{area}</fieldset>'
