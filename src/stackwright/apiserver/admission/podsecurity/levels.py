"""Which level a namespace asks for by its labels, and what a pod breaks of it. Pure.

Source: k8s.io/pod-security-admission api (helpers.go) and admission (admission.go).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stackwright.apiserver.admission.podsecurity import baseline, restricted
from stackwright.apiserver.admission.podsecurity.words import Rule, Violation
from stackwright.apiserver.kind import FieldError

Mode = Literal["enforce", "audit", "warn"]
PREFIX = "pod-security.kubernetes.io/"
MODES: tuple[Mode, ...] = ("enforce", "audit", "warn")
_RULES: Mapping[str, Sequence[Rule]] = {
    "privileged": (),
    "baseline": baseline.RULES,
    "restricted": (*baseline.RULES, *restricted.RULES),
}
_STRICTNESS = {"privileged": 0, "baseline": 1, "restricted": 2}
_VERSION = re.compile(r"v1\.(0|[1-9][0-9]*)\Z")


@dataclass(frozen=True, slots=True)
class Level:
    """Shape: `name` is privileged, baseline or restricted; `version` is latest or v1.N."""

    name: str = "privileged"
    version: str = "latest"

    def __str__(self) -> str:
        return f"{self.name}:{self.version}"

    def violations(self, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> list[Violation]:
        """All that a pod breaks, by the rules that there were in this version; what each of them says is the latest wording."""
        minor = None if self.version == "latest" else int(self.version.partition(".")[2])
        rules = [rule for rule in _RULES[self.name] if minor is None or rule.since <= minor]
        replaced = {rule.replaces for rule in rules}
        checks = [rule.check for rule in rules if rule.check not in replaced]
        return [found for check in checks if (found := check(metadata, spec)) is not None]

    def is_stricter(self, other: "Level") -> bool:
        return _STRICTNESS[self.name] > _STRICTNESS[other.name]


def level_of(labels: Mapping[str, str], mode: Mode) -> Level:
    """A level nobody can read is restricted, to be on the safe side; for warnings and audits it is privileged.

    What is enforced is warned of too, unless the namespace says of what to warn.
    """
    if mode == "warn" and PREFIX + mode not in labels and labels.get(PREFIX + "enforce") in _RULES:
        enforced = level_of(labels, "enforce")
        return Level(enforced.name, _version(labels, "warn", enforced.version))
    name, version = labels.get(PREFIX + mode), _version(labels, mode, "latest")
    if name is None:
        return Level(version=version)
    if name not in _RULES:
        name = "restricted" if mode == "enforce" else "privileged"
    return Level(name, version)


def _version(labels: Mapping[str, str], mode: Mode, default: str) -> str:
    found = labels.get(f"{PREFIX}{mode}-version", default)
    return found if _is_version(found) else "latest"


def _is_version(text: str) -> bool:
    return text == "latest" or _VERSION.match(text) is not None


def label_errors(labels: Mapping[str, str]) -> list[FieldError]:
    errors = []
    for mode in MODES:
        name, version = labels.get(PREFIX + mode), labels.get(f"{PREFIX}{mode}-version")
        if name is not None and name not in _RULES:
            errors.append(_error(PREFIX + mode, name, "must be one of privileged, baseline, restricted"))
        if version is not None and not _is_version(version):
            errors.append(_error(f"{PREFIX}{mode}-version", version, 'must be "latest" or "v1.x"'))
    return errors


def _error(label: str, value: str, rule: str) -> FieldError:
    return FieldError("FieldValueInvalid", f"metadata.labels[{label}]", f'Invalid value: "{value}": {rule}')


def existing_warnings(namespace: str, level: Level, pods: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a namespace is told of the pods that it has already, the ones with the same problem together."""
    by_problem: dict[str, list[str]] = {}
    for pod in pods:
        found = level.violations(pod.get("metadata") or {}, pod.get("spec") or {})
        if found:
            problem = ", ".join(each.reason for each in found)
            by_problem.setdefault(problem, []).append(str((pod.get("metadata") or {}).get("name")))
    if not by_problem:
        return []
    lines = [f"{_some(sorted(names))}: {problem}" for problem, names in by_problem.items()]
    return [f'existing pods in namespace "{namespace}" violate the new PodSecurity enforce level "{level}"', *sorted(lines)]


def _some(names: list[str]) -> str:
    others = len(names) - 1
    return names[0] if not others else f"{names[0]} (and {others} other pod{'' if others == 1 else 's'})"
