"""Laws of the project that no linter knows."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "stackwright").rglob("*.py"))


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(path.relative_to(ROOT)) for path in SOURCES if not path.read_text().lstrip().startswith(('"""', "'''"))]
    assert silent == []


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "helpers", "common", "misc", "base", "manager"}
    assert [path.stem for path in SOURCES if path.stem in vague] == []


def test_nothing_is_left_to_do_in_the_code() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X:", "NotImplemented" + "Error")
    assert [str(path) for path in SOURCES for mark in marks if mark in path.read_text()] == []


def test_architecture_names_every_folder() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    folders = [path.name for path in (ROOT / "src" / "stackwright").iterdir() if path.is_dir() and not path.name.startswith("__")]
    assert [name for name in sorted(folders) if f"`{name}`" not in text] == []
