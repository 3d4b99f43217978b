"""Parameter sets: flat texts for `{{name}}` templates, nested values for Go templates.

Source: Argo CD's applicationset/utils (map.go) and generators (value_interpolation.go).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.names import normalised
from stackwright.gitops.appset.templates import Templating
from stackwright.kernel.gotemplate import as_go
from stackwright.kernel.gotemplate.values import formatted

Params = dict[str, Any]


def flattened(value: Any, prefix: str = "") -> dict[str, str]:
    """Every leaf as a text, under the dotted path that leads to it."""
    return dict(_leaves(as_go(value), prefix))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    items: Sequence[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    if not items:
        if path and not isinstance(value, Mapping | list):
            yield path, formatted(value)
        elif path:
            yield path, "map[]" if isinstance(value, Mapping) else "[]"
        return
    for key, item in items:
        yield from _leaves(item, f"{path}.{key}" if path else str(key))


def with_values(params: Params, values: Mapping[str, str] | None, templating: Templating) -> Params:
    """With a generator's own `values`, each rendered with the parameters that are there already."""
    rendered = {key: templating.render(str(text), params) for key, text in (values or {}).items()}
    if not rendered:
        return params
    if templating.go:
        return {**params, "values": rendered}
    return params | {f"values.{key}": text for key, text in rendered.items()}


def path_params(path: str, prefix: str, *, go: bool, file: str | None = None) -> Params:
    """Where something lies. Shape: `file` is the file's name where the path is a file's folder."""
    segments = path.split("/")
    base = segments[-1]
    if go:
        found: dict[str, Any] = {"path": path, "basename": base, "basenameNormalized": normalised(base), "segments": segments}
        if file is not None:
            found |= {"filename": file, "filenameNormalized": normalised(file)}
        return {prefix: {"path": found}} if prefix else {"path": found}
    name = f"{prefix}.path" if prefix else "path"
    flat = {name: path, f"{name}.basename": base, f"{name}.basenameNormalized": normalised(base)}
    if file is not None:
        flat |= {f"{name}.filename": file, f"{name}.filenameNormalized": normalised(file)}
    return flat | {f"{name}[{place}]": segment for place, segment in enumerate(segments) if segment}


def combined(left: Params, right: Params, *, go: bool) -> Params:
    """Of a matrix: nested values are merged, the left one's first; flat ones must agree. Raises GeneratorError."""
    if go:
        return overlaid(right, left)
    for key in left.keys() & right.keys():
        if left[key] != right[key]:
            raise GeneratorError(
                "failed to combine string maps with merging params for the matrix generator: found duplicate key "
                f"{key} with different value, a: {left[key]} ,b: {right[key]}"
            )
    return {**left, **right}


def overlaid(base: Mapping[str, Any], over: Mapping[str, Any]) -> Params:
    """`over` laid on `base`, map by map."""
    found = dict(base)
    for key, value in over.items():
        below = found.get(key)
        found[key] = overlaid(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return found
