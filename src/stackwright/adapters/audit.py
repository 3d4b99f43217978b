"""Who wrote what and when: one line of JSON a write, in files that take turns."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stackwright.kernel import json

FILE_BYTES = 10 * 1024 * 1024
KEPT_FILES = 5
_log = logging.getLogger(__name__)


class AuditFile:
    """An apiserver.ports.Audit. A full file is put aside as `.1`, older ones further back, the oldest is deleted.

    A disk that takes no more must not stop the API: the loss is logged, once.
    """

    def __init__(self, path: Path, *, file_bytes: int = FILE_BYTES, kept_files: int = KEPT_FILES) -> None:
        self._path, self._limit, self._kept = path, file_bytes, kept_files
        self._complained = False
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._descriptor = self._opened()
        self._size = os.fstat(self._descriptor).st_size

    def wrote(self, entry: Mapping[str, Any]) -> None:
        line = json.dumps(entry) + b"\n"
        try:
            if self._size and self._size + len(line) > self._limit:
                self._turn()
            self._size += os.write(self._descriptor, line)
        except OSError as error:
            self._complain(error)

    def close(self) -> None:
        os.close(self._descriptor)

    def _opened(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _turn(self) -> None:
        """The full file stays open until the next one is."""
        for number in range(self._kept - 1, 0, -1):
            older = self._aside(number)
            if older.exists():
                older.replace(self._aside(number + 1))
        self._path.replace(self._aside(1))
        self._aside(self._kept).unlink(missing_ok=True)
        full, self._descriptor, self._size = self._descriptor, self._opened(), 0
        os.close(full)

    def _aside(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            _log.error("%s: writes are not recorded any more: %s", self._path, error)
        self._complained = True
