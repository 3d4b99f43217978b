"""`matrix`: every pair of two generators' parameters; `merge`: a base, and what others say about the same thing."""

from collections.abc import Awaitable, Callable, Sequence

from stackwright.gitops.appset.errors import GeneratorError
from stackwright.gitops.appset.generators.inquiry import Inquiry, Spec
from stackwright.gitops.appset.parameters import Params, combined, overlaid
from stackwright.kernel import json

Child = Callable[[Spec], Awaitable[list[Params]]]
MAX_PAIRS = 50_000


async def matrix(spec: Spec, inquiry: Inquiry, child: Child) -> list[Params]:
    """The second generator may be written with the first one's parameters. Raises GeneratorError."""
    generators = list(spec.get("generators") or ())
    if len(generators) != 2:
        few = len(generators) < 2
        raise GeneratorError(
            f"found {'less' if few else 'more'} than two generators, Matrix support only two child generators, found {len(generators)}"
        )
    found: list[Params] = []
    for left in await child(generators[0]):
        found += [combined(left, right, go=inquiry.go) for right in await child(_written_with(generators[1], left, inquiry))]
        if len(found) > MAX_PAIRS:
            raise GeneratorError(f"a matrix gives more than {MAX_PAIRS} parameter sets")
    return found


def _written_with(generator: Spec, params: Params, inquiry: Inquiry) -> Spec:
    return {key: value if key == "template" else inquiry.templating.render_tree(value, params) for key, value in generator.items()}


async def merge(spec: Spec, inquiry: Inquiry, child: Child) -> list[Params]:
    """In the order of the first generator. Raises GeneratorError."""
    generators, keys = list(spec.get("generators") or ()), list(dict.fromkeys(spec.get("mergeKeys") or ()))
    if len(generators) < 2:
        raise GeneratorError(f"found less than two generators, Merge requires two or more: found {len(generators)}")
    if not keys:
        raise GeneratorError("no merge keys were specified, Merge requires at least one")
    merged = _by_key(await child(generators[0]), keys)
    for generator in generators[1:]:
        for name, params in _by_key(await child(generator), keys).items():
            if name in merged:
                merged[name] = overlaid(merged[name], params) if inquiry.go else {**merged[name], **params}
    return list(merged.values())


def _by_key(sets: Sequence[Params], keys: Sequence[str]) -> dict[bytes, Params]:
    found: dict[bytes, Params] = {}
    for params in sets:
        name = json.canonical({key: params.get(key) for key in keys})
        if name in found:
            raise GeneratorError(
                f"the parameters from a generator were not unique by the given mergeKeys, Merge requires all param sets to be unique. "
                f"Duplicate key was {name.decode()}"
            )
        found[name] = params
    return found
