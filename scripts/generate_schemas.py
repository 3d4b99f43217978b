"""Makes the schemas of the built-in kinds (src/stackwright/apiserver/builtin/definitions) from what the package kubernetes-validate ships.

Run it after an upgrade of that package:  python scripts/generate_schemas.py
"""

import gzip
import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

_VERSION = "v1.36.0-local"
_TARGET = Path(__file__).parents[1] / "src/stackwright/apiserver/builtin/definitions"
_PREFIX = "#/$defs/"
_KEPT = (
    "description", "format", "required", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type",
    "x-kubernetes-patch-merge-key", "x-kubernetes-patch-strategy", "x-kubernetes-preserve-unknown-fields",
)  # fmt: skip
_SCALARS: dict[str, dict[str, Any]] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": "string", "format": "int-or-string"},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": "string", "format": "quantity"},
}


def main() -> None:
    source = resources.files("kubernetes_validate") / "kubernetes-json-schema" / _VERSION / "_definitions.json"
    definitions = json.loads(source.read_text(encoding="utf-8"))["$defs"]
    packages: dict[str, dict[str, Any]] = {}
    for name, node in sorted(definitions.items()):
        package, _, kind = name.rpartition(".")
        packages.setdefault(package, {})[kind] = _SCALARS.get(name) or compact(node)
    _TARGET.mkdir(parents=True, exist_ok=True)
    for package, kinds in packages.items():
        text = json.dumps(kinds, separators=(",", ":"), ensure_ascii=False)
        (_TARGET / f"{package}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def compact(node: Mapping[str, Any]) -> dict[str, Any]:
    """One node without what JSON Schema adds to the API's own definition; references by plain name."""
    found = {key: node[key] for key in _KEPT if key in node}
    if "$ref" in node:
        found["$ref"] = node["$ref"].removeprefix(_PREFIX)
    declared = node.get("type", "")
    type = next((each for each in declared if each != "null"), "") if isinstance(declared, list) else declared
    if type:
        found["type"] = type
    if "properties" in node:
        found["properties"] = {key: compact(child) for key, child in node["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), Mapping):
            found[key] = compact(node[key])
    return found


if __name__ == "__main__":
    main()
