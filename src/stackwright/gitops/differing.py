"""Which pairs differ: by our own comparison first, and where the cluster should have the last word, by its dry run.

Source: Argo CD's util/argo/diff (`StateDiff`) and its server-side diff.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stackwright.api.meta import Object, ObjectKey, gvk_of
from stackwright.api.status import StatusError
from stackwright.client.errors import ClusterUnreachable, UnknownKind
from stackwright.client.kube import KubeClient
from stackwright.gitops.application import sync_options_of
from stackwright.gitops.compare import Target
from stackwright.gitops.diff import Comparison, DiffOptions, compare, compare_applied, compare_dry_run
from stackwright.gitops.memory import Verdicts
from stackwright.gitops.options import compare_options_of, option
from stackwright.gitops.ports import Kinds
from stackwright.gitops.sync.apply import FIELD_MANAGER
from stackwright.gitops.sync.plan import Pair
from stackwright.store.schema import Schema

_FAILURES = (StatusError, ClusterUnreachable, UnknownKind)


@dataclass(frozen=True, slots=True)
class Differences:
    """Call `look` before the first `modified`: it asks what can only be asked of the cluster. Shape: `client` None when nobody may ask."""

    client: KubeClient | None
    kinds: Kinds
    options: DiffOptions
    verdicts: Verdicts
    app: Object

    async def look(self, target: Target, lives: Mapping[ObjectKey, Object]) -> None:
        for key, wanted in target.objects.items():
            found = lives.get(key)
            if found is not None and self._known(key, wanted, found) is None:
                self.verdicts.modified[key] = (wanted, found, await self._judged(wanted, found))

    def modified(self, pair: Pair) -> bool:
        assert pair.target is not None
        assert pair.live is not None
        known = self._known(pair.key, pair.target, pair.live)
        return self._compared(pair.target, pair.live).modified if known is None else known

    def _known(self, key: ObjectKey, wanted: Object, found: Object) -> bool | None:
        known = self.verdicts.modified.get(key)
        return known[2] if known is not None and known[0] is wanted and known[1] is found else None

    async def _judged(self, wanted: Object, found: Object) -> bool:
        if self._asks_server(wanted):
            told = await self._dry_run(wanted, found)
            if told is not None:
                return told.modified
        return self._compared(wanted, found).modified

    def _asks_server(self, wanted: Object) -> bool:
        """An object's own word goes before the Application's, and that before the operator's."""
        own = compare_options_of(wanted).get("ServerSideDiff") or compare_options_of(self.app).get("ServerSideDiff")
        return own == "true" if own else self.options.server_side

    def _compared(self, wanted: Object, found: Object) -> Comparison:
        schema = self._schema(wanted)
        if option(sync_options_of(self.app), "ServerSideApply", wanted) == "true":
            return compare_applied(wanted, found, self.options, schema, FIELD_MANAGER)
        return compare(wanted, found, self.options, schema)

    async def _dry_run(self, wanted: Object, found: Object) -> Comparison | None:
        """None when the cluster cannot say."""
        if self.client is None:
            return None
        try:
            resource = await self.client.resource_of(wanted)
            after = await self.client.apply(wanted, resource=resource, field_manager=FIELD_MANAGER, dry_run=True)
        except _FAILURES:
            return None
        webhooks = compare_options_of(self.app).has("IncludeMutationWebhook") or compare_options_of(wanted).has("IncludeMutationWebhook")
        return compare_dry_run(after, found, replace(self.options, include_webhooks=webhooks), self._schema(wanted), FIELD_MANAGER)

    def _schema(self, obj: Object) -> Schema | None:
        return self.kinds.schema_of(gvk_of(obj))
