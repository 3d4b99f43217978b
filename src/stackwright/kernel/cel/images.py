"""References to container images in expressions.

Source: k8s.io/apiserver pkg/cel/library/image.go; github.com/google/go-containerregistry pkg/name.
"""

import re
from typing import Any

from stackwright.kernel.cel.marks import marked, taken

_DEFAULT_REGISTRY, _DEFAULT_NAMESPACE, _DEFAULT_TAG = "index.docker.io", "library", "latest"
_REPOSITORY = re.compile(r"[a-z0-9_./-]{2,255}\Z")
_TAG = re.compile(r"[A-Za-z0-9_.-]{1,128}\Z")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")


def read(text: str) -> dict[str, Any]:
    """With a digest the tag counts for nothing. Raises ValueError."""
    name, at, digest = text.partition("@")
    if at and not _DIGEST.match(digest):
        raise ValueError(f"could not parse reference: {text}")
    name, tag = _split_tag(name)
    if tag is not None and not _TAG.match(tag):
        raise ValueError(f"could not parse reference: {text}")
    registry, repository = _split_registry(name)
    if not _REPOSITORY.match(repository) or not all(repository.split("/")):
        raise ValueError(f"could not parse reference: {text}")
    shown = "" if at else tag or _DEFAULT_TAG
    return marked("image", registry=registry, repository=repository, tag=shown, digest=digest, identifier=digest or shown)


def is_image(text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def part(value: Any, name: str) -> str:
    return str(taken(value, "image")[name])


def _split_tag(name: str) -> tuple[str, str | None]:
    """A colon before the last slash belongs to a port."""
    before, colon, tag = name.rpartition(":")
    return (before, tag) if colon and "/" not in tag else (name, None)


def _split_registry(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, repository = _DEFAULT_REGISTRY if first == "docker.io" else first, rest
    else:
        registry, repository = _DEFAULT_REGISTRY, name
    if registry == _DEFAULT_REGISTRY and "/" not in repository:
        repository = f"{_DEFAULT_NAMESPACE}/{repository}"
    return registry, repository
