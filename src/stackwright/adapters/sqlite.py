"""The journal of a cluster in one SQLite file."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stackwright.store.journal import Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  bucket TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (bucket, namespace, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
INSERT OR IGNORE INTO clock VALUES (1, 0);
"""


class SqliteJournal:
    """WAL with synchronous=FULL: a commit has been fsynced. One connection, used by one thread of its own.

    The highest revision is written in the same transaction, so that a deleted object's revision is not given out again.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4000", "busy_timeout=5000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")

    def load(self) -> tuple[int, Iterator[Record]]:
        (revision,) = self._connection.execute("SELECT revision FROM clock").fetchone()
        rows = self._connection.execute("SELECT revision, bucket, namespace, name, data FROM objects ORDER BY bucket, namespace, name")
        return revision, (Record(*row) for row in rows)

    async def append(self, records: Sequence[Record]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, records)

    def close(self) -> None:
        """After the last write; a file that was not closed is as good."""
        self._thread.shutdown()
        self._connection.close()

    def _commit(self, records: Sequence[Record]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            for record in records:
                self._put(record)
            execute("UPDATE clock SET revision = ?", (records[-1].revision,))
            execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise

    def _put(self, record: Record) -> None:
        key = (record.bucket, record.namespace, record.name)
        if record.data is None:
            self._connection.execute("DELETE FROM objects WHERE bucket = ? AND namespace = ? AND name = ?", key)
        else:
            self._connection.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)", (*key, record.revision, record.data))
