"""Create to healthy, cold and after SIGKILL; and what a platform costs while nothing happens."""

import os
import signal
import time
from pathlib import Path

from platform_rig import Rig, report, rig

IDLE_SECONDS = 30
SETTLE_SECONDS = 5


def main() -> None:
    with rig() as platform:
        cold = platform.create()
        os.kill(platform.pid, signal.SIGKILL)
        resumed = platform.create()
        time.sleep(SETTLE_SECONDS)
        figures = {
            "cold_seconds": cold,
            "resume_seconds": resumed,
            "resident_megabytes": resident(platform),
            "idle_cpu_percent": idle(platform),
        }
        report("boot", figures)


def resident(platform: Rig) -> float:
    status = Path(f"/proc/{platform.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def idle(platform: Rig) -> float:
    """Share of one core."""
    before = ticks(platform)
    time.sleep(IDLE_SECONDS)
    return 100 * (ticks(platform) - before) / os.sysconf("SC_CLK_TCK") / IDLE_SECONDS


def ticks(platform: Rig) -> int:
    fields = Path(f"/proc/{platform.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    main()
