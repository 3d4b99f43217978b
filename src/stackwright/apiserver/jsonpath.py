"""The JSONPath of printer columns and selectable fields: one value out of an object.

Source: k8s.io/client-go/util/jsonpath.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

_STEP = re.compile(
    r"""\.(?P<field>(?:\\.|[^.\[\]\\])+) | \[(?P<index>-?\d+)\] | \[(?P<all>\*)\] | \.(?P<star>\*)
    | \['(?P<quoted>[^']*)'\] | \["(?P<double>[^"]*)"\]
    | \[\?\(@\.(?P<key>[\w.\-/]+)\s*(?P<relation>==|!=)\s*(?P<wanted>"[^"]*"|'[^']*'|[\w.\-]+)\s*\)\]""",
    re.VERBOSE,
)


@lru_cache(maxsize=2048)
def _steps(path: str) -> tuple[Mapping[str, str], ...] | None:
    """None when the path cannot be read."""
    text = path.strip()
    text = text if text.startswith((".", "[")) else f".{text}"
    found: list[Mapping[str, str]] = []
    position = 0
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            return None
        found.append({key: value for key, value in step.groupdict().items() if value is not None})
        position = step.end()
    return tuple(found)


def is_readable(path: str) -> bool:
    return _steps(path) is not None


def values(obj: Any, path: str) -> list[Any]:
    """Every value that the path names; none where it leads nowhere."""
    steps = _steps(path)
    found = [obj]
    for step in steps or ():
        found = [after for before in found for after in _stepped(before, step)]
    return found if steps is not None else []


def _stepped(value: Any, step: Mapping[str, str]) -> Iterator[Any]:
    if "index" in step:
        index = int(step["index"])
        if isinstance(value, list) and -len(value) <= index < len(value):
            yield value[index]
    elif "all" in step or "star" in step:
        yield from value if isinstance(value, list) else value.values() if isinstance(value, Mapping) else ()
    elif "key" in step:
        yield from _filtered(value, step)
    elif isinstance(value, Mapping):
        name = step.get("quoted") or step.get("double") or re.sub(r"\\(.)", r"\1", step.get("field", ""))
        if name in value:
            yield value[name]


def _filtered(value: Any, step: Mapping[str, str]) -> Iterator[Any]:
    wanted = step["wanted"].strip("\"'")
    for item in value if isinstance(value, list) else ():
        found = values(item, f".{step['key']}")
        equal = bool(found) and _text(found[0]) == wanted
        if equal == (step["relation"] == "=="):
            yield item


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
