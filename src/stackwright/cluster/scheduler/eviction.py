"""Sends the victims of a preemption away."""

from stackwright.api.meta import Object, is_deleting, name_of, namespace_of, uid_of
from stackwright.api.status import StatusError
from stackwright.client.kinds import PODS
from stackwright.cluster.context import Context, spec_of, status_of
from stackwright.cluster.scheduler.preemption import REASON, Candidate
from stackwright.runtime.conditions import with_condition


async def preempt(context: Context, pod: Object, chosen: Candidate, component: str) -> None:
    """Each victim is told why, then deleted with its own grace; those that go already are left alone."""
    for victim in chosen.victims:
        if is_deleting(victim):
            continue
        try:
            await _mark(context, pod, victim, component)
            await context.client.delete(PODS, name_of(victim), namespace_of(victim), propagation="Background", uid=uid_of(victim))
        except StatusError as error:
            if not error.not_found:
                raise
            continue
        context.events.tell(victim, "Normal", "Preempted", f"Preempted by pod {uid_of(pod)} on node {chosen.node}", component)


async def _mark(context: Context, pod: Object, victim: Object, component: str) -> None:
    status = status_of(victim)
    message = f"{spec_of(pod).get('schedulerName', component)}: preempting to accommodate a higher priority pod"
    conditions = with_condition(status.get("conditions"), "DisruptionTarget", "True", REASON, message, context.stamp(), lastProbeTime=None)
    await context.write_status(PODS, victim, {**status, "conditions": conditions})
