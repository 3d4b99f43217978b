"""When the probes of a simulated container succeed, or give it up. Pure.

Source: k8s.io/kubernetes pkg/kubelet/prober. Times in statuses are whole seconds, so a delay counts from the next one: never early.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from stackwright.cluster.node.behaviour import Behaviour

Container = Mapping[str, Any]


def _after(since: datetime, seconds: float) -> datetime:
    return since + timedelta(seconds=seconds + 1) if seconds else since


def _first_success(probe: Mapping[str, Any]) -> float:
    repeats = int(probe.get("successThreshold") or 1) - 1
    return float(probe.get("initialDelaySeconds") or 0) + repeats * float(probe.get("periodSeconds") or 10)


def started_at(container: Container, since: datetime) -> datetime:
    """When the startup probe has succeeded; at once without one."""
    probe = container.get("startupProbe")
    return _after(since, _first_success(probe)) if probe else since


def ready_at(container: Container, behaviour: Behaviour, since: datetime) -> datetime | None:
    """When the container becomes ready; None when it never does."""
    probe = container.get("readinessProbe")
    if not behaviour.ready and (probe or not behaviour.alive or behaviour.ready_delay == 0):
        return None
    delay = (_first_success(probe) if probe else 0.0) + behaviour.ready_delay
    return max(started_at(container, since), _after(since, delay))


def killed_at(container: Container, behaviour: Behaviour, since: datetime) -> datetime | None:
    """When the startup or liveness probe of a hanging container has failed often enough; None when none does."""
    if behaviour.alive:
        return None
    probe = container.get("startupProbe") or container.get("livenessProbe")
    if not probe:
        return None
    failures = int(probe.get("failureThreshold") or 3) - 1
    return _after(since, float(probe.get("initialDelaySeconds") or 0) + failures * float(probe.get("periodSeconds") or 10))


def probe_text(probe: Mapping[str, Any]) -> str:
    """What a failing probe says, by its kind."""
    if probe.get("exec"):
        return 'command "' + " ".join(str(word) for word in probe["exec"].get("command") or ()) + '" timed out'
    if probe.get("tcpSocket"):
        return "dial tcp: i/o timeout (simulated)"
    if probe.get("grpc"):
        return "timeout: failed to connect service within 1s (simulated)"
    path = (probe.get("httpGet") or {}).get("path") or "/"
    return f'Get "{path}": context deadline exceeded (simulated)'
