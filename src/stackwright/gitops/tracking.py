"""Whose an object is: the marks that an Application leaves on what it manages.

Source: Argo CD's util/argo/resource_tracking.go.
"""

from dataclasses import dataclass
from typing import Literal

from stackwright.api.meta import Object, ObjectKey, annotations_of, gvk_of, labels_of, metadata_of, name_of, namespace_of

TrackingMethod = Literal["annotation", "label", "annotation+label"]
TRACKING_ID = "argocd.argoproj.io/tracking-id"
INSTALLATION_ID = "argocd.argoproj.io/installation-id"
INSTANCE_LABEL = "app.kubernetes.io/instance"
_LABEL_LENGTH = 63


@dataclass(frozen=True, slots=True)
class Tracking:
    """How objects are marked: argocd-cm's resourceTrackingMethod, instanceLabelKey and installationID."""

    method: TrackingMethod = "annotation"
    label: str = INSTANCE_LABEL
    installation: str = ""

    def owner_of(self, obj: Object) -> str:
        """The instance name of the Application that the object says it belongs to; empty for none."""
        if self.method == "label":
            return str(labels_of(obj).get(self.label) or "")
        if self.installation and annotations_of(obj).get(INSTALLATION_ID) != self.installation:
            return ""
        return parse_id(annotations_of(obj).get(TRACKING_ID, ""))[0]

    def marked(self, obj: Object, instance: str, destination_namespace: str) -> Object:
        """The object as it is applied: with the marks of its Application."""
        if gvk_of(obj).group == "apiextensions.k8s.io" and gvk_of(obj).kind == "CustomResourceDefinition":
            return obj
        metadata = dict(metadata_of(obj))
        if self.method != "annotation":
            label = instance if self.method == "label" else instance[:_LABEL_LENGTH].rstrip("-_.")
            metadata["labels"] = {**labels_of(obj), self.label: label}
        if self.method != "label":
            annotations = {**annotations_of(obj), TRACKING_ID: tracking_id(obj, instance, destination_namespace)}
            metadata["annotations"] = annotations | ({INSTALLATION_ID: self.installation} if self.installation else {})
        return {**obj, "metadata": metadata}

    def is_self_referenced(self, live: Object, instance: str) -> bool:
        """False for an object that only carries a copy of somebody else's mark: some controllers copy annotations."""
        if self.method == "label":
            return True
        mark = annotations_of(live).get(TRACKING_ID, "")
        owner, key = parse_id(mark)
        if key is None or owner != instance:
            return True
        gvk = gvk_of(live)
        if (key.group, key.kind, key.name) != (gvk.group, gvk.kind, name_of(live)):
            return False
        return not namespace_of(live) or key.namespace == namespace_of(live)


def instance_name(name: str, namespace: str, control_namespace: str) -> str:
    return name if namespace in ("", control_namespace) else f"{namespace}_{name}"


def tracking_id(obj: Object, instance: str, destination_namespace: str) -> str:
    gvk = gvk_of(obj)
    return f"{instance}:{gvk.group}/{gvk.kind}:{namespace_of(obj) or destination_namespace}/{name_of(obj)}"


def parse_id(text: str) -> tuple[str, ObjectKey | None]:
    """The instance name and the object that a tracking id names; nothing for what is no tracking id."""
    parts = text.split(":", 2)
    if len(parts) != 3 or "/" not in parts[1] or "/" not in parts[2]:
        return "", None
    group, _, kind = parts[1].rpartition("/")
    namespace, _, name = parts[2].partition("/")
    return parts[0], ObjectKey(group, kind, namespace, name)
