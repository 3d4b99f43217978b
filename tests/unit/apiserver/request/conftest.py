import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

_spec = importlib.util.spec_from_file_location("request_rig", Path(__file__).with_name("rig.py"))
assert _spec is not None and _spec.loader is not None
rig_module: Any = importlib.util.module_from_spec(_spec)
sys.modules["request_rig"] = rig_module
_spec.loader.exec_module(rig_module)


@pytest.fixture
def rig() -> Any:
    return rig_module.Rig()
