"""What Kubernetes understands and the evaluator does not, written as it does.

- `transformMap` and `transformMapEntry`: lists of what goes into the map, made a map by a function of ours;
- `existsOne` with one variable: `exists_one`;
- functions whose result may not be there (`format.named`, `validate`): the evaluator cannot be handed an optional, but makes one of
  `map.?found`;
- `string()` of addresses and ranges: a function of ours.

Source: github.com/google/cel-go ext/comprehensions.go; k8s.io/apiserver pkg/cel/library.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MAP, ENTRIES, STRING = "k8s__map", "k8s__entries", "k8s__string"
NOTHING: Mapping[str, Any] = {}
_CONCERNED = re.compile(r"\b(transformMap|transformMapEntry|existsOne|validate|named|ip|cidr)\s*\(")
_TOKEN = re.compile(
    r"""[rRbB]{0,2}(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
    r"""|//[^\n]*|`[^`]*`|[A-Za-z_]\w*|\s+|.""",
    re.DOTALL,
)


def something(value: Any) -> Mapping[str, Any]:
    """A result that is there; NOTHING is one that is not."""
    return {"found": value}


@dataclass(slots=True)
class _Call:
    """A parenthesis that is open. Shape: `name` is where the name before it stands, `commas` where its arguments part."""

    name: int
    opened: int
    member: bool
    commas: list[int] = field(default_factory=list)


def spelled(expression: str) -> str:
    """The expression as the evaluator understands it."""
    if not _CONCERNED.search(expression):
        return expression
    tokens = [match.group() for match in _TOKEN.finditer(expression)]
    written = list(tokens)
    open: list[_Call | None] = []
    for index, token in enumerate(tokens):
        match token:
            case "(":
                open.append(_call(tokens, index))
            case "[" | "{":
                open.append(None)
            case "," if open and (call := open[-1]):
                call.commas.append(index)
            case "]" | "}" if open:
                open.pop()
            case ")" if open and (call := open.pop()):
                _spell(written, tokens, call, index)
            case _:
                pass
    return "".join(written)


def _call(tokens: list[str], opened: int) -> _Call:
    name = _before(tokens, opened)
    return _Call(name, opened, name >= 0 and (before := _before(tokens, name)) >= 0 and tokens[before] == ".")


def _before(tokens: list[str], index: int) -> int:
    """The last token that says something; -1 when there is none."""
    return next((at for at in range(index - 1, -1, -1) if tokens[at].strip() and not tokens[at].startswith("//")), -1)


def _spell(written: list[str], tokens: list[str], call: _Call, closed: int) -> None:
    spell = _SPELLINGS.get((tokens[call.name], call.member)) if call.name >= 0 else None
    if spell is not None:
        spell(written, call, closed)


def _map(written: list[str], call: _Call, closed: int) -> None:
    """Pairs of key and value."""
    if len(call.commas) in (2, 3):
        key = "".join(written[call.opened + 1 : call.commas[0]]).strip()
        written[call.name] = "transformList"
        written[call.commas[-1]] = f",[{key},"
        written[closed] = f"]).{MAP}()"


def _entries(written: list[str], call: _Call, closed: int) -> None:
    if len(call.commas) in (2, 3):
        written[call.name], written[closed] = "transformList", f").{ENTRIES}()"


def _exists_one(written: list[str], call: _Call, closed: int) -> None:
    if len(call.commas) == 1:
        written[call.name] = "exists_one"


def _optional(written: list[str], call: _Call, closed: int) -> None:
    written[closed] = ").?found"


def _string(written: list[str], call: _Call, closed: int) -> None:
    written[call.name] = STRING


_SPELLINGS: Mapping[tuple[str, bool], Callable[[list[str], _Call, int], None]] = {
    ("transformMap", True): _map,
    ("transformMapEntry", True): _entries,
    ("existsOne", True): _exists_one,
    ("validate", True): _optional,
    ("named", True): _optional,
    ("string", False): _string,
}
