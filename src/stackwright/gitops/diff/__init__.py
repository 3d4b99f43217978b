"""Does what lives differ from what is wanted? Pure: `compare` is the answer, the other modules its steps."""

from stackwright.gitops.diff.comparison import Comparison, DiffOptions, compare, compare_applied, compare_dry_run

__all__ = ["Comparison", "DiffOptions", "compare", "compare_applied", "compare_dry_run"]
