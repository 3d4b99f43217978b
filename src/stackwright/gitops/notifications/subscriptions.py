"""Who wants to hear of an Application: its annotations, those of its project, and what the settings say. Pure.

Source: notifications-engine pkg/subscriptions/annotations.go.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, labels_of
from stackwright.gitops.notifications.types import FORGE, Destination, Settings
from stackwright.kernel import yaml

PREFIX = "notifications.argoproj.io"
SUBSCRIBE, SUBSCRIPTIONS = f"{PREFIX}/subscribe.", f"{PREFIX}/subscriptions"
Wanted = dict[str, dict[Destination, None]]
"""Destinations by trigger, each once, in the order they were named."""


def wanted(app: Object, project: Object | None, settings: Settings) -> Wanted:
    found: Wanted = {}
    for holder in (app, project):
        if holder is not None:
            _add_annotated(found, annotations_of(holder), settings)
    for subscription in settings.subscriptions:
        if subscription.selector.matches(labels_of(app)):
            for destination in subscription.recipients:
                for trigger in subscription.triggers or _defaults(settings, destination.service):
                    found.setdefault(trigger, {})[destination] = None
    return found


def without_others(found: Wanted, settings: Settings, others: Sequence[Settings]) -> Wanted:
    """Leaves out services that only others have: who has two configurations need not name everything in both."""
    kept: Wanted = {}
    for trigger, destinations in found.items():
        for destination in destinations:
            if _has(settings, destination) or not any(_has(other, destination) for other in others):
                kept.setdefault(trigger, {})[destination] = None
    return kept


def _has(settings: Settings, destination: Destination) -> bool:
    return destination.service in settings.services or (destination.service == FORGE and not settings.namespace)


def _add_annotated(found: Wanted, annotations: Mapping[str, str], settings: Settings) -> None:
    for key, value in annotations.items():
        if key.startswith(SUBSCRIBE):
            trigger, service = _named(key.removeprefix(SUBSCRIBE))
            _add(found, (trigger,) if trigger else _defaults(settings, service), service, _split(value))
        elif key == SUBSCRIPTIONS:
            _add_listed(found, value, settings)


def _named(text: str) -> tuple[str, str]:
    """`TRIGGER.SERVICE`, or a service alone."""
    trigger, separator, service = text.partition(".")
    return (trigger, service) if separator else ("", text)


def _split(recipients: str) -> list[str]:
    """One that is empty still is one: some services need no recipient."""
    return list(dict.fromkeys(item.strip() for item in recipients.split(";")))


def _add(found: Wanted, triggers: tuple[str, ...], service: str, recipients: list[str]) -> None:
    for trigger in triggers:
        for recipient in recipients:
            found.setdefault(trigger, {})[Destination(service, recipient)] = None


def _add_listed(found: Wanted, text: str, settings: Settings) -> None:
    """`[{trigger: [..], destinations: [{service, recipients: [..]}]}]`; what is not of this form says nothing."""
    try:
        listed = yaml.load(text.encode())
    except yaml.YamlError:
        return
    for item in listed if isinstance(listed, list) else ():
        for destination in (item.get("destinations") or ()) if isinstance(item, Mapping) else ():
            if isinstance(destination, Mapping) and destination.get("service"):
                service = str(destination["service"])
                recipients = [str(recipient) for recipient in destination.get("recipients") or ("",)]
                _add(found, _listed_triggers(item) or _defaults(settings, service), service, recipients)


def _listed_triggers(item: Mapping[str, Any]) -> tuple[str, ...]:
    named = item.get("trigger") or ()
    return (named,) if isinstance(named, str) else tuple(str(name) for name in named)


def _defaults(settings: Settings, service: str) -> tuple[str, ...]:
    return settings.default_triggers_of.get(service) or settings.default_triggers
