"""How the API shows what differs between two versions of an object: a diff of their texts.

Source: k8s.io/apimachinery pkg/util/diff.
"""

import difflib
import json
from collections.abc import Mapping
from typing import Any

from stackwright.apiserver.builtin.validation.internal import internal


def differences(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """A unified diff with three lines around; `kind` is the struct that both are printed as."""
    lines = difflib.unified_diff(_lines(kind, old), _lines(kind, new), n=3, lineterm="")
    return "".join(f"{line}\n" for line in list(lines)[2:])


def _lines(kind: str, value: Mapping[str, Any]) -> list[str]:
    return json.dumps(internal(kind, value), indent=1, ensure_ascii=False).splitlines()
