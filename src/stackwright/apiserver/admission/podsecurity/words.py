"""How a check tells what it found.

Source: k8s.io/pod-security-admission policy (helpers.go, visitor.go).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Spec = Mapping[str, Any]
Container = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Violation:
    """Shape: `detail` may be empty."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})" if self.detail else self.reason


Check = Callable[[Mapping[str, Any], Spec], Violation | None]
"""Of metadata and spec of a pod; None when all is well."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check of a level. Shape: `since` is the minor version that brought it; `replaces` is the milder check that it stands for."""

    check: Check
    since: int = 0
    replaces: Check | None = None


def containers(spec: Spec) -> Iterator[Container]:
    for field in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(field) or ()


def security(owner: Mapping[str, Any]) -> Mapping[str, Any]:
    """The securityContext of a container or pod spec."""
    return owner.get("securityContext") or {}


def quoted(items: Iterable[str]) -> str:
    return ", ".join(f'"{item}"' for item in items)


def named(found: list[Container]) -> str:
    """`container "a"`, `containers "a", "b"`."""
    return f"{'container' if len(found) == 1 else 'containers'} {quoted(str(each.get('name')) for each in found)}"


def setters(pod: bool, found: list[Container]) -> str:
    """`pod`, `container "a"` or both."""
    return " and ".join([*(["pod"] if pod else []), *([named(found)] if found else [])])


def has_own_users(spec: Spec) -> bool:
    """In a user namespace, root inside is nobody outside."""
    return spec.get("hostUsers") is False


def is_windows(spec: Spec) -> bool:
    return (spec.get("os") or {}).get("name") == "windows"
