"""Steps of a sync, against a cluster that is a table."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from stackwright.api.meta import Object, key_of
from stackwright.api.status import StatusError
from stackwright.gitops.health.types import Health
from stackwright.gitops.options import parse_options
from stackwright.gitops.sync.apply import Applied, Applier, How, title_of
from stackwright.gitops.sync.context import Step, SyncContext
from stackwright.gitops.sync.execute import step, terminate
from stackwright.gitops.sync.plan import Pair, PlanInput, plan
from stackwright.gitops.sync.types import key_of_result

WAVE, HOOK, POLICY = "argocd.argoproj.io/sync-wave", "argocd.argoproj.io/hook", "argocd.argoproj.io/hook-delete-policy"


class Table:
    """Applies by writing down. `broken` are names that are refused, with the HTTP status; `held` are names that take long to go."""

    def __init__(self, *live: Object) -> None:
        self.live = {key_of(item): dict(item) for item in live}
        self.broken: dict[str, int] = {}
        self.held: set[str] = set()
        self.log: list[str] = []

    async def apply(self, target: Object, how: How, *, dry_run: bool = False) -> Applied:
        name = target["metadata"]["name"]
        if name in self.broken and (not dry_run or self.broken[name] == 422):
            raise StatusError(self.broken[name], "Invalid" if self.broken[name] == 422 else "Forbidden", f"{name} is refused")
        created = key_of(target) not in self.live
        if not dry_run:
            self.log.append(f"apply {name}")
            self.live[key_of(target)] = {**target, "status": self.live.get(key_of(target), {}).get("status", {})}
        return Applied(f"{title_of(target)} {'created' if created else 'configured'}", self.live.get(key_of(target)))

    async def find(self, obj: Object) -> Object | None:
        return self.live.get(key_of(obj))

    async def delete(self, live: Object, propagation: str) -> None:
        self.log.append(f"delete {live['metadata']['name']}")
        if live["metadata"]["name"] in self.held:
            held = self.live[key_of(live)]
            self.live[key_of(live)] = {**held, "metadata": {**held["metadata"], "deletionTimestamp": "now"}}
        else:
            self.live.pop(key_of(live), None)

    async def without_finalizer(self, live: Object, finalizer: str) -> Object | None:
        found = self.live.get(key_of(live))
        if found is None:
            return None
        kept = [item for item in found["metadata"].get("finalizers", []) if item != finalizer]
        self.live[key_of(live)] = {**found, "metadata": {**found["metadata"], "finalizers": kept}}
        return self.live[key_of(live)]

    def mark(self, name: str, health: str) -> None:
        for key, item in self.live.items():
            if key.name == name:
                self.live[key] = {**item, "status": {"health": health}}


def health_of(obj: Object) -> Health | None:
    told = (obj.get("status") or {}).get("health") or ("Progressing" if obj["kind"] in ("Job", "Deployment") else "")
    return Health(told, f"{obj['metadata']['name']} is {told}") if told else None


def obj(kind: str, name: str, **annotations: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "n", "uid": name, "annotations": annotations}}


class Sync:
    """Takes step after step, keeping nothing but the results, as a restarted engine would."""

    def __init__(self, table: Table, wanted: Sequence[Object] = (), hooks: Sequence[Object] = (), **context: Any) -> None:
        self.table, self.wanted, self.hooks, self.extra = table, wanted, hooks, context
        self.options = parse_options(context.pop("options", ()))
        self.results: Sequence[Mapping[str, Any]] = ()

    async def step(self, *, end: bool = False) -> Step:
        live = dict(self.table.live)
        pairs = [Pair(key_of(item), item, live.get(key_of(item))) for item in self.wanted]
        known = {key_of(item) for item in (*self.wanted, *self.hooks)}
        pairs += [Pair(key, None, item) for key, item in live.items() if key not in known]
        given = PlanInput(pairs, self.hooks, live.get, self.options, "abcdef012", 1, False, lambda _item: True, "n")
        tasks = plan(given, {key_of_result(item): item for item in self.results})
        applier = cast(Applier, self.table)
        context = SyncContext(applier, health_of, self.options, earlier=self.results, wave_delay_seconds=0.0, **self.extra)
        done = await (terminate if end else step)(tasks, context)
        self.results = done.results
        return done

    async def run(self) -> Step:
        """Until it ends or waits."""
        for _ in range(20):
            done = await self.step()
            if not done.again:
                return done
        raise AssertionError("it never waits")

    def told(self) -> dict[str, str]:
        return {f"{item['kind']}/{item['name']}": f"{item['status']} {item['hookPhase']}: {item['message']}" for item in self.results}


async def test_one_wave_is_done_at_once_without_waiting_for_health() -> None:
    done = await Sync(Table(), [obj("Deployment", "d"), obj("ConfigMap", "c")]).step()
    assert (done.phase, done.message) == ("Succeeded", "successfully synced (all tasks run)")


async def test_the_next_wave_waits_for_the_health_of_the_first() -> None:
    table = Table()
    sync = Sync(table, [obj("Deployment", "d"), obj("ConfigMap", "c", **{WAVE: "1"})])
    done = await sync.run()
    assert (done.phase, done.message) == ("Running", "waiting for healthy state of /Deployment/d")
    assert table.log == ["apply d"]
    table.mark("d", "Healthy")
    done = await sync.run()
    assert (done.phase, table.log) == ("Succeeded", ["apply d", "apply c"])


async def test_what_is_wrong_with_an_object_is_found_before_anything_is_written() -> None:
    table = Table()
    table.broken["bad"] = 422
    sync = Sync(table, [obj("ConfigMap", "good"), obj("ConfigMap", "bad", **{WAVE: "1"})])
    done = await sync.step()
    assert (done.phase, done.message, table.log) == ("Failed", "one or more objects failed to apply (dry run)", [])
    assert sync.told() == {"ConfigMap/bad": "SyncFailed Failed: bad is refused"}


async def test_what_other_objects_may_lift_is_left_to_the_real_write() -> None:
    table = Table()
    table.broken["bad"] = 403
    done = await Sync(table, [obj("ConfigMap", "good"), obj("ConfigMap", "bad", **{WAVE: "1"})]).run()
    assert (done.phase, done.message) == ("Failed", "one or more objects failed to apply, reason: bad is refused")
    assert table.log == ["apply good"]


async def test_a_hook_is_waited_for_and_its_end_told_before_it_goes() -> None:
    table = Table()
    sync = Sync(table, [obj("ConfigMap", "c")], [obj("Job", "j", **{HOOK: "PreSync", POLICY: "HookSucceeded"})])
    done = await sync.run()
    assert done.message == "waiting for completion of hook /Job/j"
    table.mark("j", "Healthy")
    done = await sync.step()
    assert (done.phase, table.log, sync.told()["Job/j"]) == ("Running", ["apply j"], "Synced Succeeded: j is Healthy")
    done = await sync.run()
    assert (done.phase, table.log) == ("Succeeded", ["apply j", "apply c", "delete j"])


async def test_a_hook_of_an_earlier_sync_is_made_anew() -> None:
    hook = obj("Job", "j", **{HOOK: "PreSync"})
    table = Table(hook)
    table.mark("j", "Healthy")
    await Sync(table, hooks=[hook]).run()
    assert table.log == ["delete j", "apply j"]


async def test_a_hook_that_others_hold_is_waited_for_quietly() -> None:
    hook = obj("Job", "j", **{HOOK: "PreSync"})
    table = Table(hook)
    table.held.add("j")
    sync = Sync(table, hooks=[hook])
    done = await sync.run()
    assert (done.message, done.again) == ("waiting for deletion of hook /Job/j", False)
    assert table.log == ["delete j"]


async def test_a_failed_hook_fails_the_sync_after_the_hooks_for_that() -> None:
    table = Table()
    hooks = [obj("Job", "j", **{HOOK: "PreSync"}), obj("Job", "sorry", **{HOOK: "SyncFail"})]
    sync = Sync(table, [obj("ConfigMap", "c")], hooks)
    await sync.run()
    table.mark("j", "Degraded")
    done = await sync.run()
    assert (done.phase, done.message) == ("Running", "waiting for completion of hook /Job/sorry")
    table.mark("sorry", "Healthy")
    done = await sync.run()
    assert (done.phase, done.message) == ("Failed", "one or more synchronization tasks completed unsuccessfully")
    assert table.log == ["apply j", "apply sorry"]


async def test_a_hook_that_vanished_fails_the_sync() -> None:
    table = Table()
    sync = Sync(table, hooks=[obj("Job", "j", **{HOOK: "PreSync"})])
    await sync.run()
    table.live.clear()
    done = await sync.run()
    assert (done.phase, done.message) == (
        "Failed",
        "one or more synchronization tasks completed unsuccessfully, reason: Resource /Job/j is missing, it might have been deleted",
    )


async def test_pruning_is_skipped_kept_or_done_as_asked() -> None:
    old, kept = obj("ConfigMap", "old"), obj("ConfigMap", "kept", **{"argocd.argoproj.io/sync-options": "Prune=false"})
    unasked = Sync(Table(old))
    await unasked.run()
    assert unasked.told() == {"ConfigMap/old": "PruneSkipped Succeeded: ignored (requires pruning)"}
    table = Table(old, kept)
    asked = Sync(table, prune=True)
    await asked.run()
    assert asked.told() == {"ConfigMap/old": "Pruned Succeeded: pruned", "ConfigMap/kept": "PruneSkipped Succeeded: ignored (no prune)"}
    assert table.log == ["delete old"]


async def test_a_deletion_is_waited_for_before_the_next_wave_and_its_result_stays() -> None:
    table = Table(obj("ConfigMap", "late"), obj("ConfigMap", "early", **{WAVE: "1"}))
    table.held.add("early")
    sync = Sync(table, prune=True)
    done = await sync.run()
    assert (done.message, table.log) == ("waiting for deletion of /ConfigMap/early", ["delete early"])
    table.live = {key: item for key, item in table.live.items() if key.name != "early"}
    done = await sync.run()
    assert (done.phase, table.log) == ("Succeeded", ["delete early", "delete late"])
    assert sync.told() == {"ConfigMap/early": "Pruned Succeeded: pruned", "ConfigMap/late": "Pruned Succeeded: pruned"}


async def test_a_deletion_that_wants_confirmation_waits_for_it() -> None:
    table = Table(obj("ConfigMap", "old"))
    done = await Sync(table, prune=True, options=["Prune=confirm"]).run()
    assert (done.message, table.log) == ("waiting for pruning confirmation of /ConfigMap/old", [])
    done = await Sync(table, prune=True, options=["Prune=confirm"], confirmed=True).run()
    assert (done.phase, table.log) == ("Succeeded", ["delete old"])


async def test_only_what_differs_is_applied_when_asked_so_but_hooks_always_run() -> None:
    table = Table()
    wanted = [obj("ConfigMap", "same"), obj("ConfigMap", "new")]
    hooks = [obj("ConfigMap", "h", **{HOOK: "PreSync"})]
    sync = Sync(table, wanted, hooks, options=["ApplyOutOfSyncOnly=true"], in_scope=lambda task: task.key.name == "new")
    assert (await sync.run()).phase == "Succeeded"
    assert table.log == ["apply h", "apply new"]


async def test_a_dry_run_writes_nothing_and_ends_in_one_step() -> None:
    table = Table(obj("ConfigMap", "old"))
    wanted = [obj("ConfigMap", "c"), obj("ConfigMap", "d", **{WAVE: "1"})]
    done = await Sync(table, wanted, dry_run=True, prune=True).step()
    assert (done.phase, done.message, table.log) == ("Succeeded", "successfully synced (all tasks run)", [])


async def test_what_the_project_refuses_stops_all() -> None:
    table = Table()
    done = await Sync(table, [obj("ConfigMap", "c")], permitted=lambda task: f"{task.key.name} is not permitted").step()
    assert (done.phase, done.message) == ("Failed", "one or more synchronization tasks are not valid: c is not permitted")
    assert table.log == []


async def test_terminating_deletes_hooks_that_run_and_keeps_those_that_ended() -> None:
    table = Table()
    sync = Sync(table, hooks=[obj("Job", "runs", **{HOOK: "PreSync"}), obj("Job", "ended", **{HOOK: "PreSync"})])
    await sync.run()
    table.mark("ended", "Healthy")
    done = await sync.step(end=True)
    assert (done.phase, done.message, table.log[2:]) == ("Failed", "Operation terminated", ["delete runs"])
    assert sync.told() == {"Job/runs": "Synced Failed: Terminated", "Job/ended": "Synced Succeeded: ended is Healthy"}
