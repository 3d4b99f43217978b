"""A platform that is killed in the middle of syncs, hooks and prunes ends them as if nothing had happened."""

import json
import sys
from pathlib import Path

import pytest

from .conftest import Shell

pytestmark = pytest.mark.platform

ROOT = Path(__file__).parents[2]


def test_syncs_and_removals_survive_kills_at_random_moments(shell: Shell) -> None:
    command = (sys.executable, "-m", "bench.killed_syncs", "--rounds", "2", "--kills", "2", "--every", "2")
    told = json.loads(shell.run(*command, cwd=ROOT, seconds=240).stdout)
    assert told["kills"] >= 3
