"""The definitions of the custom kinds that the platform itself knows, one YAML file each.

The schemas of Argo CD's kinds, which share much, are in `argoproj.outline`.
"""

from functools import cache
from importlib import resources
from typing import Any

from stackwright.api.crds.outline import Field, parse, schema_of
from stackwright.api.meta import Object
from stackwright.kernel import yaml

_GROUP = "argoproj.io"


def definitions() -> list[Object]:
    """Every CustomResourceDefinition, by file name."""
    files = [file for file in resources.files(__package__).iterdir() if file.name.endswith(".yaml")]
    return [_whole(yaml.load(file.read_bytes())) for file in sorted(files, key=lambda file: file.name)]


def _whole(definition: Any) -> Object:
    spec = definition["spec"]
    if spec["group"] != _GROUP:
        return dict(definition)
    schema = {"openAPIV3Schema": schema_of(spec["names"]["kind"], _shapes())}
    return {**definition, "spec": {**spec, "versions": [{**version, "schema": schema} for version in spec["versions"]]}}


@cache
def _shapes() -> dict[str, Field]:
    return parse(resources.files(__package__).joinpath("argoproj.outline").read_text())
