"""Actions of Numaflow's pipelines and of Numaplane's rollouts of them.

Source: Argo CD's resource_customizations for numaflow.numaproj.io and numaplane.numaproj.io.
"""

from collections.abc import Sequence

from stackwright.api.meta import Object, owners_of
from stackwright.gitops.actions.editing import ANNOTATIONS, LABELS, Path, at, in_order, removes, sets
from stackwright.gitops.actions.types import Action, Builtin, KindActions, Run

_PAUSE, _PLAY, _FORWARD, _LOCK, _UNLOCK = (f"fa-solid fa-fw fa-{name}" for name in ("pause", "play", "forward", "lock", "unlock"))
_STRATEGIES = "numaflow.numaproj.io/allowed-resume-strategies"
_RESUME_STRATEGY = (*ANNOTATIONS, "numaflow.numaproj.io/resume-strategy")
_STATE, _FORCED = "numaplane.numaproj.io/upgrade-state", "numaplane.numaproj.io/force-promote"
_DATA_LOSS = (*ANNOTATIONS, "numaplane.numaproj.io/allow-data-loss")
_FAST_RESUME = ("spec", "strategy", "pauseResume", "fastResume")
_FORCE = sets((*LABELS, _FORCED), "true")


def _pausing(obj: Object, spec: Path, *metadata: Path, owned: bool = False) -> list[Action]:
    """Pausing, and the ways of going on that annotations allow; none for what a rollout owns: it would undo them."""
    paused = at(obj, (*spec, "lifecycle", "desiredPhase")) == "Paused"
    allowed = next((found for path in metadata if (found := at(obj, (*path, "annotations", _STRATEGIES))) is not None), "slow")
    fast = allowed in ("fast", "slow, fast")
    gradual = allowed != "fast"
    return [
        Action("pause", disabled=owned or paused, icon_class=_PAUSE),
        Action("unpause-gradual", disabled=owned or not (paused and gradual), display_name="Unpause (gradual)", icon_class=_PLAY),
        Action("unpause-fast", disabled=owned or not (paused and fast), display_name="Unpause (fast)", icon_class=_PLAY),
    ]


def _force(obj: Object, *states: str, display_name: str = "Force Promote") -> Action:
    labels = at(obj, LABELS) or {}
    possible = labels.get(_STATE) in states and labels.get(_FORCED) != "true"
    return Action("force-promote", disabled=not possible, display_name=display_name, icon_class=_FORWARD)


def _of_buffer(obj: Object) -> Sequence[Action]:
    return [_force(obj, "in-progress", "trial", display_name="")]


def _of_mono_vertex(obj: Object) -> Sequence[Action]:
    owned = any(owner.get("kind") == "MonoVertexRollout" for owner in owners_of(obj))
    return [*_pausing(obj, ("spec",), ("spec", "metadata"), owned=owned), _force(obj, "in-progress", "trial")]


def _of_pipeline(obj: Object) -> Sequence[Action]:
    return [*_pausing(obj, ("spec",), ("spec", "metadata")), _force(obj, "in-progress")]


def _of_mono_vertex_rollout(obj: Object) -> Sequence[Action]:
    vertex = ("spec", "monoVertex")
    return _pausing(obj, (*vertex, "spec"), (*vertex, "spec", "metadata"), (*vertex, "metadata"))


def _of_pipeline_rollout(obj: Object) -> Sequence[Action]:
    draining = at(obj, ("status", "upgradeInProgress")) == "PipelinePauseAndDrain"
    pipeline = ("spec", "pipeline")
    return [
        *_pausing(obj, (*pipeline, "spec"), (*pipeline, "metadata"), (*pipeline, "spec", "metadata")),
        Action("allow-data-loss", disabled=not draining, display_name="Allow (Possible) Data Loss", icon_class=_UNLOCK),
        Action("disallow-data-loss", disabled=at(obj, _DATA_LOSS) != "true", display_name="Disallow Data Loss", icon_class=_LOCK),
    ]


def _phase(spec: Path, phase: str) -> Run:
    return sets((*spec, "lifecycle", "desiredPhase"), phase)


def _rollout_runs(spec: Path) -> dict[str, Run]:
    return {
        "pause": _phase(spec, "Paused"),
        "unpause-gradual": in_order(_phase(spec, "Running"), sets(_FAST_RESUME, False)),
        "unpause-fast": in_order(_phase(spec, "Running"), sets(_FAST_RESUME, True)),
    }


NUMAPROJ: Builtin = {
    ("numaflow.numaproj.io", "InterStepBufferService"): KindActions(_of_buffer, {"force-promote": _FORCE}),
    ("numaflow.numaproj.io", "MonoVertex"): KindActions(
        _of_mono_vertex,
        {
            "pause": _phase(("spec",), "Paused"),
            "unpause-gradual": in_order(_phase(("spec",), "Running"), removes(("spec", "replicas"))),
            "unpause-fast": _phase(("spec",), "Running"),
            "force-promote": _FORCE,
        },
    ),
    ("numaflow.numaproj.io", "Pipeline"): KindActions(
        _of_pipeline,
        {
            "pause": _phase(("spec",), "Paused"),
            "unpause-gradual": in_order(_phase(("spec",), "Running"), sets(_RESUME_STRATEGY, "slow")),
            "unpause-fast": in_order(_phase(("spec",), "Running"), sets(_RESUME_STRATEGY, "fast")),
            "force-promote": _FORCE,
            "delete": sets((*ANNOTATIONS, "numaplane.numaproj.io/marked-for-deletion"), "true"),
        },
    ),
    ("numaplane.numaproj.io", "MonoVertexRollout"): KindActions(_of_mono_vertex_rollout, _rollout_runs(("spec", "monoVertex", "spec"))),
    ("numaplane.numaproj.io", "PipelineRollout"): KindActions(
        _of_pipeline_rollout,
        {
            **_rollout_runs(("spec", "pipeline", "spec")),
            "allow-data-loss": sets(_DATA_LOSS, "true"),
            "disallow-data-loss": sets(_DATA_LOSS, "false"),
        },
    ),
}
