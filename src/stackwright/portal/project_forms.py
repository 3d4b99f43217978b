"""A project as fields of a form, and back. Pure; everything that is wrong is told at its field."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, name_of
from stackwright.client.kinds import APP_PROJECTS
from stackwright.gitops.project import validation, windows
from stackwright.portal.forms import NAME, Problems

LINES = ("sourceRepos", "sourceNamespaces")
KINDS = ("clusterResourceWhitelist", "clusterResourceBlacklist", "namespaceResourceWhitelist", "namespaceResourceBlacklist")
ROLE, WINDOW = (
    ("name", "description", "policies", "groups"),
    ("kind", "schedule", "duration", "timeZone", "applications", "namespaces", "clusters"),
)
_SPLIT = ("policies", "groups", "applications", "namespaces", "clusters")
SPARE = 1
"""Empty ones that a form offers beside those that are there."""


def fields_of(project: Object) -> dict[str, str]:
    """What a form shows at first."""
    spec = project.get("spec") or {}
    found = {"name": name_of(project), "description": str(spec.get("description") or "")}
    found |= {name: "\n".join(spec.get(name) or ()) for name in LINES}
    found["destinations"] = "\n".join(_destination_text(each) for each in spec.get("destinations") or ())
    found |= {name: "\n".join(f"{each.get('group') or 'core'}/{each.get('kind')}" for each in spec.get(name) or ()) for name in KINDS}
    for what, fields in (("roles", ROLE), ("syncWindows", WINDOW)):
        for number, entry in enumerate(spec.get(what) or ()):
            found |= {f"{what}.{number}.{name}": _text(entry.get(name)) for name in fields}
            if what == "syncWindows":
                found[f"{what}.{number}.manualSync"] = "true" if entry.get("manualSync") else ""
    return found


def _text(value: Any) -> str:
    return "\n".join(str(each) for each in value) if isinstance(value, list) else str(value or "")


def _destination_text(each: Mapping[str, Any]) -> str:
    return f"{each.get('server') or each.get('name') or ''} {each.get('namespace') or ''}".strip()


def count_of(fields: Mapping[str, str], what: str) -> int:
    """How many entries of roles or windows the fields speak of."""
    numbers = [int(name.split(".")[1]) for name in fields if name.startswith(f"{what}.") and name.split(".")[1].isdigit()]
    return max(numbers, default=-1) + 1


def project_from(form: Mapping[str, str], before: Object | None, namespace: str) -> tuple[Object, Problems]:
    """The project that a form asks for. Shape: `before` None for a new one; what the form does not show stays."""
    name = name_of(before) if before is not None else form.get("name", "").strip()
    old = dict((before or {}).get("spec") or {})
    problems: Problems = {} if NAME.fullmatch(name) else {"name": "lower-case letters, digits, '-' and '.'"}
    spec = {key: value for key, value in old.items() if key not in (*LINES, *KINDS, "description", "destinations", "roles", "syncWindows")}
    made: dict[str, Any] = {"description": form.get("description", "").strip()}
    made |= {field: _lines(form.get(field, "")) for field in LINES}
    made["destinations"] = [_destination(line) for line in _lines(form.get("destinations", ""))]
    for field in KINDS:
        made[field], told = _kinds(_lines(form.get(field, "")))
        problems |= {field: told} if told else {}
    made["roles"] = _entries(form, "roles", ROLE, old.get("roles") or (), "name")
    made["syncWindows"] = _entries(form, "syncWindows", WINDOW, old.get("syncWindows") or (), "schedule")
    spec |= {key: value for key, value in made.items() if value}
    metadata = (before or {}).get("metadata") or {"name": name, "namespace": namespace}
    found = {**(before or {}), "apiVersion": APP_PROJECTS.api_version, "kind": APP_PROJECTS.kind, "metadata": metadata, "spec": spec}
    return found, problems | _problems(name, spec)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _destination(line: str) -> dict[str, str]:
    """`SERVER NAMESPACE`, or the name of a cluster instead of its server."""
    where, _, namespace = line.partition(" ")
    key = "server" if "://" in where or "*" in where else "name"
    return {key: where, "namespace": namespace.strip() or "*"}


def _kinds(lines: Iterable[str]) -> tuple[list[dict[str, str]], str]:
    found, wrong = [], ""
    for line in lines:
        group, separator, kind = line.rpartition("/")
        if not separator or not kind:
            wrong = wrong or f"{line!r}: expected GROUP/KIND, such as apps/Deployment or core/Secret"
        found.append({"group": "" if group == "core" else group, "kind": kind})
    return found, wrong


def _entries(form: Mapping[str, str], what: str, fields: Sequence[str], before: Sequence[Any], needed: str) -> list[dict[str, Any]]:
    """Entries without their most important field are left out: that is how one is removed."""
    found = []
    for number in range(count_of(form, what)):
        text = {name: form.get(f"{what}.{number}.{name}", "").strip() for name in fields}
        if not text[needed]:
            continue
        kept = {key: value for key, value in (before[number] if number < len(before) else {}).items() if key not in (*fields, "manualSync")}
        made = {name: _lines(value) if name in _SPLIT else value for name, value in text.items() if value}
        manual = {"manualSync": True} if form.get(f"{what}.{number}.manualSync") == "true" else {}
        found.append({**kept, **made, **manual})
    return found


def _problems(name: str, spec: Mapping[str, Any]) -> Problems:
    found: Problems = {}
    for field in ("destinations", "sourceRepos", "sourceNamespaces"):
        told = validation.problems(name, {field: spec.get(field) or ()})
        found |= {field: "; ".join(told)} if told else {}
    for number, role in enumerate(spec.get("roles") or ()):
        for problem in validation.problems(name, {"roles": [role]}):
            field = "name" if "role name" in problem else "groups" if "group" in problem else "policies"
            found[f"roles.{number}.{field}"] = problem
    for number, window in enumerate(spec.get("syncWindows") or ()):
        for problem in windows.problems_of(window):
            field = next(each for each in ("kind", "schedule", "duration") if each in problem)
            found[f"syncWindows.{number}.{field}"] = problem
    repeated = [problem for problem in validation.problems(name, spec) if "already" in problem]
    return found | ({"roles": "; ".join(repeated)} if repeated and not found else {})
