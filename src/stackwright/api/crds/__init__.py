"""The definitions of the custom kinds that the platform itself knows, one YAML file each."""

from importlib import resources

from stackwright.api.meta import Object
from stackwright.kernel import yaml


def definitions() -> list[Object]:
    """Every CustomResourceDefinition, by file name."""
    files = [file for file in resources.files(__package__).iterdir() if file.name.endswith(".yaml")]
    return [yaml.load(file.read_bytes()) for file in sorted(files, key=lambda file: file.name)]
