"""`list`: what stands in the set itself."""

from collections.abc import Mapping
from typing import Any

from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.generators.inquiry import Inquiry, Spec
from stackwright.gitops.appset.parameters import Params
from stackwright.kernel import yaml


async def generate(spec: Spec, inquiry: Inquiry) -> list[Params]:
    """Raises GeneratorError."""
    found = [_element(item, go=inquiry.go) for item in spec.get("elements") or ()]
    return found + [dict(item) for item in _written(str(spec.get("elementsYaml") or ""))]


def _element(item: Any, *, go: bool) -> Params:
    if not isinstance(item, Mapping):
        raise GeneratorError("error unmarshling list element: expected a map")
    if go:
        return dict(item)
    flat: Params = {}
    for key, value in item.items():
        if key == "values":
            if not isinstance(value, Mapping):
                raise GeneratorError("error parsing values map")
            flat |= {f"values.{name}": _text(text) for name, text in value.items()}
        else:
            flat[key] = _text(value)
    return flat


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise GeneratorError(f"error parsing value as string: {value!r}; other values need goTemplate")
    return value


def _written(text: str) -> list[Mapping[str, Any]]:
    if not text.strip():
        return []
    try:
        found = yaml.load(text)
    except yaml.YamlError as error:
        raise GeneratorError(f"error unmarshling decoded ElementsYaml: {error}") from error
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        raise GeneratorError("error unmarshling decoded ElementsYaml: expected a list of maps")
    return found
