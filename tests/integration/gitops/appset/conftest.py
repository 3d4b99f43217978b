"""Makes this folder's git host importable."""

import importlib.util
import sys
from pathlib import Path

_spec = importlib.util.spec_from_file_location("git_host", Path(__file__).with_name("git_host.py"))
assert _spec is not None and _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
sys.modules["git_host"] = _module
_spec.loader.exec_module(_module)
