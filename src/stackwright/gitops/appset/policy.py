"""What may be done to the Applications of a set.

Source: Argo CD's applicationset/utils (policy.go) and docs/operator-manual/applicationset/Controlling-Resource-Modification.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KNOWN = {"sync": (True, True), "create-only": (False, False), "create-update": (True, False), "create-delete": (False, True)}


@dataclass(frozen=True, slots=True)
class Policy:
    update: bool = True
    delete: bool = True


def policy_of(spec: Mapping[str, Any], settings: Mapping[str, str]) -> Policy:
    """The operator's policy goes first, unless sets may override it. `settings` are the keys of argocd-cmd-params-cm."""
    operators = settings.get("applicationsetcontroller.policy") or ""
    own = str((spec.get("syncPolicy") or {}).get("applicationsSync") or "")
    override = settings.get("applicationsetcontroller.enable.policy.override") or ("false" if operators else "true")
    name = own if own and override == "true" else operators
    return Policy(*_KNOWN.get(name or "sync", (True, True)))
