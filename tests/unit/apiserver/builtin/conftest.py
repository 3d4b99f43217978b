import importlib.util
import sys
from pathlib import Path
from typing import Any

_spec = importlib.util.spec_from_file_location("kind_bench", Path(__file__).with_name("kind_bench.py"))
assert _spec is not None and _spec.loader is not None
bench: Any = importlib.util.module_from_spec(_spec)
sys.modules["kind_bench"] = bench
_spec.loader.exec_module(bench)
