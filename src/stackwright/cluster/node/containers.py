"""One step in the life of a simulated container: its last status and the time give its next status. Pure.

Source: k8s.io/kubernetes pkg/kubelet (kuberuntime, status states, back-off of restarts and image pulls).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from stackwright.cluster.node import probes
from stackwright.cluster.node.behaviour import Behaviour
from stackwright.kernel import digest
from stackwright.kernel.clock import parse_rfc3339, rfc3339

RESTART_BASE_SECONDS, RESTART_CAP_SECONDS, RESTART_RESET_SECONDS = 10, 300, 600
_PULL_SECONDS = 1

Status = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """An event about a container, or about the pod when `container` is empty. Shape: `field` is its field path."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """The outcome of a step. Shape: `wake` is when time alone changes something next."""

    status: Status
    notes: tuple[Note, ...] = ()
    wake: datetime | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """A container in its pod. Shape: `restarts` as the restart policy that counts for it; `problem` keeps it from being made."""

    container: Mapping[str, Any]
    behaviour: Behaviour
    restarts: Literal["Always", "OnFailure", "Never"]
    pod_text: str
    field: str
    problem: str | None = None

    @property
    def name(self) -> str:
        return str(self.container.get("name"))

    @property
    def image(self) -> str:
        return str(self.container.get("image"))


def waiting(role: Role, reason: str, message: str = "", old: Status | None = None) -> dict[str, Any]:
    """The status of a container that does not run."""
    old = old or {}
    state = {"reason": reason} | ({"message": message} if message else {})
    return {
        "name": role.name,
        "state": {"waiting": state},
        "lastState": _last_state(old),
        "ready": False,
        "restartCount": int(old.get("restartCount") or 0),
        "image": role.image,
        "imageID": old.get("imageID", ""),
        "started": False,
    }


def _last_state(old: Status) -> Mapping[str, Any]:
    terminated = (old.get("state") or {}).get("terminated")
    return {"terminated": terminated} if terminated else old.get("lastState") or {}


def step(role: Role, old: Status | None, now: datetime) -> Turn:
    """What becomes of the container by now. `old` None: it is to be started for the first time."""
    state = (old or {}).get("state") or {}
    if old is not None and "running" in state:
        return _running(role, old, now)
    if old is not None and "terminated" in state:
        return _terminated(role, old, now)
    return _starting(role, old or {}, now)


# -- not running yet ---------------------------------------------------------------------------------------------------


def _starting(role: Role, old: Status, now: datetime) -> Turn:
    reason = str(((old.get("state") or {}).get("waiting") or {}).get("reason") or "")
    if reason == "CrashLoopBackOff":
        due = _restart_due(old)
        return Turn(old, (), due) if now < due else _start(role, old, now, fresh=False)
    if not role.behaviour.pulls:
        return _pull_failing(role, old, reason, now)
    if role.problem is not None:
        note = Note("Warning", "Failed", f"Error: {role.problem}", role.field)
        return Turn(
            waiting(role, "CreateContainerConfigError", role.problem, old), () if reason == "CreateContainerConfigError" else (note,)
        )
    return _start(role, old, now, fresh=True)


def _pull_failing(role: Role, old: Status, reason: str, now: datetime) -> Turn:
    """Fails once, then stays in back-off: nothing that happens here would make another try succeed."""
    failure = f'failed to pull and unpack image "{role.image}": simulated failure: not found'
    pulling = Note("Normal", "Pulling", f'Pulling image "{role.image}"', role.field)
    failed = Note("Warning", "Failed", f'Failed to pull image "{role.image}": {failure}', role.field)
    if reason == "ErrImagePull":
        back_off = f'Back-off pulling image "{role.image}"'
        told = (Note("Normal", "BackOff", back_off, role.field), Note("Warning", "Failed", "Error: ImagePullBackOff", role.field))
        return Turn(waiting(role, "ImagePullBackOff", f"{back_off}: ErrImagePull: {failure}", old), told, None)
    if reason == "ImagePullBackOff":
        return Turn(old, ())
    notes = (pulling, failed, Note("Warning", "Failed", "Error: ErrImagePull", role.field))
    return Turn(waiting(role, "ErrImagePull", failure, old), notes, now + timedelta(seconds=_PULL_SECONDS))


def _start(role: Role, old: Status, now: datetime, *, fresh: bool) -> Turn:
    count = int(old.get("restartCount") or 0) + (0 if fresh else 1)
    notes = (
        Note("Normal", "Pulled", f'Container image "{role.image}" already present on machine', role.field),
        Note("Normal", "Created", f"Created container: {role.name}", role.field),
        Note("Normal", "Started", f"Started container {role.name}", role.field),
    )
    started = {
        "name": role.name,
        "state": {"running": {"startedAt": rfc3339(now)}},
        "lastState": _last_state(old),
        "ready": False,
        "restartCount": count,
        "image": role.image,
        "imageID": f"simulated://{digest.sha256(role.image.encode())}",
        "containerID": f"simulated://{digest.sha256(f'{role.pod_text}/{role.name}/{count}'.encode())}",
        "started": False,
    }
    turn = _running(role, started, now)
    return Turn(turn.status, notes + turn.notes, turn.wake)


# -- running -----------------------------------------------------------------------------------------------------------


def _running(role: Role, old: Status, now: datetime) -> Turn:
    since = parse_rfc3339(str(old["state"]["running"]["startedAt"]))
    ends = _end_of(role, since)
    killed = probes.killed_at(role.container, role.behaviour, since)
    if ends is not None and now >= ends:
        return _ended(role, old, now, role.behaviour.exit_code, "OOMKilled" if role.behaviour.ending == "oom" else None)
    if killed is not None and now >= killed:
        return _killed(role, old, now)
    started = probes.started_at(role.container, since)
    ready = probes.ready_at(role.container, role.behaviour, since)
    status = {**old, **_granted(role), "started": now >= started, "ready": ready is not None and now >= ready}
    later = [moment for moment in (ends, killed, started, ready) if moment is not None and moment > now]
    return Turn(status, (), min(later, default=None))


def _granted(role: Role) -> dict[str, Any]:
    """What it has of the node: all that it asks for, also when that was changed while it runs."""
    resources = role.container.get("resources") or {}
    if not resources:
        return {}
    asked = {key: dict(resources[key]) for key in ("limits", "requests") if resources.get(key)}
    return {"resources": asked} | ({"allocatedResources": dict(resources["requests"])} if resources.get("requests") else {})


def _end_of(role: Role, since: datetime) -> datetime | None:
    if role.behaviour.ending == "never":
        return None
    return since + timedelta(seconds=role.behaviour.run)


def _killed(role: Role, old: Status, now: datetime) -> Turn:
    kind = "startup" if role.container.get("startupProbe") else "liveness"
    probe = role.container.get(f"{kind}Probe") or {}
    unhealthy = Note("Warning", "Unhealthy", f"{kind.capitalize()} probe failed: {probes.probe_text(probe)}", role.field)
    killing = Note("Normal", "Killing", f"Container {role.name} failed {kind} probe, will be restarted", role.field)
    turn = _ended(role, old, now, 137, "Error")
    return Turn(turn.status, (unhealthy, killing, *turn.notes), turn.wake)


def ended(role: Role, old: Status, now: datetime, exit_code: int, reason: str | None = None) -> dict[str, Any]:
    """The status of a running container that ends now, and is not looked at again."""
    terminated = {
        "exitCode": exit_code,
        "reason": reason or ("Completed" if exit_code == 0 else "Error"),
        "startedAt": (old.get("state") or {}).get("running", {}).get("startedAt"),
        "finishedAt": rfc3339(now),
        "containerID": old.get("containerID", ""),
    }
    return {**old, "state": {"terminated": terminated}, "ready": False, "started": False}


def _ended(role: Role, old: Status, now: datetime, exit_code: int, reason: str | None) -> Turn:
    status = ended(role, old, now, exit_code, reason)
    return _terminated(role, status, now)


# -- ended -------------------------------------------------------------------------------------------------------------


def _terminated(role: Role, old: Status, now: datetime) -> Turn:
    code = int(old["state"]["terminated"].get("exitCode") or 0)
    if role.restarts == "Never" or (role.restarts == "OnFailure" and code == 0):
        return Turn(old)
    if int(old.get("restartCount") or 0) == 0:
        finished = parse_rfc3339(str(old["state"]["terminated"]["finishedAt"]))
        due = finished + timedelta(seconds=1)
        return Turn(old, (), due) if now < due else _start(role, old, now, fresh=False)
    seconds = restart_delay(old)
    text = f"back-off {_go_duration(seconds)} restarting failed container={role.name} pod={role.pod_text}"
    note = Note("Warning", "BackOff", f"Back-off restarting failed container {role.name} in pod {role.pod_text}", role.field)
    status = waiting(role, "CrashLoopBackOff", text, old) | {"containerID": old.get("containerID", "")}
    return Turn(status, (note,), _restart_due(status))


def restart_delay(old: Status) -> int:
    """How long the next restart waits: 10 s, then twice as long each time up to 5 minutes; anew after 10 good minutes."""
    terminated = _last_state(old).get("terminated") or {}
    if terminated.get("startedAt") and terminated.get("finishedAt"):
        ran = parse_rfc3339(str(terminated["finishedAt"])) - parse_rfc3339(str(terminated["startedAt"]))
        if ran.total_seconds() >= RESTART_RESET_SECONDS:
            return RESTART_BASE_SECONDS
    doublings = min(int(old.get("restartCount") or 0) - 1, 10)
    return int(min(RESTART_CAP_SECONDS, RESTART_BASE_SECONDS * 2 ** max(0, doublings)))


def _restart_due(old: Status) -> datetime:
    terminated = _last_state(old).get("terminated") or {}
    return parse_rfc3339(str(terminated.get("finishedAt"))) + timedelta(seconds=restart_delay(old))


def _go_duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
