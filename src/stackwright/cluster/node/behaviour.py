"""How a simulated container behaves: the annotations that rehearse failures, and what is done without them.

`simulate.stackwright.dev/<key>` on a pod speaks of all its containers, `<container>.simulate.stackwright.dev/<key>` of one:

| key | value |
|---|---|
| `behavior` | `run`, `complete`, `fail`, `crash-loop`, `hang` (runs, never ready, never ends), `oom`, `image-pull-error`, `unready` |
| `exit-code` | of `complete`, `fail` and `crash-loop` |
| `run-duration` | how long it runs before it ends (`complete`, `fail`, `crash-loop`, `oom`) |
| `start-delay` | before it runs, as if its image were pulled |
| `ready-delay` | before its readiness probe succeeds, beside the probe's own delays |
| `stop-duration` | how long it takes to stop once asked to; beyond the grace period it is killed |
| `logs`, `log-interval` | lines it writes; all at once, or one in each interval, over and over |
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stackwright.api.meta import Object, annotations_of
from stackwright.cluster.context import spec_of
from stackwright.kernel import duration
from stackwright.kernel.errors import BadInput

GROUP = "simulate.stackwright.dev"
Ending = Literal["never", "exit", "oom"]

_SLEEP = re.compile(r"sleep\s+(\d+(?:\.\d+)?)\s*\Z")
_EXIT = re.compile(r"exit\s+(\d+)\s*\Z")
_DEFAULT_RUN_SECONDS = 0.5
_OOM_EXIT_CODE = 137


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one container does. Units: seconds."""

    ending: Ending = "never"
    exit_code: int = 0
    run: float = _DEFAULT_RUN_SECONDS
    start_delay: float = 0.0
    ready_delay: float = 0.0
    stop: float = 0.0
    pulls: bool = True
    ready: bool = True
    alive: bool = True
    logs: tuple[str, ...] = ()
    log_interval: float = 0.0


def behaviour_of(pod: Object, container: Mapping[str, Any], *, init: bool = False) -> Behaviour:
    """What annotations, command and restart policy make of a container. Values that cannot be read count as absent."""
    settings = _settings(pod, str(container.get("name")))
    ends = container.get("restartPolicy") != "Always" if init else spec_of(pod).get("restartPolicy", "Always") != "Always"
    usual = _from_command(container, ends)
    match settings.get("behavior"):
        case "run":
            usual = Behaviour()
        case "complete":
            usual = Behaviour("exit", 0, usual.run)
        case "fail" | "crash-loop":
            usual = Behaviour("exit", 1, usual.run)
        case "oom":
            usual = Behaviour("oom", _OOM_EXIT_CODE, usual.run)
        case "hang":
            usual = Behaviour(ready=False, alive=False)
        case "unready":
            usual = Behaviour(ready=False)
        case "image-pull-error":
            usual = Behaviour(pulls=False)
    return Behaviour(
        ending=usual.ending,
        exit_code=_whole(settings.get("exit-code"), usual.exit_code),
        run=_seconds(settings.get("run-duration"), usual.run),
        start_delay=_seconds(settings.get("start-delay"), 0.0),
        ready_delay=_seconds(settings.get("ready-delay"), 0.0),
        stop=_seconds(settings.get("stop-duration"), 0.0),
        pulls=usual.pulls,
        ready=usual.ready,
        alive=usual.alive,
        logs=tuple(settings["logs"].splitlines()[:1000]) if settings.get("logs") else (),
        log_interval=_seconds(settings.get("log-interval"), 0.0),
    )


def _settings(pod: Object, container: str) -> dict[str, str]:
    """The container's own annotations before the pod's."""
    found: dict[str, str] = {}
    for prefix in (f"{GROUP}/", f"{container}.{GROUP}/"):
        found |= {key[len(prefix) :]: str(value) for key, value in annotations_of(pod).items() if key.startswith(prefix)}
    return found


def _from_command(container: Mapping[str, Any], ends: bool) -> Behaviour:
    """Commands whose only meaning is how long they run and how they end are taken at their word."""
    words = [str(word) for word in (*(container.get("command") or ()), *(container.get("args") or ()))]
    script = words[2] if len(words) == 3 and words[0].rpartition("/")[2] in ("sh", "bash", "ash") and words[1] == "-c" else " ".join(words)
    run, code, known = 0.0, 0, bool(words)
    for step in re.split(r"\s*(?:;|&&)\s*", script.strip()) if words else ():
        name = step.rpartition("/")[2]
        if sleep := _SLEEP.match(name):
            run += float(sleep[1])
        elif end := _EXIT.match(name):
            code = int(end[1])
            break
        elif name == "false":
            code = 1
        elif name != "true" and not name.startswith("echo "):
            known = False
    if known:
        return Behaviour("exit", code, run)
    return Behaviour("exit") if ends else Behaviour()


def printed_by_command(container: Mapping[str, Any]) -> Sequence[str]:
    """What plain `echo` steps of a shell script would write."""
    words = [str(word) for word in (*(container.get("command") or ()), *(container.get("args") or ()))]
    if len(words) != 3 or words[1] != "-c":
        return ()
    steps = re.split(r"\s*(?:;|&&|\n)\s*", words[2])
    texts = (step[5:].strip() for step in steps if step.startswith("echo "))
    return tuple(text.strip("\"'") for text in texts if not re.search(r"[$`|<>]", text))


def _seconds(text: str | None, default: float) -> float:
    if text is None:
        return default
    try:
        return max(0.0, float(text) if re.fullmatch(r"\d+(\.\d+)?", text.strip()) else duration.parse(text))
    except BadInput:
        return default


def _whole(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.strip().isdigit() else default
