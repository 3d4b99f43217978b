"""Reads single values of argocd-cm and argocd-cmd-params-cm; what cannot be read is named, and its default stands."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.gitops.project.globs import matches
from stackwright.kernel import duration, yaml
from stackwright.kernel.errors import BadInput

_TRUE, _FALSE = frozenset(("true", "1", "t")), frozenset(("false", "0", "f", ""))


class Values:
    """Shape: `problems` grows with every value that cannot be read."""

    def __init__(self, raw: Mapping[str, str]) -> None:
        self._raw = raw
        self.problems: list[str] = []

    def text(self, key: str, default: str = "") -> str:
        return str(self._raw.get(key) or default)

    def flag(self, key: str, *, default: bool) -> bool:
        found = str(self._raw.get(key, "true" if default else "false")).strip().lower()
        if found in _TRUE | _FALSE:
            return found in _TRUE
        self.problems.append(f"{key}: {found!r}: expected true or false")
        return default

    def seconds(self, key: str, default: float) -> float:
        """A number of seconds, or a duration of Go's. Never negative."""
        text = self.text(key).strip()
        if not text:
            return default
        try:
            return max(0.0, float(text) if _is_number(text) else duration.parse(text))
        except BadInput as error:
            self.problems.append(f"{key}: {error}")
            return default

    def number(self, key: str, default: float) -> float:
        text = self.text(key).strip()
        if text and not _is_number(text):
            self.problems.append(f"{key}: {text!r}: expected a number")
        return float(text) if _is_number(text) else default

    def names(self, key: str) -> tuple[str, ...]:
        """Parts between commas."""
        return tuple(part.strip() for part in self.text(key).split(",") if part.strip())

    def mapping(self, key: str) -> Mapping[str, Any]:
        found = self._yaml(key)
        if found is not None and not isinstance(found, Mapping):
            self.problems.append(f"{key}: expected a map")
        return found if isinstance(found, Mapping) else {}

    def mappings(self, key: str) -> tuple[Mapping[str, Any], ...]:
        """A list of maps; other items are passed over."""
        found = self._yaml(key)
        if found is not None and not isinstance(found, list):
            self.problems.append(f"{key}: expected a list")
        return tuple(item for item in found if isinstance(item, Mapping)) if isinstance(found, list) else ()

    def _yaml(self, key: str) -> Any:
        try:
            return yaml.load(self.text(key))
        except yaml.YamlError as error:
            self.problems.append(f"{key}: {error}")
            return None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None


def names_namespace(patterns: Sequence[str], namespace: str) -> bool:
    """Whether one of the patterns is for the namespace: globs, and regular expressions between slashes. Raises nothing."""
    return any(_names(pattern, namespace) for pattern in patterns)


def _names(pattern: str, namespace: str) -> bool:
    if len(pattern) < 2 or not (pattern[0] == pattern[-1] == "/"):
        return matches(pattern, namespace)
    try:
        return re.fullmatch(pattern[1:-1], namespace) is not None
    except re.error:
        return False
