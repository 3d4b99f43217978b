"""One wanted object against its live one.

Source: Argo CD's gitops-engine pkg/diff (Diff, ThreeWayDiff, TwoWayDiff).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.customizations import Customization
from stackwright.gitops.diff.ignore import ignored_of, paths_of_managers, without, without_paths
from stackwright.gitops.diff.normalise import normalised
from stackwright.gitops.diff.threeway import last_applied, predicted
from stackwright.store.schema import Schema


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """Shape: `rules` are the Application's ignoreDifferences; `ignored_status` is all, crd or none."""

    rules: Sequence[Mapping[str, Any]] = ()
    customizations: Sequence[Customization] = ()
    ignored_status: str = "all"
    ignore_aggregated_roles: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Shape: `live` and `predicted` are normalised, empty maps where there is no object."""

    modified: bool
    live: Object
    predicted: Object


def compare(target: Object | None, live: Object | None, options: DiffOptions | None = None, schema: Schema | None = None) -> Comparison:
    """What applying the target would change, as far as anybody cares. Pure."""
    options = options or DiffOptions()
    if target is None or live is None:
        shown = target or live or {}
        plain = _normal(shown, options, schema) if shown else {}
        return Comparison(target is not live, {} if live is None else plain, {} if target is None else plain)
    return compare_predicted(
        predicted(last_applied(live), _clean(target, options, schema), _clean(live, options, schema), schema), live, options, schema
    )


def compare_predicted(after: Object, live: Object, options: DiffOptions, schema: Schema | None = None) -> Comparison:
    """With the outcome of an apply known already, for example by a dry run."""
    paths = paths_of_managers(live, ignored_of(live, options.rules, options.customizations).managers)
    new, old = _normal(without_paths(after, paths), options, schema), _normal(without_paths(live, paths), options, schema)
    return Comparison(new != old, old, new)


def _clean(obj: Object, options: DiffOptions, schema: Schema | None) -> Object:
    """Before merging: what means the same looks the same, ignored fields are gone."""
    return _normal(obj, options, schema)


def _normal(obj: Object, options: DiffOptions, schema: Schema | None) -> Object:
    plain = normalised(obj, schema, ignored_status=options.ignored_status, ignore_aggregated_roles=options.ignore_aggregated_roles)
    ignored = ignored_of(obj, options.rules, options.customizations)
    return without(plain, ignored) if ignored else plain
