"""cel-cpp's problems in the words of cel-go, which users of Kubernetes know.

Source: github.com/google/cel-go common/types (err.go) and checker/errors.go.
"""

import re

_UNDECLARED = re.compile(
    r"(?P<line><input>:\d+:)(?P<column>\d+): undeclared reference to '(?P<path>\w+(?:\.\w+)+)'(?P<rest>[^\n]*\n \| [^\n]*\n \| )\.*\^"
)
_NO_KEY = re.compile(r'Key not found in map : "?(.*?)"?\Z')
_RANGE = re.compile(r"Index error: index=(-?\d+)|[Ii]ndex out of bounds\D*(-?\d+)")


def issues(text: str) -> str:
    """cel-go names the first part of a path that leads nowhere, and where that part starts."""
    clean = re.sub(r"\A[A-Z_]+: ", "", text).removesuffix(" [INVALID_ARGUMENT]").rstrip()
    return _UNDECLARED.sub(_first_part, clean)


def failure(text: str) -> str:
    """A failed evaluation."""
    message = text.partition("\n")[0]
    message = re.sub(r"\A[A-Z_]+: ", "", message)
    message = re.sub(r" \[[A-Z_]+\]\Z", "", message)
    if match := _NO_KEY.search(message):
        return f"no such key: {match[1]}"
    if "No matching overload" in message or "No overload" in message:
        return "no such overload"
    if match := _RANGE.search(message):
        return f"index out of bounds: {match[1] or match[2]}"
    return {"divide by zero": "division by zero", "modulus by zero": "modulus by zero"}.get(message, message)


def _first_part(match: re.Match[str]) -> str:
    column = int(match["column"]) - len(match["path"].rpartition(".")[0])
    name = match["path"].partition(".")[0]
    return f"{match['line']}{column}: undeclared reference to '{name}'{match['rest']}{'.' * (column - 1)}^"
