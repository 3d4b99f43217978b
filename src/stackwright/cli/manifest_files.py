"""Manifests that the user names with -f: a file or standard input, one kind expected."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput


def documents_of(name: str, kind: str) -> list[dict[str, Any]]:
    """Every document of a file (`-`: standard input). Raises BadInput for any of another kind, or none."""
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        documents = [document for document in yaml.load_all(content) if document is not None]
    except OSError as error:
        raise BadInput(f"{name}: {error.strerror}") from error
    except (yaml.YamlError, UnicodeDecodeError) as error:
        raise BadInput(f"{name}: cannot be read: {error}") from error
    for number, document in enumerate(documents, 1):
        found = document.get("kind") if isinstance(document, Mapping) else type(document).__name__
        if found != kind:
            raise BadInput(f"{name}: document {number}: kind: expected {kind}, found {found}")
    if not documents:
        raise BadInput(f"{name}: no {kind} in it")
    return documents
