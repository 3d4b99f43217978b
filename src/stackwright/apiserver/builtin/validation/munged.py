"""How the API shows what differs between two versions of an object: a diff of their texts.

Source: k8s.io/apimachinery pkg/util/diff.
"""

import difflib
import json
from collections.abc import Mapping
from typing import Any


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """A unified diff with three lines around, fields named as in Go."""
    lines = difflib.unified_diff(_lines(old), _lines(new), n=3, lineterm="")
    return "".join(f"{line}\n" for line in list(lines)[2:])


def _lines(value: Any) -> list[str]:
    return json.dumps(_named(value), indent=1, ensure_ascii=False).splitlines()


def _named(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, list) else value
