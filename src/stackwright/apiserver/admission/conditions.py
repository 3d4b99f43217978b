"""Match conditions of webhooks and policies: expressions that must all hold before the one they belong to is asked.

Source: k8s.io/apiserver pkg/admission/plugin/webhook/matchconditions.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from stackwright.apiserver.admission.chain import Attributes


class ConditionFailed(Exception):
    """No condition said no, and one could not be evaluated. Shape: `str()` names it and the error."""


class Conditions(Protocol):
    def hold(self, conditions: Sequence[Mapping[str, str]], attributes: Attributes) -> bool:
        """Shape: conditions as {name, expression}. Raises ConditionFailed."""
        ...
