"""Who may do what in the control plane, as argocd-rbac-cm says. Pure.

Source: Argo CD's docs/operator-manual/rbac.md, assets/model.conf and assets/builtin-policy.csv.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from stackwright.api.meta import Object, name_of
from stackwright.gitops.project.globs import matches

ADMIN_ROLE, READ_ONLY_ROLE = "role:admin", "role:readonly"
_EVERY: Mapping[str, str] = {"applications": "*/*", "applicationsets": "*/*", "logs": "*/*", "exec": "*/*"}
_READABLE = (
    "applications", "applicationsets", "certificates", "clusters", "repositories", "write-repositories", "projects", "accounts", "gpgkeys",
    "logs",
)  # fmt: skip
_WRITABLE: Mapping[str, Sequence[str]] = {
    "applications": ("create", "update", "update/*", "delete", "delete/*", "sync", "rollback", "override", "action/*"),
    "applicationsets": ("get", "create", "update", "delete"),
    "certificates": ("create", "update", "delete"),
    "clusters": ("create", "update", "delete"),
    "repositories": ("create", "update", "delete"),
    "write-repositories": ("create", "update", "delete"),
    "projects": ("create", "update", "delete"),
    "accounts": ("update",),
    "gpgkeys": ("create", "delete"),
    "exec": ("create",),
}
_MAX_PATTERN = 512


@dataclass(frozen=True, slots=True)
class Rule:
    """One line `p`: allows or denies a subject an action. Shape: all but `subject` are patterns."""

    subject: str
    resource: str
    action: str
    object: str
    allows: bool


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on one kind of thing. Shape: for each subject, patterns of objects and whether they are allowed."""

    patterns: tuple[tuple[tuple[str, bool], ...], ...]
    regex: bool = False

    def covers(self, obj: str) -> bool:
        return any(self._covered(of_subject, obj) for of_subject in self.patterns)

    def _covered(self, of_subject: tuple[tuple[str, bool], ...], obj: str) -> bool:
        hits = [allows for pattern, allows in of_subject if _fits(pattern, obj, self.regex)]
        return bool(hits) and all(hits)


@dataclass(frozen=True, slots=True)
class Policy:
    """Shape: `parents` are the roles that a subject has directly; `default` is everybody's role, empty for none;
    `problems` name what could not be read.
    """

    rules: tuple[Rule, ...] = ()
    parents: Mapping[str, frozenset[str]] = field(default_factory=dict)
    default: str = ""
    regex: bool = False
    problems: tuple[str, ...] = ()

    def allows(self, subjects: Iterable[str], resource: str, action: str, obj: str) -> bool:
        """Whether the default role or one of the subjects may; each is judged by itself, and in each a denial wins."""
        return self.permission(subjects, resource, action).covers(obj)

    def permission(self, subjects: Iterable[str], resource: str, action: str) -> "Permission":
        """What is known before the object is: quick to ask for many objects."""
        everybody = (self.default,) if self.default else ()
        return Permission(tuple(self._patterns(subject, resource, action) for subject in (*everybody, *subjects) if subject), self.regex)

    def _patterns(self, subject: str, resource: str, action: str) -> tuple[tuple[str, bool], ...]:
        roles = self._roles(subject)
        hits = (rule for rule in self.rules if rule.subject in roles)
        return tuple(
            (rule.object, rule.allows)
            for rule in hits
            if _fits(rule.resource, resource, self.regex) and _fits(rule.action, action, self.regex)
        )

    def _roles(self, subject: str) -> frozenset[str]:
        """The subject itself and every role that it has, also through others."""
        found, waiting = {subject}, [subject]
        while waiting:
            fresh = self.parents.get(waiting.pop(), frozenset()) - found
            found |= fresh
            waiting += fresh
        return frozenset(found)

    def with_project(self, project: Object) -> "Policy":
        """Together with the roles of an AppProject, which may speak of that project only."""
        rules, parents, problems = _of_project(project)
        return Policy((*self.rules, *rules), _joined(self.parents, parents), self.default, self.regex, (*self.problems, *problems))


def parse_policy(raw: Mapping[str, str]) -> Policy:
    """argocd-rbac-cm, on top of the built-in roles. Never raises: when it cannot be read as a whole, the built-in roles alone stand,
    because the line left out may be the one that denies.
    """
    text = "\n".join(raw[key] for key in sorted(raw) if key == "policy.csv" or (key.startswith("policy.") and key.endswith(".csv")))
    rules, parents, problems = _parse(text)
    mode = raw.get("policy.matchMode") or "glob"
    if mode not in ("glob", "regex"):
        problems.append(f"policy.matchMode: {mode!r}: expected glob or regex")
    own, inherited = _builtin()
    if problems:
        return Policy(own, inherited, problems=tuple(problems))
    return Policy((*own, *rules), _joined(inherited, parents), (raw.get("policy.default") or "").strip(), mode == "regex")


def parse_scopes(raw: Mapping[str, str]) -> tuple[str, ...]:
    """Which claims of a token name groups. Shape: `[groups]` or `[a, b]` or a bare word."""
    words = (raw.get("scopes") or "[groups]").strip().strip("[]").split(",")
    return tuple(word.strip().strip("\"'") for word in words if word.strip())


def role_subject(project: str, role: str) -> str:
    """Who a token of a project's role speaks for."""
    return f"proj:{project}:{role}"


def _builtin() -> tuple[tuple[Rule, ...], Mapping[str, frozenset[str]]]:
    reads = [Rule(READ_ONLY_ROLE, resource, "get", _EVERY.get(resource, "*"), True) for resource in _READABLE]
    writes = [
        Rule(ADMIN_ROLE, resource, action, _EVERY.get(resource, "*"), True) for resource, actions in _WRITABLE.items() for action in actions
    ]
    return (*reads, *writes), {ADMIN_ROLE: frozenset((READ_ONLY_ROLE,)), "admin": frozenset((ADMIN_ROLE,))}


def _parse(text: str) -> tuple[list[Rule], dict[str, frozenset[str]], list[str]]:
    rules: list[Rule] = []
    parents: dict[str, frozenset[str]] = {}
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        match _cells(line):
            case []:
                continue
            case ["p", subject, resource, action, obj, ("allow" | "deny") as effect]:
                rules.append(Rule(subject, resource, action, obj, effect == "allow"))
            case ["g", member, role]:
                parents[member] = parents.get(member, frozenset()) | {role}
            case _:
                problems.append(
                    f"policy.csv: line {number}: {line.strip()[:200]!r}: expected p, SUBJECT, RESOURCE, ACTION, OBJECT, allow|deny"
                )
    return rules, parents, problems


def _cells(line: str) -> list[str]:
    stripped = line.strip()
    if not stripped or stripped.startswith("#"):
        return []
    return [cell.strip() for cell in next(csv.reader([stripped], skipinitialspace=True))]


def _of_project(project: Object) -> tuple[list[Rule], dict[str, frozenset[str]], list[str]]:
    """A role that speaks of anything outside its project says nothing."""
    name = name_of(project)
    rules: list[Rule] = []
    parents: dict[str, frozenset[str]] = {}
    problems: list[str] = []
    for role in (project.get("spec") or {}).get("roles") or ():
        subject = role_subject(name, str(role.get("name")))
        read, _, wrong = _parse("\n".join(role.get("policies") or ()))
        rules += (
            []
            if wrong
            else [rule for rule in read if rule.subject == subject and (rule.object == name or rule.object.startswith(f"{name}/"))]
        )
        rules.append(Rule(subject, "projects", "get", name, True))
        problems += [f"project {name}: {problem}" for problem in wrong]
        for group in role.get("groups") or ():
            parents[group] = parents.get(group, frozenset()) | {subject}
    return rules, parents, problems


def _joined(first: Mapping[str, frozenset[str]], second: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    return {key: first.get(key, frozenset()) | second.get(key, frozenset()) for key in (*first, *second)}


def _fits(pattern: str, value: str, regex: bool) -> bool:
    return _fits_regex(pattern, value) if regex else matches(pattern, value)


def _fits_regex(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is not None and compiled.search(value) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern) if len(pattern) <= _MAX_PATTERN else None
    except re.error:
        return None
