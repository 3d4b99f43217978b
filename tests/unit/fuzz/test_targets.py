"""The targets of `make fuzz`: what they begin with is judged well, and the judge sees what it should."""

import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.judge import judged
from fuzz.table import TARGETS, target
from fuzz.target import Target

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_that_a_target_begins_with_is_read_or_refused_as_it_may_be(name: str) -> None:
    found = [judged(target(name), seed) for seed in target(name).seeds]
    assert [each.story for each in found if each] == []


def test_an_error_that_is_not_allowed_is_a_finding_and_an_allowed_one_is_none() -> None:
    def fails(data: bytes) -> None:
        raise KeyError(data)

    assert judged(Target(fails, (KeyError,), ()), b"x") is None
    found = judged(Target(fails, (ValueError,), ()), b"x")
    assert found is not None
    assert found.sort.startswith("KeyError")
    assert found.data == b"x"


def test_more_than_a_second_of_work_is_a_finding() -> None:
    found = judged(Target(lambda _: sum(range(10**8)), (), ()), b"")
    assert found is not None
    assert found.sort == "slow"


def test_memory_that_is_taken_is_a_finding() -> None:
    """In a process of its own: in this one, other tests may have taken more before."""
    code = "from fuzz import judge, target; print(judge.judged(target.Target(lambda _: bytearray(1 << 28), (), ()), b'').sort)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    assert told.stdout == "memory\n"
