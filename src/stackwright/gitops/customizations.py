"""`resource.customizations` of argocd-cm: what the operator of the platform says about kinds.

Shape: a setting's key is `resource.customizations.<what>.<group>_<kind>`, with `*` for any text in either, or `all`; the old form
is one key `resource.customizations` that holds YAML of `<group>/<kind>: {<what>: …}`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stackwright.kernel import yaml

_PREFIX = "resource.customizations"
_OLD_NAMES = {"health.lua": "health", "health.lua.useOpenLibs": "useOpenLibs"}


@dataclass(frozen=True, slots=True)
class Customization:
    """One setting for kinds that match. Shape: `value` is the text of the key, or what stood in the old YAML form."""

    group: str
    kind: str
    what: str
    value: Any

    def matches(self, group: str, kind: str) -> bool:
        return glob_matches(self.group, group) and glob_matches(self.kind, kind)

    @property
    def is_exact(self) -> bool:
        return "*" not in self.group and "*" not in self.kind


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    parts = ["[^/]*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"(\*|\?)", glob)]
    return re.compile("".join(parts))


def glob_matches(glob: str, text: str) -> bool:
    """`*` and `?`, as path.Match reads them."""
    return glob == text or _pattern(glob).fullmatch(text) is not None


def parse_customizations(settings: Mapping[str, str]) -> tuple[Customization, ...]:
    """Raises YamlError when the old form is not YAML. Keys of other settings are passed over."""
    return tuple(_parse(settings))


def _parse(settings: Mapping[str, str]) -> Iterator[Customization]:
    for key, value in settings.items():
        if key == _PREFIX:
            yield from _parse_old(value)
        elif key.startswith(_PREFIX + "."):
            what, _, target = key[len(_PREFIX) + 1 :].partition(".")
            group, kind = _target(target)
            yield Customization(group, kind, what, value)


def _target(text: str) -> tuple[str, str]:
    if text == "all":
        return "*", "*"
    group, separator, kind = text.rpartition("_")
    return (group, kind) if separator else ("", text)


def _parse_old(text: str) -> Iterator[Customization]:
    loaded = yaml.load(text)
    for target, values in (loaded or {}).items() if isinstance(loaded, Mapping) else ():
        group, _, kind = target.rpartition("/")
        for what, value in (values or {}).items() if isinstance(values, Mapping) else ():
            yield Customization(group, kind, _OLD_NAMES.get(what) or str(what), value)


def find_customization(customizations: tuple[Customization, ...], what: str, group: str, kind: str) -> Any:
    """The value of the first that names the kind exactly, else of the first wildcard that matches it, else None."""
    found = [c for c in customizations if c.what == what and c.matches(group, kind)]
    exact = next((c for c in found if c.is_exact), None)
    return exact.value if exact else found[0].value if found else None
