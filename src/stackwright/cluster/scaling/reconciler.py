"""The story of an autoscaler: read its target's scale, keep the bounds, tell.

Source: k8s.io/kubernetes pkg/controller/podautoscaler.
"""

from typing import Any

from stackwright.api.meta import Object, Resource, name_of, namespace_of
from stackwright.api.status import StatusError
from stackwright.client.informer import Change
from stackwright.cluster.context import Context, Key, enqueue_each, spec_of, status_of, synced
from stackwright.cluster.inventory import Inventory
from stackwright.cluster.scaling import plan
from stackwright.kernel import json
from stackwright.kernel.http import Request
from stackwright.runtime.conditions import with_condition
from stackwright.runtime.controller import Controller

COMPONENT = "horizontal-pod-autoscaler"
AUTOSCALERS = Resource("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", True)
_SETTLE_SECONDS = 0.05


class AutoscalerController:
    """Looks again when the autoscaler or the number of replicas of its target changes; nothing is measured in between."""

    def __init__(self, context: Context, inventory: Inventory) -> None:
        self._context = context
        self._inventory = inventory
        self._autoscalers = context.informers.informer(AUTOSCALERS)
        self._controller: Controller[Key] = Controller(COMPONENT, self.reconcile)
        enqueue_each(self._autoscalers, self._controller)
        inventory.listen(self._target_changed)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._inventory.wait_ready()
        await synced(self._autoscalers)
        await self._controller.run()

    def _target_changed(self, resource: Resource, change: Change, obj: Object, previous: Object | None) -> None:
        if "replicas" not in spec_of(obj) or (previous is not None and spec_of(previous).get("replicas") == spec_of(obj).get("replicas")):
            return
        for autoscaler in self._autoscalers.in_namespace(namespace_of(obj)):
            target = spec_of(autoscaler).get("scaleTargetRef") or {}
            if (target.get("kind"), target.get("name")) == (resource.kind, name_of(obj)):
                self._controller.queue.add_after((namespace_of(autoscaler), name_of(autoscaler)), _SETTLE_SECONDS)

    async def reconcile(self, key: Key) -> float | None:
        """One pass."""
        autoscaler = self._autoscalers.get(key[1], key[0])
        if autoscaler is None:
            return None
        old = status_of(autoscaler).get("conditions") or ()
        try:
            scale, path = await self._scale(autoscaler)
        except StatusError as error:
            message = f"the HPA controller was unable to get the target's current scale: {error.message}"
            self._tell(autoscaler, "Warning", "FailedGetScale", error.message)
            conditions = with_condition(old, "AbleToScale", "False", "FailedGetScale", message, self._context.stamp())
            await self._write(autoscaler, {"desiredReplicas": 0, "currentReplicas": 0, **status_of(autoscaler), "conditions": conditions})
            return None
        current = int((scale.get("spec") or {}).get("replicas") or 0)
        decided = plan.verdict(autoscaler, current)
        if decided.reason:
            await self._rescale(autoscaler, scale, path, decided)
        lack = plan.lack_of(autoscaler)
        if lack is not None and not decided.reason and decided.replicas:
            self._tell(autoscaler, "Warning", lack.reason, lack.message)
            self._tell(autoscaler, "Warning", "FailedComputeMetricsReplicas", plan.computing_failed(autoscaler, lack))
        conditions = plan.conditions(old, decided, lack, self._context.stamp())
        status = plan.status(autoscaler, current, decided, lack, conditions)
        await self._write(autoscaler, status | ({"lastScaleTime": self._context.stamp()} if decided.reason else {}))
        return None

    async def _scale(self, autoscaler: Object) -> tuple[Any, str]:
        """The target's Scale and where it is. Raises StatusError."""
        target = spec_of(autoscaler).get("scaleTargetRef") or {}
        group, kind = str(target.get("apiVersion", "")).rpartition("/")[0], str(target.get("kind"))
        resource = self._inventory.resource_of(group, kind)
        if resource is None:
            raise StatusError(404, "NotFound", f'no matches for kind "{kind}" in group "{group}"')
        path = resource.path(namespace_of(autoscaler), str(target.get("name")), "scale")
        response = await self._context.client.send(Request("GET", path, (), {"accept": "application/json"}))
        return json.loads(response.body), path

    async def _rescale(self, autoscaler: Object, scale: Any, path: str, decided: plan.Verdict) -> None:
        body = {**scale, "spec": {**(scale.get("spec") or {}), "replicas": decided.replicas}}
        headers = {"accept": "application/json", "content-type": "application/json"}
        await self._context.client.send(Request("PUT", path, (), headers, json.dumps(body)))
        self._tell(autoscaler, "Normal", "SuccessfulRescale", f"New size: {decided.replicas}; reason: {decided.reason}")

    async def _write(self, autoscaler: Object, status: dict[str, Any]) -> None:
        await self._context.write_status(AUTOSCALERS, autoscaler, {key: value for key, value in status.items() if value is not None})

    def _tell(self, autoscaler: Object, type: Any, reason: str, message: str) -> None:
        self._context.events.tell(autoscaler, type, reason, message, COMPONENT)
