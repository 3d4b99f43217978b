"""One wanted object against its live one.

Source: Argo CD's gitops-engine pkg/diff (Diff, ThreeWayDiff, TwoWayDiff) and util/argo/diff (StateDiff).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackwright.api.meta import Object
from stackwright.gitops.customizations import Customization
from stackwright.gitops.diff.applied import after_apply, without_webhook_changes
from stackwright.gitops.diff.ignore import ignored_of, without
from stackwright.gitops.diff.known_types import TypeNamed, with_known_types
from stackwright.gitops.diff.managers import without_managed
from stackwright.gitops.diff.normalise import normalised
from stackwright.gitops.diff.threeway import last_applied, predicted, without_nulls
from stackwright.store.schema import Schema

MANAGER = "argocd-controller"


def _as_it_is(obj: Object) -> Object:
    return obj


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """What counts as a difference.

    Shape: `rules` are the Application's ignoreDifferences; `ignored_status` is all, crd or none; `defaulted` fills in what the
    API server would; `type_named` gives the schema of a Kubernetes type such as `core/v1/PodSpec`; `include_webhooks` counts
    what admission webhooks change in a dry run.
    """

    rules: Sequence[Mapping[str, Any]] = ()
    customizations: Sequence[Customization] = ()
    ignored_status: str = "all"
    ignore_aggregated_roles: bool = False
    server_side: bool = False
    include_webhooks: bool = False
    defaulted: Callable[[Object], Object] = _as_it_is
    type_named: TypeNamed | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Shape: `live` and `predicted` are normalised, empty maps where there is no object."""

    modified: bool
    live: Object
    predicted: Object


def compare(target: Object | None, live: Object | None, options: DiffOptions | None = None, schema: Schema | None = None) -> Comparison:
    """What `kubectl apply` of the target would change, as far as anybody cares. Pure.

    Raises BadInput when a jq expression of the options cannot be read.
    """
    options = options or DiffOptions()
    if target is None or live is None:
        return _one_sided(target, live, options, schema)
    wanted, current = (_normal(obj, options, schema) for obj in _trusted(target, live, options))
    before = last_applied(live)
    last = wanted if before is None else _normal(before, options, schema)
    return _compared(predicted(last, wanted, current, schema), current, options)


def compare_applied(
    target: Object | None, live: Object | None, options: DiffOptions, schema: Schema | None = None, manager: str = MANAGER
) -> Comparison:
    """What a server-side apply of the target would change. Falls back on `compare` where fields do not fit their schema."""
    if target is None or live is None:
        return _one_sided(target, live, options, schema)
    pair = _trusted(target, live, options)
    after = after_apply(_normal(pair[0], options, schema), pair[1], schema, manager)
    if after is None:
        return compare(target, live, options, schema)
    return _compared(_normal(after, options, schema), _normal(pair[1], options, schema), options)


def compare_dry_run(
    after: Object, live: Object | None, options: DiffOptions, schema: Schema | None = None, manager: str = MANAGER
) -> Comparison:
    """With the outcome of a server-side apply told by the API server itself; `live` None when it would create the object."""
    if live is None:
        return _one_sided(after, None, options, schema)
    if not options.include_webhooks:
        after = without_webhook_changes(after, live, schema, manager)
    trusted = ignored_of(live, options.rules, options.customizations).managers
    new, old = (_normal(obj, options, schema) for obj in without_managed(after, live, trusted) if obj is not None)
    new, old = without_nulls(new), without_nulls(old)
    return Comparison(new != old, old, new)


def _one_sided(target: Object | None, live: Object | None, options: DiffOptions, schema: Schema | None) -> Comparison:
    """An object that is to be made differs; one that nobody asks for does not, since whether it has to go is not a question of fields."""
    shown = {} if target is None and live is None else _normal(target or live or {}, options, schema)
    return Comparison(target is not None, {} if live is None else shown, {} if target is None else shown)


def _trusted(target: Object, live: Object, options: DiffOptions) -> tuple[Object, Object]:
    wanted, current = without_managed(target, live, ignored_of(target, options.rules, options.customizations).managers)
    assert wanted is not None
    assert current is not None
    return wanted, current


def _compared(after: Object, live: Object, options: DiffOptions) -> Comparison:
    """Defaults are filled in on both sides: fields that were taken out come back equal."""
    old = without_nulls(options.defaulted(live))
    if after == live:
        return Comparison(False, old, old)
    new = without_nulls(options.defaulted(after))
    return Comparison(new != old, old, new)


def _normal(obj: Object, options: DiffOptions, schema: Schema | None) -> Object:
    plain = normalised(obj, schema, ignored_status=options.ignored_status, ignore_aggregated_roles=options.ignore_aggregated_roles)
    plain = with_known_types(plain, options.customizations, options.type_named)
    return without(plain, ignored_of(obj, options.rules, options.customizations))
