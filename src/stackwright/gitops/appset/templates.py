"""The two languages of ApplicationSet templates: Go templates, and `{{name}}` replaced.

Source: Argo CD's applicationset/utils (Render.Replace, deepCopy).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stackwright.gitops.appset.errors import RenderError
from stackwright.gitops.appset.names import MAX_SLUG, normalised, slug
from stackwright.kernel import gotemplate, yaml
from stackwright.kernel.gotemplate import Callee, CallError, Missing, TemplateError, as_go
from stackwright.kernel.gotemplate.sprig.encoding import plain

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_OPTIONS: Mapping[str, Missing] = {
    "missingkey=default": "default", "missingkey=invalid": "default", "missingkey=zero": "zero", "missingkey=error": "error",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Templating:
    """How the templates of one set are written."""

    go: bool = False
    missing: Missing = "default"

    def render(self, text: str, params: Mapping[str, Any]) -> str:
        """Raises RenderError."""
        if "{{" not in text:
            return text
        if not self.go:
            return _TAG.sub(lambda match: _replaced(match, params), text)
        try:
            return _parsed(text).render(as_go(params), self.missing)
        except TemplateError as error:
            raise RenderError(f"failed to execute go template {text}: {error}") from error

    def render_tree(self, value: Any, params: Mapping[str, Any]) -> Any:
        """Every text of a tree, keys as well. Raises RenderError."""
        return _mapped(value, lambda text: self.render(text, params))


def templating_of(spec: Mapping[str, Any]) -> Templating:
    """Raises RenderError for an unknown option."""
    missing: Missing = "default"
    for option in spec.get("goTemplateOptions") or ():
        if option not in _OPTIONS:
            raise RenderError(f"unrecognized option: {option}")
        missing = _OPTIONS[option]
    return Templating(bool(spec.get("goTemplate")), missing)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case Mapping():
            return {change(key): _mapped(item, change) for key, item in value.items()}
        case list():
            return [_mapped(item, change) for item in value]
        case _:
            return value


def _replaced(match: re.Match[str], params: Mapping[str, Any]) -> str:
    """Unknown names, and values that are no texts, stay as they are written."""
    value = params.get(match[1].strip())
    return value if isinstance(value, str) else match[0]


@lru_cache(maxsize=1024)
def _parsed(text: str) -> gotemplate.Template:
    return gotemplate.parse(text, FUNCTIONS)


def _slugified(*given: Any) -> str:
    """`slugify [longest [cut between words]] text`"""
    longest, words = MAX_SLUG, False
    match given:
        case [str(text)]:
            pass
        case [int(longest), str(text)]:
            pass
        case [int(longest), bool(words), str(text)]:
            pass
        case _:
            raise CallError("expected a text, after at most a number and a truth value")
    return slug(text, longest, whole_words=words)


def _from_yaml(text: str, wanted: type, name: str) -> Any:
    try:
        found = yaml.load(text)
    except yaml.YamlError as error:
        raise CallError(f"error converting YAML to JSON: {error}") from error
    if found is None:
        return wanted()
    if not isinstance(found, wanted):
        raise CallError(f"error unmarshaling JSON: json: cannot unmarshal into Go value of type {name}")
    return as_go(found)


def _to_yaml(value: Any) -> str:
    return yaml.dump(plain(value)).removesuffix("\n")


FUNCTIONS: Mapping[str, Callee] = {
    "fromYaml": Callee("s", lambda text: _from_yaml(text, dict, "map[string]interface {}")),
    "fromYamlArray": Callee("s", lambda text: _from_yaml(text, list, "[]interface {}")),
    "normalize": Callee("s", normalised),
    "slugify": Callee("a*", _slugified),
    "toYaml": Callee("a", _to_yaml),
}
