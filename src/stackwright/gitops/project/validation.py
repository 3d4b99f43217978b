"""All that is wrong with an AppProject, each problem in a sentence."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stackwright.gitops.project import windows

_ROLE_NAME = re.compile(r"[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?\Z")
_RESOURCES = frozenset(("applications", "applicationsets", "repositories", "exec", "logs", "clusters"))
_ACTION = re.compile(r"(get|create|update|delete|sync|rollback|override|invoke|\*|update/.*|delete/.*|action/.*)\Z")


def problems(name: str, spec: Mapping[str, Any]) -> list[str]:
    """Empty for a valid project."""
    found = list(_destinations(spec.get("destinations") or ()))
    found += _repeated("source repository", spec.get("sourceRepos") or ())
    found += [f"source repository {repo!r} has an invalid format, '!*'" for repo in spec.get("sourceRepos") or () if repo == "!*"]
    found += _repeated("source namespace", spec.get("sourceNamespaces") or ())
    found += _repeated("role", [role.get("name") or "" for role in spec.get("roles") or ()])
    for role in spec.get("roles") or ():
        found += _role(name, role)
    return found + _windows(spec.get("syncWindows") or ())


def _repeated(what: str, values: Sequence[str]) -> list[str]:
    return [f"{what} '{value}' already added" for value in dict.fromkeys(values) if values.count(value) > 1]


def _destinations(items: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    keys = []
    for item in items:
        for field in ("namespace", "server", "name"):
            if item.get(field) == "!*":
                yield f"{field} has an invalid format, '!*'"
        keys.append("/".join(str(item.get(field) or "") for field in ("server", "name", "namespace")))
    yield from _repeated("destination", keys)


def _role(project: str, role: Mapping[str, Any]) -> list[str]:
    name = role.get("name") or ""
    found = [] if _ROLE_NAME.match(name) else [f"invalid role name '{name}': it must consist of letters, digits, '-' and '_'"]
    found += _repeated("policy", role.get("policies") or ())
    for policy in role.get("policies") or ():
        found += policy_problems(project, name, policy)
    groups = role.get("groups") or ()
    found += [
        f"group '{group}' contains invalid characters"
        for group in groups
        if not group.strip() or group != group.strip() or re.search(r"[,\n\r\t]", group)
    ]
    return found + _repeated("group", groups)


def policy_problems(project: str, role: str, policy: str) -> list[str]:
    """One line of a role: `p, proj:<project>:<role>, <resource>, <action>, <project>/<object>, allow|deny`."""
    parts = [part.strip() for part in policy.split(",")]
    if len(parts) != 6 or parts[0] != "p":
        return [f"invalid policy rule '{policy}': must be of the form: 'p, sub, res, act, obj, eft'"]
    _, subject, resource, action, target, effect = parts
    known = ", ".join(sorted(_RESOURCES - {"applications"}))
    target_form = rf"{re.escape(project)}/[*\w+-.]+(/[*\w+-.]+)?\Z"
    forms = f"'{project}/*', '{project}/<APPNAME>' or '{project}/<NAMESPACE>/<APPNAME>'"
    rules = (
        (subject == f"proj:{project}:{role}", f"policy subject must be: 'proj:{project}:{role}', not '{subject}'"),
        (resource in _RESOURCES, f"project resource must be: 'applications' or one of {known}, not '{resource}'"),
        (_ACTION.match(action) is not None, f"invalid action '{action}'"),
        (re.match(target_form, target) is not None, f"object must be of form {forms}, not '{target}'"),
        (effect in ("allow", "deny"), f"effect must be: 'allow' or 'deny', not '{effect}'"),
    )
    return [f"invalid policy rule '{policy}': {sentence}" for holds, sentence in rules if not holds]


def _windows(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    keys = [f"{entry.get('kind')}:{entry.get('schedule')}:{entry.get('duration')}" for entry in entries]
    found = [f"window '{key}' already exists, update or edit" for key in dict.fromkeys(keys) if keys.count(key) > 1]
    return found + [problem for entry in entries for problem in windows.problems_of(entry)]
