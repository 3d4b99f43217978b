"""Text to Kubernetes objects, with the leniency of a directory source."""

from collections.abc import Iterable, Iterator
from typing import Any

from stackwright.adapters.sources.problems import bad_manifest
from stackwright.api.meta import Object
from stackwright.kernel import json, yaml

SKIP_MARKER = b"+argocd:skip-file-rendering"
_MANIFEST_SIGNS = (b"apiVersion:", b"kind:", b"metadata:")


class NotAnObject(ValueError):
    """A document that is no Kubernetes object."""


def _object(document: Any) -> Object:
    if not isinstance(document, dict):
        raise NotAnObject(f"json: cannot unmarshal {_json_type(document)} into Go value of type map[string]interface {{}}")
    if not isinstance(document.get("kind"), str) or not document["kind"]:
        raise NotAnObject(f"Object 'Kind' is missing in '{_excerpt(document)}'")
    return document


def _json_type(value: Any) -> str:
    return {str: "string", bool: "bool", list: "array"}.get(type(value), "number")


def _excerpt(document: Any) -> str:
    text = json.dumps(document).decode()
    return text if len(text) <= 200 else text[:200] + "..."


def _items(document: Object) -> Iterator[Object]:
    """A list stands for its items, at any depth."""
    items = document.get("items")
    if not isinstance(items, list):
        yield document
        return
    for item in items:
        yield from _items(_object(item))


def expand(documents: Iterable[Any]) -> list[Object]:
    """Every object of the documents; empty documents are nothing. Raises NotAnObject."""
    return [item for document in documents if document is not None and document != {} for item in _items(_object(document))]


def of_manifests(text: str | bytes, name: str) -> list[Object]:
    """The output of a tool: every document must be an object. Raises RenderProblem."""
    try:
        return expand(yaml.load_all(text))
    except (yaml.YamlError, NotAnObject) as error:
        raise bad_manifest(f'failed to unmarshal manifest "{name}": {error}') from error


def of_yaml_file(text: bytes, name: str) -> list[Object]:
    """A file of a directory source: one that does not look like manifests at all is passed over. Raises RenderProblem."""
    found: list[Object] = []
    try:
        for document in yaml.load_all(text):
            found += expand([document])
    except (yaml.YamlError, NotAnObject) as error:
        if found or all(sign in text for sign in _MANIFEST_SIGNS):
            raise bad_manifest(f'Failed to unmarshal "{name}": {error}') from error
        return []
    return found


def of_json_file(text: bytes, name: str) -> list[Object]:
    """Raises RenderProblem: a `.json` file that is no object is an error."""
    try:
        return expand([json.loads(text)])
    except (json.JSONDecodeError, NotAnObject) as error:
        raise bad_manifest(f'Failed to unmarshal "{name}": {error}') from error


def of_jsonnet(output: str, name: str) -> list[Object]:
    """What a Jsonnet file evaluates to: an object, or a list of them. Raises RenderProblem."""
    try:
        value = json.loads(output)
        return expand(value if isinstance(value, list) else [value])
    except (json.JSONDecodeError, NotAnObject) as error:
        raise bad_manifest(f'Failed to unmarshal generated json "{name}": {error}') from error
