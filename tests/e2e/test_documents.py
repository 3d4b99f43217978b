"""The commands that the README shows do what it says."""

import re
from pathlib import Path

import pytest

from .conftest import Shell

pytestmark = pytest.mark.platform

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh tour\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_tour_of_the_readme_works(shell: Shell, tmp_path: Path) -> None:
    blocks = _BLOCK.findall((ROOT / "README.md").read_text())
    assert len(blocks) >= 4
    script = tmp_path / "tour.sh"
    script.write_text("set -euo pipefail\n" + "\n".join(blocks))
    try:
        shell.run("bash", str(script), cwd=tmp_path, seconds=120)
    finally:
        shell.stackwright("delete", "--name", "tour", check=False)
