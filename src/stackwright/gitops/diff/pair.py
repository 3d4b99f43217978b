"""The wanted and the live object without what does not count, ready to be looked at side by side.

Source: Argo CD's util/argo/diff (Normalize).
"""

from stackwright.api.meta import Object
from stackwright.gitops.diff.comparison import DiffOptions
from stackwright.gitops.diff.ignore import ignored_of, without
from stackwright.gitops.diff.known_types import with_known_types
from stackwright.gitops.diff.managers import without_managed


def normalised_pair(target: Object, live: Object, options: DiffOptions) -> tuple[Object, Object]:
    """The very arguments when nothing is ignored. Raises BadInput."""
    pair = without_managed(target, live, ignored_of(target, options.rules, options.customizations).managers)
    wanted, current = (_without_ignored(obj, options) for obj in pair if obj is not None)
    return wanted, current


def _without_ignored(obj: Object, options: DiffOptions) -> Object:
    plain = with_known_types(obj, options.customizations, options.type_named)
    return without(plain, ignored_of(obj, options.rules, options.customizations))
