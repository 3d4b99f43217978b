"""Field names as expressions spell them.

Source: k8s.io/apiserver pkg/cel/escaping.go.
"""

import re

_RESERVED = frozenset(
    {
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
        "package", "namespace", "return", "var", "void", "while",
    }
)  # fmt: skip
_SPELLED = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_TOLD = re.compile(r"__|[./-]")
_NAME = re.compile(r"[A-Za-z_.\-/][A-Za-z0-9_.\-/]*\Z")


def escaped(name: str) -> str:
    """Empty when no expression can name the field."""
    if name in _RESERVED:
        return f"__{name}__"
    return _TOLD.sub(lambda match: _SPELLED[match[0]], name) if _NAME.match(name) else ""
