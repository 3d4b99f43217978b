"""Does what lives differ from what is wanted? Pure: `compare` is the answer, the other modules its steps."""

from stackwright.gitops.diff.comparison import Comparison, DiffOptions, compare

__all__ = ["Comparison", "DiffOptions", "compare"]
