"""argocd-notifications-cm and argocd-notifications-secret, read. Pure: what cannot be read is a problem, and the rest stands.

Source: Argo CD's docs/operator-manual/notifications; notifications-engine pkg/api/config.go.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.selectors import EVERYTHING, SelectorError, parse_label_selector
from stackwright.gitops.notifications.catalog import TEMPLATES, TRIGGERS
from stackwright.gitops.notifications.types import Condition, Destination, Settings, Subscription
from stackwright.kernel import digest, expr, yaml
from stackwright.kernel.errors import BadInput

_SECRET = re.compile(r"\$([-A-Za-z0-9_.]+)")


def parse_settings(data: Mapping[str, str], secrets: Mapping[str, str]) -> Settings:
    """The catalogue's triggers and templates are there unless the map has its own under the same name."""
    problems: list[str] = []
    reader = _Reader(data, secrets, problems)
    return Settings(
        {**_catalogued(), **reader.triggers()},
        {**TEMPLATES, **reader.mappings("template.")},
        reader.services(),
        reader.names("defaultTriggers"),
        {key.removeprefix("defaultTriggers."): reader.names(key) for key in data if key.startswith("defaultTriggers.")},
        reader.subscriptions(),
        reader.context(),
        problems=tuple(problems),
    )


def _catalogued() -> dict[str, tuple[Condition, ...]]:
    return {name: tuple(condition_of(item) for item in listed) for name, listed in TRIGGERS.items()}


def condition_of(item: Mapping[str, Any]) -> Condition:
    """Raises BadInput."""
    when, once_per = str(item.get("when") or ""), str(item.get("oncePer") or "")
    send = tuple(str(name) for name in item.get("send") or ())
    once = expr.compile(once_per) if once_per else None
    return Condition(digest.sha256(when.encode())[:22], expr.compile(when), send, once)


class _Reader:
    def __init__(self, data: Mapping[str, str], secrets: Mapping[str, str], problems: list[str]) -> None:
        self._data = data
        self._secrets = secrets
        self._problems = problems

    def _read(self, key: str, wanted: type) -> Any:
        try:
            found = yaml.load(self._data[key].encode())
        except yaml.YamlError as error:
            self._problems.append(f"{key}: {error}")
            return None
        if found is not None and not isinstance(found, wanted):
            self._problems.append(f"{key}: expected a {'list' if wanted is list else 'mapping'}")
            return None
        return found

    def mappings(self, prefix: str) -> dict[str, Mapping[str, Any]]:
        keys = [key for key in self._data if key.startswith(prefix)]
        return {key.removeprefix(prefix): found for key in keys if (found := self._read(key, dict)) is not None}

    def triggers(self) -> dict[str, tuple[Condition, ...]]:
        found: dict[str, tuple[Condition, ...]] = {}
        for key in [key for key in self._data if key.startswith("trigger.")]:
            try:
                found[key.removeprefix("trigger.")] = tuple(condition_of(item) for item in self._read(key, list) or ())
            except (BadInput, AttributeError) as error:
                self._problems.append(f"{key}: {error}")
        return found

    def services(self) -> dict[str, tuple[str, Mapping[str, Any]]]:
        """`service.TYPE` or `service.TYPE.NAME`."""
        found = {}
        for key, options in self.mappings("service.").items():
            kind, _, name = key.partition(".")
            found[name or kind] = (kind, self._filled(options, f"service.{key}"))
        return found

    def _filled(self, value: Any, where: str) -> Any:
        """With `$key` replaced by what the Secret has under the key."""
        match value:
            case str():
                return _SECRET.sub(lambda match: self._secret(match, where), value)
            case Mapping():
                return {key: self._filled(item, where) for key, item in value.items()}
            case list():
                return [self._filled(item, where) for item in value]
            case _:
                return value

    def _secret(self, match: re.Match[str], where: str) -> str:
        if match[1] not in self._secrets:
            self._problems.append(f"{where}: argocd-notifications-secret has no key {match[1]!r}")
            return match[0]
        return self._secrets[match[1]].strip()

    def names(self, key: str) -> tuple[str, ...]:
        return tuple(str(name) for name in (self._read(key, list) if key in self._data else None) or ())

    def context(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = (self._read("context", dict) if "context" in self._data else None) or {}
        return found

    def subscriptions(self) -> tuple[Subscription, ...]:
        listed = (self._read("subscriptions", list) if "subscriptions" in self._data else None) or ()
        read = (self._subscription(item, f"subscriptions[{place}]") for place, item in enumerate(listed))
        return tuple(found for found in read if found is not None)

    def _subscription(self, item: Any, where: str) -> Subscription | None:
        if not isinstance(item, Mapping):
            self._problems.append(f"{where}: expected a mapping")
            return None
        try:
            selector = parse_label_selector(str(item["selector"])) if item.get("selector") else EVERYTHING
        except SelectorError as error:
            self._problems.append(f"{where}.selector: {error}")
            return None
        triggers = item.get("triggers") or ([item["trigger"]] if item.get("trigger") else [])
        return Subscription(destinations(item.get("recipients") or ()), tuple(str(name) for name in triggers), selector)


def destinations(recipients: Sequence[Any]) -> tuple[Destination, ...]:
    """`service:recipient`; a service alone needs no recipient."""
    found = []
    for text in recipients:
        service, _, recipient = str(text).partition(":")
        found.append(Destination(service.strip(), recipient.strip()))
    return tuple(found)
