"""Namespaces use no more than their ResourceQuotas allow; what is used is written down before the object is.

Source: k8s.io/apiserver pkg/admission/plugin/resourcequota.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stackwright.api import quotas
from stackwright.api.meta import Object, name_of
from stackwright.api.pod_resources import Amounts
from stackwright.api.status import StatusError
from stackwright.apiserver.admission.chain import Attributes
from stackwright.kernel.quantity import added, canonical, parse, subtracted
from stackwright.store.objects import Changed, NotThere, ObjectStore

_QUOTAS = "resourcequotas"
_ATTEMPTS = 10
_CHANGEABLE = frozenset({"services", "persistentvolumeclaims"})
"""Kinds that may use more after an update than before."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """A Validator, the last of all: what it counts is about to be written."""

    store: ObjectStore
    turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def validate(self, attributes: Attributes) -> Sequence[str]:
        """Raises StatusError 403."""
        if not _handles(attributes) or not self.store.list(_QUOTAS, attributes.namespace):
            return ()
        turn = self.turns.setdefault(attributes.namespace, asyncio.Lock())
        async with turn:
            await self._charge(attributes)
        return ()

    async def _charge(self, attributes: Attributes) -> None:
        done: set[str] = set()
        for _ in range(_ATTEMPTS):
            entries = [entry for entry in self.store.entries(_QUOTAS, attributes.namespace) if entry.name not in done]
            charged = [(charged_quota(entry.object, attributes), entry) for entry in entries]
            if attributes.dry_run:
                return
            try:
                for new, entry in charged:
                    if new is not None:
                        await self.store.update(_QUOTAS, new, entry.revision)
                    done.add(entry.name)
            except (Changed, NotThere):
                continue
            return
        raise StatusError(500, "InternalError", "Internal error occurred: quota evaluation timed out")


def _handles(attributes: Attributes) -> bool:
    if attributes.object is None or attributes.subresource or not attributes.namespace:
        return False
    return attributes.operation == "CREATE" or (attributes.operation == "UPDATE" and attributes.resource.qualified in _CHANGEABLE)


def charged_quota(quota: Object, attributes: Attributes) -> Object | None:
    """The quota with what this write uses added; None when it does not touch it. Raises StatusError 403."""
    status, resource, obj = quota.get("status") or {}, attributes.resource.qualified, attributes.object or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    restricted = quotas.matching(resource, hard)
    if not restricted or not quotas.in_scope(quota, resource, obj):
        return None
    if lacking := quotas.missing(resource, obj, restricted):
        raise attributes.refused(f"failed quota: {name_of(quota)}: {lacking}")
    if unknown := sorted(name for name in restricted if name not in used):
        raise attributes.refused(f"status unknown for quota: {name_of(quota)}, resources: {','.join(unknown)}")
    delta = {name: amount for name, amount in _delta(attributes).items() if name in hard}
    if not delta:
        return None
    new = {name: added(used[name], amount) for name, amount in delta.items()}
    over = [name for name, amount in delta.items() if parse(amount) > 0 and parse(new[name]) > parse(hard[name])]
    if over:
        shown = [_printed(amounts, over) for amounts in (delta, used, hard)]
        raise attributes.refused(f"exceeded quota: {name_of(quota)}, requested: {shown[0]}, used: {shown[1]}, limited: {shown[2]}")
    return {**quota, "status": {**status, "used": {**used, **new}}}


def _delta(attributes: Attributes) -> Amounts:
    resource = attributes.resource.qualified
    found = quotas.usage_of(resource, attributes.object or {})
    before = quotas.usage_of(resource, attributes.old) if attributes.old is not None else {}
    found = {name: subtracted(found.get(name, "0"), before.get(name, "0")) for name in {**found, **before}}
    return {name: amount for name, amount in found.items() if parse(amount)}


def _printed(amounts: Mapping[str, Any], names: Sequence[str]) -> str:
    return ",".join(f"{name}={canonical(amounts[name])}" for name in sorted(names))
