"""Every setting of Argo CD is in the reference: what it does here, or that it does nothing."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
APPENDIX = Path(__file__).parents[4] / "shared" / "contracts" / "argocd-appendix.md"
_NO_KEYS = frozenset(("name", "namespace", "labels", "NOTE", "are"))


def keys_of(file: str) -> list[str]:
    """As the appendix lists them: key, perhaps `= value`, in backquotes."""
    if not APPENDIX.exists():
        return []
    section = APPENDIX.read_text().split(f"\n### {file}\n", 1)[1].split("\n### ", 1)[0]
    found = (entry.split(" = ", 1)[0] for entry in re.findall(r"`([^`]+)`", section))
    return [key for key in dict.fromkeys(found) if key not in _NO_KEYS]


def listed() -> list[str]:
    text = (ROOT / "docs" / "reference.md").read_text().split("\n### Settings\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("file", ["argocd-cm.yaml", "argocd-cmd-params-cm.yaml"])
def test_every_key_is_listed(file: str) -> None:
    patterns = listed()
    assert [key for key in keys_of(file) if not any(fnmatchcase(key, pattern) for pattern in patterns)] == []
