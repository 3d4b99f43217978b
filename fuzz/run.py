"""Runs one target for a while: `python -m fuzz.run TARGET SECONDS`. Exits with 1 when something was found.

Inputs that reached new code are kept in `.fuzz/TARGET/corpus` for the next run, findings in `.fuzz/TARGET/findings`.
"""

import subprocess
import sys
from pathlib import Path

from fuzz.table import TARGETS

KEPT = Path(".fuzz")
_WRONG_USE = 2
_LEEWAY_SECONDS = 120


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in TARGETS or not arguments[1].isdecimal():
        listed = "\n".join(f"  {name:16} {what}" for name, what in TARGETS.items())
        print(f"usage: python -m fuzz.run TARGET SECONDS\n\n{listed}", file=sys.stderr)
        return _WRONG_USE
    name, seconds = arguments[0], int(arguments[1])
    findings = KEPT / name / "findings"
    before = set(findings.glob("*.txt"))
    command = [sys.executable, "-m", "fuzz.guided", name, str(seconds)]
    try:
        ended = subprocess.run(command, check=False, timeout=seconds + _LEEWAY_SECONDS).returncode
    except subprocess.TimeoutExpired:
        print(f"{name}: did not end {_LEEWAY_SECONDS} s after its time: an input hangs in code that cannot be interrupted", file=sys.stderr)
        return 1
    found = sorted(set(findings.glob("*.txt")) - before)
    for each in found:
        print(f"{name}: {each}\n{each.read_text()}")
    return int(bool(found) or ended != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
