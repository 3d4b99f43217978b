"""Runs one target for a while, or `all` one after another: `python -m fuzz.run TARGET SECONDS`. Exits with 1 when something was found.

Inputs that reached new code are kept in `.fuzz/TARGET/corpus` for the next run, findings in `.fuzz/TARGET/findings`.
"""

import subprocess
import sys
import time
from pathlib import Path

from fuzz.table import TARGETS

KEPT = Path(".fuzz")
_WRONG_USE = 2
_LEEWAY_SECONDS = 120


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in (*TARGETS, "all") or not arguments[1].isdecimal():
        listed = "\n".join(f"  {name:16} {what}" for name, what in TARGETS.items())
        print(f"usage: python -m fuzz.run TARGET SECONDS\n\n{listed}\n  all", file=sys.stderr)
        return _WRONG_USE
    names = list(TARGETS) if arguments[0] == "all" else arguments[:1]
    return max(_ran(name, int(arguments[1])) for name in names)


def _ran(name: str, seconds: int) -> int:
    """0 when nothing was found."""
    findings = KEPT / name / "findings"
    started = time.time()
    command = [sys.executable, "-m", "fuzz.guided", name, str(seconds)]
    try:
        ended = subprocess.run(command, check=False, timeout=seconds + _LEEWAY_SECONDS).returncode
    except subprocess.TimeoutExpired:
        print(f"{name}: did not end {_LEEWAY_SECONDS} s after its time: an input hangs in code that cannot be interrupted", file=sys.stderr)
        return 1
    found = sorted(each for each in findings.glob("*.txt") if each.stat().st_mtime >= started)
    for each in found:
        print(f"{name}: {each}\n{each.read_text()}")
    if ended:
        print(f"{name}: ended with {ended}; the input may be in {KEPT / name / 'crashes'}", file=sys.stderr)
    return int(bool(found) or ended != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
