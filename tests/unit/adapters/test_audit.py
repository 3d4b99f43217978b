"""The audit log keeps every write, in bounded files."""

import json
from pathlib import Path

import pytest

from stackwright.adapters.audit import AuditFile


def test_full_files_take_turns_and_the_oldest_goes(tmp_path: Path) -> None:
    audit = AuditFile(tmp_path / "audit.jsonl", file_bytes=40, kept_files=3)
    for number in range(12):
        audit.wrote({"number": number, "user": "u"})
    audit.close()
    kept = sorted(tmp_path.iterdir())
    assert [path.name for path in kept] == ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"]
    numbers = [json.loads(line)["number"] for path in reversed(kept) for line in path.read_text().splitlines()]
    assert numbers == list(range(numbers[0], 12))
    assert all(path.stat().st_size <= 40 for path in kept)


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    AuditFile(tmp_path / "logs" / "audit.jsonl").close()
    assert (tmp_path / "logs" / "audit.jsonl").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_takes_no_more_is_told_once_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    audit = AuditFile(Path("/dev/full"))
    for number in range(3):
        audit.wrote({"number": number})
    audit.close()
    assert len([record for record in caplog.records if "not recorded" in record.message]) == 1
