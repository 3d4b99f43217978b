"""What an ApplicationSet is repeated for: one module for each generator.

`parameter_sets(generator, inquiry)` is the way in. Source: Argo CD's applicationset/generators.
"""

from stackwright.gitops.appset.generators.dispatch import parameter_sets, requeue_seconds
from stackwright.gitops.appset.generators.inquiry import Inquiry

__all__ = ["Inquiry", "parameter_sets", "requeue_seconds"]
