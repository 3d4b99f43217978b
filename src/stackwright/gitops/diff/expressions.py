"""jq path expressions, run so that none of them can hold up the process.

Plain ones (paths, comparisons, functions that end) run right here; those that might loop or grow run in a process of their own that
is ended after a second.
"""

import logging
import re
import subprocess
import sys
from functools import lru_cache
from typing import Any

import jq

from stackwright.api.meta import Object
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput

logger = logging.getLogger(__name__)

MAX_EXPRESSION_LENGTH = 10_000
TIME_LIMIT_SECONDS = 1.0
_TOKEN = re.compile(r'\s+|"(?:[^"\\(]|\\[^(])*"|\.\.|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[.\[\](){}|,:?=!<>/-]')
_ENDING = frozenset(
    ("select", "has", "contains", "inside", "startswith", "endswith", "test", "any", "all", "not", "and", "or", "map", "length", "keys",
     "empty", "first", "last", "type", "tostring", "tonumber", "ascii_downcase", "ascii_upcase", "index", "values", "nulls", "strings",
     "arrays", "objects", "numbers", "booleans", "iterables", "scalars", "in", "error", "true", "false", "null", "to_entries", "if",
     "then", "else", "elif", "end", "ltrimstr", "rtrimstr")
)  # fmt: skip
_WORD_AFTER_DOT = re.compile(r"\.\s*[A-Za-z_][A-Za-z0-9_]*")
_CHILD = "import sys, jq; print(jq.compile(sys.argv[1]).input_text(sys.stdin.read()).text())"


def deleted(expression: str, obj: Object) -> Any:
    """The object without what the expression names; None when the expression fails on it or gives other than one value.

    Raises BadInput for an expression that cannot be read.
    """
    program = _program(expression)
    text = json.dumps(obj).decode()
    try:
        found = program.input_text(text).all() if is_plain(expression) else _apart(expression, text)
    except (ValueError, OSError, subprocess.SubprocessError) as error:
        logger.debug("jq expression %r: %s", expression, type(error).__name__)
        return None
    return found[0] if len(found) == 1 else None


def check(expression: str) -> None:
    """Raises BadInput for an expression that cannot be read."""
    _program(expression)


@lru_cache(maxsize=512)
def _program(expression: str) -> Any:
    if len(expression) > MAX_EXPRESSION_LENGTH:
        raise BadInput("the jq expression is too long")
    try:
        return jq.compile(f"del({expression})")
    except ValueError as error:
        raise BadInput(f"the jq expression {expression!r} cannot be read: {error}") from error


@lru_cache(maxsize=512)
def is_plain(expression: str) -> bool:
    """Whether an expression surely ends soon: no definitions, variables, arithmetic, loops, nested patterns or repeated descent."""
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None:
            return False
        position = match.end()
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    words = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", _WORD_AFTER_DOT.sub("", bare)))
    return words <= _ENDING and bare.count("..") <= 1


def _apart(expression: str, text: str) -> list[Any]:
    """All values that a process of its own gives in time."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _CHILD, f"del({expression})"],
        input=text, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]
