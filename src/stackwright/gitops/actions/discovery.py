"""The actions that an object has now, and what running one of them comes to. Pure, but for the time that a script takes.

Source: Argo CD's server/application (ListResourceActions, RunResourceActionV2).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from stackwright.api.meta import Object, gvk_of
from stackwright.gitops.actions.argo import ARGO
from stackwright.gitops.actions.custom import discovered, run_script, scripts_for
from stackwright.gitops.actions.flux import FLUX
from stackwright.gitops.actions.numaproj import NUMAPROJ
from stackwright.gitops.actions.operators import OPERATORS
from stackwright.gitops.actions.types import Action, ActionRefused, Builtin, Effect, Request
from stackwright.gitops.actions.workloads import WORKLOADS
from stackwright.gitops.customizations import Customization

BUILTIN: Builtin = {**WORKLOADS, **ARGO, **FLUX, **NUMAPROJ, **OPERATORS}


def actions_of(obj: Object, customizations: tuple[Customization, ...] = ()) -> list[Action]:
    """Sorted by name. The operator's own ones go before ours, and stand alone unless they say that ours stay.

    Raises ActionRefused when a script fails.
    """
    scripts = scripts_for(obj, customizations)
    own = discovered(scripts.discovery, obj) if scripts is not None else []
    found = {action.name: action for action in (_builtin(obj) if scripts is None or scripts.merges else ())}
    found |= {action.name: action for action in own}
    return [found[name] for name in sorted(found)]


def _builtin(obj: Object) -> Sequence[Action]:
    gvk = gvk_of(obj)
    known = BUILTIN.get((gvk.group, gvk.kind))
    return known.discover(obj) if known is not None else ()


def run_action(
    name: str,
    obj: Object,
    *,
    parameters: Mapping[str, str],
    now: datetime,
    customizations: tuple[Customization, ...] = (),
) -> Sequence[Effect]:
    """What has to be written. Raises ActionRefused."""
    scripts = scripts_for(obj, customizations)
    if scripts is not None and scripts.definitions.get(name):
        return run_script(scripts.definitions[name], obj, parameters)
    gvk = gvk_of(obj)
    known = BUILTIN.get((gvk.group, gvk.kind))
    if known is None or name not in known.runs:
        raise ActionRefused(f"action not found: {name}", kind=f"{gvk.group}/{gvk.kind}")
    return known.runs[name](obj, Request(parameters, now))
