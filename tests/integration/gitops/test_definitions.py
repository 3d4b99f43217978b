"""What the API server makes of a typing error in one of Argo CD's kinds."""

from typing import Any

import pytest

from stackwright.api.status import StatusError
from stackwright.client.kinds import APPLICATIONS

SPEC = {
    "project": "default",
    "source": {"repoURL": "https://git.example.com/a", "path": ".", "helm": {"valuesObject": {"any": {"thing": 1}}}},
    "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
    "syncPolicy": {"automated": {"prune": True}},
}


def application(**changes: Any) -> dict[str, Any]:
    metadata = {"name": "typed", "namespace": "argocd"}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": {**SPEC, **changes}}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"syncPolcy": {}}, "spec.syncPolcy"),
        ({"syncPolicy": {"automated": {"prun": True}}}, "spec.syncPolicy.automated.prun"),
        ({"source": {**SPEC["source"], "helm": {"valuesFiles": []}}}, "spec.source.helm.valuesFiles"),  # type: ignore[dict-item]
    ],
)
async def test_a_field_that_does_not_exist_is_refused_strictly_and_dropped_otherwise(rig: Any, changes: Any, field: str) -> None:
    with pytest.raises(StatusError, match=f'unknown field "{field}"'):
        await rig.client.create(application(**changes), validation="Strict")
    made = await rig.client.create(application(**changes), validation="Warn")
    assert field.rsplit(".", 1)[1] not in str(made["spec"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"revisionHistoryLimit": "ten"}, "spec.revisionHistoryLimit"),
        ({"sources": [{"path": "."}]}, "spec.sources[0].repoURL: Required value"),
        ({"ignoreDifferences": [{"group": "apps"}]}, "spec.ignoreDifferences[0].kind: Required value"),
    ],
)
async def test_a_value_of_another_type_or_a_missing_one_is_refused(rig: Any, changes: Any, said: str) -> None:
    with pytest.raises(StatusError) as raised:
        await rig.client.create(application(**changes))
    assert said in str(raised.value)


async def test_values_of_charts_and_what_the_engine_writes_stay_as_they_are(rig: Any) -> None:
    made = await rig.client.create({**application(), "status": {"own": {"field": 1}, "resources": [{"kind": "Pod", "extra": True}]}})
    assert made["spec"] == SPEC
    assert made["status"] == {"own": {"field": 1}, "resources": [{"kind": "Pod", "extra": True}]}
    await rig.client.patch(
        APPLICATIONS, "typed", "argocd", {"operation": {"sync": {"prune": True, "resources": []}, "retry": {"limit": 1}}}
    )
    found = await rig.client.get(APPLICATIONS, "typed", "argocd")
    assert found["operation"] == {"sync": {"prune": True, "resources": []}, "retry": {"limit": 1}}
