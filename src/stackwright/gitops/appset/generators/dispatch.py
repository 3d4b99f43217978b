"""From a generator's words to its parameter sets.

Source: Argo CD's applicationset/generators/generator_spec_processor.go.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from stackwright.api.selectors import SelectorError, from_object
from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.generators import cluster, combining, decision, git, listing, plugin, pull_request, scm
from stackwright.gitops.appset.generators.inquiry import Inquiry, Spec
from stackwright.gitops.appset.parameters import Params, flattened

Generate = Callable[[Spec, Inquiry], Awaitable[list[Params]]]
SECONDS_BETWEEN: Mapping[str, float] = {
    "git": 180.0, "scmProvider": 1800.0, "clusterDecisionResource": 180.0, "pullRequest": 1800.0, "plugin": 1800.0,
}  # fmt: skip
_COMBINING = ("matrix", "merge")
_MAX_DEPTH = 2
MAX_PARAMETER_SETS = 50_000


async def parameter_sets(generator: Spec, inquiry: Inquiry, depth: int = 0) -> list[Params]:
    """All that a generator gives and its selector lets through. Raises GeneratorError, RenderError, SourceError, StatusError."""
    found: list[Params] = []
    for kind in kinds_of(generator):
        if not isinstance(generator[kind], Mapping):
            raise GeneratorError(f"the generator {kind} must be a map")
        found += await _one(kind, generator[kind], inquiry, depth)
    if len(found) > MAX_PARAMETER_SETS:
        raise GeneratorError(f"a generator gives {len(found)} parameter sets; at most {MAX_PARAMETER_SETS} are taken")
    return _selected(found, generator.get("selector"))


def kinds_of(generator: Spec) -> list[str]:
    return [kind for kind in (*_SIMPLE, *_COMBINING) if generator.get(kind) is not None]


async def _one(kind: str, spec: Spec, inquiry: Inquiry, depth: int) -> list[Params]:
    if kind in _COMBINING:
        if depth >= _MAX_DEPTH:
            raise GeneratorError(f"a {kind} generator is nested too deeply: only one level is allowed")
        combine = combining.matrix if kind == "matrix" else combining.merge

        async def child(generator: Spec) -> list[Params]:
            if not isinstance(generator, Mapping) or len(kinds_of(generator)) != 1:
                raise GeneratorError("child generators must each be of exactly one kind")
            return await parameter_sets(generator, inquiry, depth + 1)

        return await combine(spec, inquiry, child)
    return await _SIMPLE[kind](spec, inquiry)


_SIMPLE: Mapping[str, Generate] = {
    "list": listing.generate,
    "clusters": cluster.generate,
    "git": git.generate,
    "scmProvider": scm.generate,
    "clusterDecisionResource": decision.generate,
    "pullRequest": pull_request.generate,
    "plugin": plugin.generate,
}


def _selected(found: list[Params], selector: Mapping[str, Any] | None) -> list[Params]:
    try:
        wanted = from_object(selector)
    except SelectorError as error:
        raise GeneratorError(f"error parsing label selector: {error}") from error
    return [params for params in found if wanted.matches(flattened(params))] if wanted else found


def requeue_seconds(generators: Any, default_seconds: float | None = None) -> float | None:
    """After how long to ask again, the shortest that any generator wants; None when only events can change the outcome."""
    found = [seconds for generator in generators or () for seconds in _intervals(generator, default_seconds)]
    return min(found, default=None)


def _intervals(generator: Spec, default_seconds: float | None) -> list[float]:
    found: list[float] = []
    for kind in kinds_of(generator):
        spec = generator[kind] or {}
        if kind in _COMBINING:
            found += [seconds for child in spec.get("generators") or () for seconds in _intervals(child, default_seconds)]
        elif kind in SECONDS_BETWEEN:
            given = spec.get("requeueAfterSeconds")
            usual = default_seconds if default_seconds is not None and kind == "git" else SECONDS_BETWEEN[kind]
            found.append(float(given) if isinstance(given, int | float) and given > 0 else usual)
    return found
