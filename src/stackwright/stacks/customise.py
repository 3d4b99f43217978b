"""`--package-custom-file`: objects of a core package replaced as wholes, others added. Pure.

Source: idpbuilder's package customization.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, name_of, namespace_of
from stackwright.kernel import yaml
from stackwright.kernel.errors import BadInput
from stackwright.stacks.types import TreeFile

FOLDERS: Mapping[str, str] = {"argocd": "argocd", "gitea": "gitea", "nginx": "ingress-nginx"}
ADDED = "custom.yaml"
_FIELD = re.compile(r"\{\{-?\s*\.(\w+)\s*-?\}\}")


def parse_custom(text: str) -> tuple[str, str]:
    """`name:path` into its parts. Raises BadInput."""
    name, separator, path = text.partition(":")
    if not separator or not path:
        raise BadInput(f"--package-custom-file {text}: ensure it is formatted as <package-name>:<path-to-file>")
    if name not in FOLDERS:
        raise BadInput(f"--package-custom-file {text}: customization for {name} not supported", hint=f"one of {', '.join(FOLDERS)}")
    return name, path


def read_custom(content: bytes, values: Mapping[str, str], where: str) -> list[Object]:
    """The objects of a custom file, its `{{ .Host }}` and the like filled in. Raises BadInput naming the document."""
    text = _FIELD.sub(lambda found: values.get(found[1], found[0]), content.decode(errors="replace"))
    try:
        documents = [document for document in yaml.load_all(text) if document is not None]
    except yaml.YamlError as error:
        raise BadInput(f"{where}: failed parsing file as kubernetes manifests file: {error}") from error
    for number, document in enumerate(documents, 1):
        if not isinstance(document, Mapping) or not document.get("kind") or not document.get("apiVersion"):
            raise BadInput(f"{where}: document {number}: given file contains an invalid kubernetes manifest: kind or apiVersion is missing")
    return documents


def customised(tree: Mapping[str, TreeFile], folder: str, objects: Sequence[Object]) -> dict[str, TreeFile]:
    """The files with objects of the same kind and name replaced; what matches nothing stands in a file of its own."""
    wanted = {_identity(obj, folder): obj for obj in objects}
    result = dict(tree)
    met: set[tuple[str, ...]] = set()
    for path in [
        path for path in tree if path.startswith(f"{folder}/") and path.endswith((".yaml", ".yml")) and path != f"{folder}/{ADDED}"
    ]:
        documents = [document for document in yaml.load_all(tree[path].content) if isinstance(document, Mapping)]
        identities = [_identity(document, folder) for document in documents]
        met.update(identities)
        if any(identity in wanted for identity in identities):
            replaced = [wanted.get(identity, document) for identity, document in zip(identities, documents)]
            result[path] = TreeFile(yaml.dump_all([dict(document) for document in replaced]).encode())
    added = [dict(obj) for identity, obj in wanted.items() if identity not in met]
    result.pop(f"{folder}/{ADDED}", None)
    return result | ({f"{folder}/{ADDED}": TreeFile(yaml.dump_all(added).encode())} if added else {})


def _identity(obj: Mapping[str, Any], folder: str) -> tuple[str, ...]:
    """A namespace that is not written is the folder's own."""
    return str(obj.get("apiVersion")), str(obj.get("kind")), namespace_of(obj) or folder, name_of(obj)
