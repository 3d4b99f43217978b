"""What our own services wrote, kept for `kubectl logs` of the pods that they stand in for."""

import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

_LINES = 2_000
_LINE_CHARACTERS = 4_096


@dataclass(frozen=True, slots=True)
class Line:
    """Shape: `number` counts from 0 in each service's log and never repeats."""

    number: int
    at: datetime
    text: str


class ServiceLogs:
    """The last lines of each service."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[Line]] = {}
        self._written: dict[str, int] = {}

    def write(self, service: str, text: str, at: datetime | None = None) -> None:
        """One line; what is longer than 4,096 characters is cut."""
        number = self._written.get(service, 0)
        self._written[service] = number + 1
        lines = self._lines.setdefault(service, deque(maxlen=_LINES))
        lines.append(Line(number, at or datetime.now(UTC), text[:_LINE_CHARACTERS].replace("\n", " ")))

    def lines(self, service: str, first: int = 0) -> list[Line]:
        """From number `first` on, as far as they are still kept."""
        kept = self._lines.get(service)
        if not kept:
            return []
        return list(islice(kept, max(0, first - kept[0].number), None))


class ServiceLogHandler(logging.Handler):
    """Feeds ServiceLogs from the loggers of this process. Shape: `services` by the prefix of the logger's name."""

    def __init__(self, logs: ServiceLogs, services: Mapping[str, str]) -> None:
        super().__init__(logging.INFO)
        self._logs = logs
        self._services = services

    def emit(self, record: logging.LogRecord) -> None:
        service = next((each for prefix, each in self._services.items() if record.name.startswith(prefix)), None)
        if service is None:
            return
        at = datetime.fromtimestamp(record.created, UTC)
        for line in self.format(record).splitlines() or [""]:
            self._logs.write(service, f"{record.levelname.lower()} {record.name.removeprefix('stackwright.')}: {line}", at)
