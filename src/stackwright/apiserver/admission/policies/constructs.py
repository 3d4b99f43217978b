"""Reads the objects that mutating policies build (`Object.spec{replicas: 1}`, `JSONPatch{op: "add"}`) as maps.

The types exist only inside an expression; what they check, the schema of the object checks afterwards.

Source: k8s.io/apiserver pkg/cel/mutation.
"""

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<text>[rRbB]{0,2}(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))"""
    r"""|(?P<comment>//[^\n]*)|(?P<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)|(?P<other>`[^`]*`|\s+|.)""",
    re.DOTALL,
)
_BUILT = re.compile(r"(Object|JSONPatch)(\s*\.\s*\w+)*\Z")
_ESCAPED = '.replace("~", "~0").replace("/", "~1")'
_ESCAPES = (("__dot__", "."), ("__dash__", "-"), ("__slash__", "/"), ("__underscores__", "__"))


def plain(expression: str) -> str:
    """The expression with every construction of an object written as a map."""
    found: list[str] = []
    braces: list[bool] = []
    parentheses: list[str] = []
    tokens = [match for match in _TOKEN.finditer(expression) if match.lastgroup != "comment"]
    for index, token in enumerate(tokens):
        text = token.group()
        if text == "{":
            braces.append(_dropped_type(found))
        elif text == "}" and braces:
            braces.pop()
        elif text == "(":
            parentheses.append(_dropped_escape(found))
        elif text == ")" and parentheses:
            text += parentheses.pop()
        elif _is_key(tokens, index) and braces and braces[-1] and _after_brace_or_comma(found):
            text = _quoted(text)
        found.append(text)
    return "".join(found)


def _dropped_type(found: list[str]) -> bool:
    """Takes the type before a brace away; False when the brace is that of a plain map."""
    position = _last(found)
    if position < 0 or not _BUILT.match(found[position]):
        return False
    del found[position:]
    return True


def _dropped_escape(found: list[str]) -> str:
    """`jsonpatch.escapeKey(x)` is `(x)` with the escapes of JSON pointers; answers what follows the closing parenthesis."""
    position = _last(found)
    if position < 0 or found[position] != "jsonpatch.escapeKey":
        return ""
    del found[position:]
    return _ESCAPED


def _last(found: list[str]) -> int:
    return next((index for index in range(len(found) - 1, -1, -1) if found[index].strip()), -1)


def _is_key(tokens: list[re.Match[str]], index: int) -> bool:
    if tokens[index].lastgroup != "name" and not tokens[index].group().startswith("`"):
        return False
    return next(_following(tokens, index), "") == ":"


def _following(tokens: list[re.Match[str]], index: int) -> Iterator[str]:
    return (token.group() for token in tokens[index + 1 :] if token.group().strip())


def _after_brace_or_comma(found: list[str]) -> bool:
    """Also after the mark of an optional field, which is not that of a choice."""
    near = [text for text in found if text.strip()][-2:]
    return near[-1:] in (["{"], [","]) or (near[-1:] == ["?"] and near[0] in ("{", ","))


def _quoted(name: str) -> str:
    name = name.strip("`")
    for escape, meant in _ESCAPES:
        name = name.replace(escape, meant)
    return f'"{name}"'
