"""The log of a serving process does not fill the disk."""

import subprocess
import sys
from pathlib import Path

from stackwright.app.logfile import roll

_PROGRAM = """
import pathlib, sys
from stackwright.app.logfile import roll
path = pathlib.Path(sys.argv[1])
for number in range(3):
    print(f"line {number} " + "x" * 100, flush=True)
    print(f"error {number}", file=sys.stderr, flush=True)
    roll(path, 100)
print("last", flush=True)
"""


def test_a_full_log_is_put_aside_and_no_line_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    with path.open("ab") as log:
        subprocess.run([sys.executable, "-c", _PROGRAM, str(path)], stdout=log, stderr=log, check=True)
    assert path.read_text() == "last\n"
    assert [line.split()[:2] for line in (tmp_path / "server.log.1").read_text().splitlines()] == [["line", "2"], ["error", "2"]]


def test_a_log_that_is_not_full_or_not_ours_stays(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    assert roll(path) is False
    path.write_text("x" * 200)
    assert (roll(path, 1000), roll(path, 100)) == (False, False)
    assert path.stat().st_size == 200
