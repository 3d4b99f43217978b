"""The forge's records in one SQLite file."""

import sqlite3
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Any

from stackwright.forge.types import Account, CommitStatus, Repository, Token

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL COLLATE NOCASE UNIQUE, email TEXT NOT NULL, full_name TEXT NOT NULL,
  is_admin INTEGER NOT NULL, is_organization INTEGER NOT NULL, password TEXT NOT NULL, created TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE, name TEXT NOT NULL,
  hashed TEXT NOT NULL UNIQUE, last_eight TEXT NOT NULL, scopes TEXT NOT NULL, UNIQUE (account_id, name)
);
CREATE TABLE IF NOT EXISTS repositories (
  id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL COLLATE NOCASE, description TEXT NOT NULL,
  private INTEGER NOT NULL, archived INTEGER NOT NULL, default_branch TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
  UNIQUE (owner, name)
);
CREATE TABLE IF NOT EXISTS statuses (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL REFERENCES repositories(id) ON DELETE CASCADE, sha TEXT NOT NULL,
  context TEXT NOT NULL, state TEXT NOT NULL, description TEXT NOT NULL, target_url TEXT NOT NULL, creator TEXT NOT NULL,
  created TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS statuses_of_commit ON statuses (repository_id, sha);
"""
KEPT_STATUSES = 20
"""Of one context of a commit."""
_ACCOUNTS = "id, name, email, full_name, is_admin, is_organization, password, created"
_REPOSITORIES = ", ".join(item.name for item in fields(Repository))
_STATUSES = ", ".join(item.name for item in fields(CommitStatus))


class SqliteRecords:
    """Implements forge.ports.Records. Few and small: read and written in the loop's own thread; a write is fsynced when it returns."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    # -- accounts --------------------------------------------------------------------------------------------------

    def account(self, name: str) -> Account | None:
        return _account(self._one(f"SELECT {_ACCOUNTS} FROM accounts WHERE name = ?", name))

    def account_by_id(self, id: int) -> Account | None:
        return _account(self._one(f"SELECT {_ACCOUNTS} FROM accounts WHERE id = ?", id))

    def accounts(self) -> list[Account]:
        rows = self._connection.execute(f"SELECT {_ACCOUNTS} FROM accounts ORDER BY id").fetchall()
        return [found for row in rows if (found := _account(row)) is not None]

    def put_account(self, account: Account) -> Account:
        return replace(account, id=self._put("accounts", account))

    def delete_account(self, id: int) -> None:
        self._connection.execute("DELETE FROM accounts WHERE id = ?", (id,))

    # -- tokens ----------------------------------------------------------------------------------------------------

    def token(self, hashed: str) -> Token | None:
        return _token(self._one("SELECT id, account_id, name, hashed, last_eight, scopes FROM tokens WHERE hashed = ?", hashed))

    def tokens_of(self, account_id: int) -> list[Token]:
        query = "SELECT id, account_id, name, hashed, last_eight, scopes FROM tokens WHERE account_id = ? ORDER BY id"
        return [found for row in self._connection.execute(query, (account_id,)).fetchall() if (found := _token(row)) is not None]

    def put_token(self, token: Token) -> Token:
        place = "INSERT INTO tokens (account_id, name, hashed, last_eight, scopes) VALUES (?, ?, ?, ?, ?)"
        values = (token.account_id, token.name, token.hashed, token.last_eight, " ".join(token.scopes))
        return replace(token, id=self._connection.execute(place, values).lastrowid or 0)

    def delete_token(self, id: int) -> None:
        self._connection.execute("DELETE FROM tokens WHERE id = ?", (id,))

    # -- repositories ----------------------------------------------------------------------------------------------

    def repository(self, owner: str, name: str) -> Repository | None:
        return _repository(self._one(f"SELECT {_REPOSITORIES} FROM repositories WHERE owner = ? AND name = ?", owner, name))

    def repositories(self) -> list[Repository]:
        rows = self._connection.execute(f"SELECT {_REPOSITORIES} FROM repositories ORDER BY id").fetchall()
        return [found for row in rows if (found := _repository(row)) is not None]

    def put_repository(self, repository: Repository) -> Repository:
        return replace(repository, id=self._put("repositories", repository))

    def delete_repository(self, id: int) -> None:
        self._connection.execute("DELETE FROM repositories WHERE id = ?", (id,))

    # -- marks on commits ------------------------------------------------------------------------------------------

    def statuses_of(self, repository_id: int, sha: str) -> list[CommitStatus]:
        query = f"SELECT {_STATUSES} FROM statuses WHERE repository_id = ? AND sha = ? ORDER BY id DESC"
        return [CommitStatus(*row) for row in self._connection.execute(query, (repository_id, sha)).fetchall()]

    def put_status(self, status: CommitStatus) -> CommitStatus:
        place = (status.repository_id, status.sha, status.context)
        made = replace(status, id=self._put("statuses", status))
        kept = "SELECT id FROM statuses WHERE repository_id = ? AND sha = ? AND context = ? ORDER BY id DESC LIMIT ?"
        old = f"DELETE FROM statuses WHERE repository_id = ? AND sha = ? AND context = ? AND id NOT IN ({kept})"
        self._connection.execute(old, (*place, *place, KEPT_STATUSES))
        return made

    # -- rows ------------------------------------------------------------------------------------------------------

    def _one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return found

    def _put(self, table: str, record: Account | Repository | CommitStatus) -> int:
        names = [item.name for item in fields(record)]
        values = [record.id or None, *astuple(record)[1:]]
        updates = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        marks = ", ".join("?" for _ in names)
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {updates}"
        cursor = self._connection.execute(statement, values)
        return record.id or cursor.lastrowid or 0


def _account(row: tuple[Any, ...] | None) -> Account | None:
    if row is None:
        return None
    id, name, email, full_name, is_admin, is_organization, password, created = row
    return Account(id, name, email, full_name, bool(is_admin), bool(is_organization), password, created)


def _token(row: tuple[Any, ...] | None) -> Token | None:
    return None if row is None else Token(row[0], row[1], row[2], row[3], row[4], tuple(row[5].split()))


def _repository(row: tuple[Any, ...] | None) -> Repository | None:
    if row is None:
        return None
    id, owner, name, description, private, archived, *rest = row
    return Repository(id, owner, name, description, bool(private), bool(archived), *rest)
