"""The commands that the README and the tutorial show do what they say."""

import re
from pathlib import Path

import pytest

from .conftest import Shell

pytestmark = pytest.mark.platform

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh tour\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("document", "clusters"), [("README.md", ("tour",)), ("docs/tutorial.md", ("learn", "learn-east"))])
def test_the_commands_of_a_document_work(shell: Shell, tmp_path: Path, document: str, clusters: tuple[str, ...]) -> None:
    blocks = _BLOCK.findall((ROOT / document).read_text())
    assert len(blocks) >= 4
    script = tmp_path / "tour.sh"
    script.write_text("set -euo pipefail\n" + "\n".join(blocks))
    try:
        shell.run("bash", str(script), cwd=tmp_path, seconds=120)
    finally:
        shell.stackwright("delete", "--name", clusters[0], check=False)
        for name in clusters[1:]:
            shell.stackwright("cluster", "delete", name, check=False)
