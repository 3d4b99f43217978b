"""When a CronJob is due, what it starts then, and what of its past it keeps. Pure.

Source: k8s.io/kubernetes pkg/controller/cronjob (cronjob_controllerv2.go, utils.go).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stackwright.api.meta import Object, metadata_of, name_of, namespace_of, uid_of
from stackwright.cluster.context import reference_to, spec_of, status_of
from stackwright.kernel import cron
from stackwright.kernel.clock import parse_rfc3339
from stackwright.kernel.errors import BadInput
from stackwright.runtime.conditions import is_true

SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_MANY = 100


@dataclass(frozen=True, slots=True)
class Timing:
    """Shape: `due` is the last missed moment, if any; `next` the coming one; `missed` how many there were, at most 101."""

    due: datetime | None
    next: datetime | None
    missed: int


def zone_of(cron_job: Object) -> tzinfo:
    """Raises BadInput for a zone that nobody knows."""
    name = spec_of(cron_job).get("timeZone")
    if not name:
        return UTC
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadInput(f"unknown time zone {name}") from error


def timing(cron_job: Object, now: datetime) -> Timing:
    """Counts what was missed since the last start. Raises BadInput when the schedule cannot be read."""
    schedule, zone = cron.parse(str(spec_of(cron_job).get("schedule") or "")), zone_of(cron_job)
    here = now.astimezone(zone)
    upcoming = schedule.after(here)
    due, missed = None, 0
    for moment in _firings(schedule, _since(cron_job, now).astimezone(zone), here):
        due, missed = moment, missed + 1
        if missed > _MANY:
            due = _last_before(schedule, here) or due
            break
    return Timing(_utc(due), _utc(upcoming), missed)


def _since(cron_job: Object, now: datetime) -> datetime:
    """From when on missed starts count: the last start, at most the starting deadline ago."""
    last = status_of(cron_job).get("lastScheduleTime") or metadata_of(cron_job).get("creationTimestamp")
    since = parse_rfc3339(str(last)) if last else now
    deadline = spec_of(cron_job).get("startingDeadlineSeconds")
    return max(since, now - timedelta(seconds=int(deadline))) if deadline is not None else since


def _firings(schedule: cron.Schedule, since: datetime, until: datetime) -> Iterator[datetime]:
    moment = schedule.after(since)
    while moment is not None and moment <= until:
        yield moment
        moment = schedule.after(moment)


def _last_before(schedule: cron.Schedule, now: datetime) -> datetime | None:
    """Looks back in growing steps."""
    for minutes in (5, 60, 24 * 60, 31 * 24 * 60, 366 * 24 * 60):
        found = None
        for count, moment in enumerate(_firings(schedule, now - timedelta(minutes=minutes), now)):
            found = moment
            if count > 1000:
                break
        if found is not None:
            return found
    return None


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment is not None else None


def too_late(cron_job: Object, due: datetime, now: datetime) -> bool:
    deadline = spec_of(cron_job).get("startingDeadlineSeconds")
    return deadline is not None and due + timedelta(seconds=int(deadline)) < now


def job_name(cron_job: Object, due: datetime) -> str:
    """Equal for equal moments, so that a start is never made twice."""
    return f"{name_of(cron_job)}-{int(due.timestamp()) // 60}"


def new_job(cron_job: Object, due: datetime) -> dict[str, Any]:
    """The Job of one moment."""
    template = spec_of(cron_job).get("jobTemplate") or {}
    base = template.get("metadata") or {}
    stamp = due.astimezone(zone_of(cron_job)).isoformat(timespec="seconds").replace("+00:00", "Z")
    meta: dict[str, Any] = {
        "name": job_name(cron_job, due),
        "namespace": namespace_of(cron_job),
        "annotations": {**(base.get("annotations") or {}), SCHEDULED_AT: stamp},
        "ownerReferences": [reference_to(cron_job)],
    }
    meta |= {"labels": dict(base["labels"])} if base.get("labels") else {}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": template.get("spec") or {}}


def ended_as(job: Object) -> str | None:
    """`Complete`, `Failed`, or None while it goes on."""
    conditions = status_of(job).get("conditions")
    return next((type for type in ("Complete", "Failed") if is_true(conditions, type)), None)


def active_reference(job: Object) -> dict[str, Any]:
    """One entry of status.active."""
    meta = metadata_of(job)
    names = {"name": name_of(job), "namespace": namespace_of(job), "uid": uid_of(job)}
    return {"kind": "Job", **names, "apiVersion": "batch/v1", "resourceVersion": meta.get("resourceVersion")}


def to_forget(cron_job: Object, jobs: Sequence[Object]) -> list[Object]:
    """Finished Jobs beyond the limits of the history, oldest first."""
    found: list[Object] = []
    for type, field in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
        limit = spec_of(cron_job).get(field)
        ended = sorted((job for job in jobs if ended_as(job) == type), key=_started)
        found += ended[: max(0, len(ended) - int(limit))] if limit is not None else []
    return found


def _started(job: Object) -> tuple[str, str]:
    return str(status_of(job).get("startTime") or metadata_of(job).get("creationTimestamp")), name_of(job)
