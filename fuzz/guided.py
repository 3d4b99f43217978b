"""The process that atheris drives: findings are written down and the run goes on. Started by `fuzz.run`."""

import sys
from pathlib import Path

import atheris

from fuzz.judge import Finding, judged
from fuzz.run import KEPT
from fuzz.table import target

_HANG_SECONDS = 20
_MOST_MEMORY_MIB = 2048
_LONGEST_INPUT_BYTES = 4096


def main(name: str, seconds: int) -> None:
    with atheris.instrument_imports(include=["stackwright"], enable_loader_override=False):
        tried = target(name)
    home = KEPT / name
    for folder in ("corpus", "findings", "crashes"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    for index, seed in enumerate(tried.seeds):
        (home / "corpus" / f"seed-{index}").write_bytes(seed)
    words = home / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in tried.words or ("a",)))
    seen: set[str] = set()

    def one(data: bytes) -> None:
        finding = judged(tried, data)
        if finding and finding.name not in seen:
            seen.add(finding.name)
            _keep(finding, home / "findings")

    options = (f"-max_total_time={seconds}", f"-timeout={_HANG_SECONDS}", f"-rss_limit_mb={_MOST_MEMORY_MIB}")
    places = (f"-max_len={_LONGEST_INPUT_BYTES}", f"-artifact_prefix={home}/crashes/", f"-dict={words}", "-verbosity=0")
    atheris.Setup([sys.argv[0], *options, *places, str(home / "corpus")], one)
    atheris.Fuzz()


def _escaped(word: str) -> str:
    """As libFuzzer's dictionaries have it."""
    return "".join(chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\x{byte:02X}" for byte in word.encode())


def _keep(finding: Finding, folder: Path) -> None:
    (folder / finding.name).write_bytes(finding.data)
    (folder / f"{finding.name}.txt").write_text(f"{finding.sort}\n{finding.data!r}\n{finding.story}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
