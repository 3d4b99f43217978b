"""How the kinds differ in being written, by qualified resource.

Source: k8s.io/kubernetes pkg/registry/*/strategy.go.
"""

CREATED_BY_PUT = frozenset(
    {
        "endpoints", "events", "events.events.k8s.io", "leases.coordination.k8s.io", "limitranges", "services",
        "clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io",
        "roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io",
    }
)  # fmt: skip

VERSIONED_PUT = frozenset(
    {
        "poddisruptionbudgets.policy", "customresourcedefinitions.apiextensions.k8s.io", "controllerrevisions.apps",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io", "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "mutatingadmissionpolicies.admissionregistration.k8s.io", "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
        "validatingadmissionpolicies.admissionregistration.k8s.io", "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        "leases.coordination.k8s.io", "apiservices.apiregistration.k8s.io", "csinodes.storage.k8s.io", "csidrivers.storage.k8s.io",
        "volumeattachments.storage.k8s.io", "runtimeclasses.node.k8s.io",
    }
)  # fmt: skip

ORPHANING = frozenset({"jobs.batch", "replicationcontrollers"})

DELETED_SHOWN = frozenset(
    {
        "pods", "persistentvolumeclaims", "resourcequotas", "podtemplates", "storageclasses.storage.k8s.io",
        "customresourcedefinitions.apiextensions.k8s.io", "csidrivers.storage.k8s.io",
        "services", "serviceaccounts", "persistentvolumes", "csinodes.storage.k8s.io", "volumeattachments.storage.k8s.io",
        "volumeattributesclasses.storage.k8s.io",
    }
)  # fmt: skip

OF_STATUS = frozenset({"status", "approval"})
"""The parts of an object through which its status is said, and nothing else."""

BORN_WITH_STATUS = frozenset({"nodes"})
"""Kinds whose new objects may say how they are."""

COUNTED = frozenset(
    {
        "pods", "replicationcontrollers", "daemonsets.apps", "deployments.apps", "replicasets.apps", "statefulsets.apps", "cronjobs.batch",
        "jobs.batch", "ingresses.networking.k8s.io", "ingressclasses.networking.k8s.io", "networkpolicies.networking.k8s.io",
        "poddisruptionbudgets.policy", "endpointslices.discovery.k8s.io", "flowschemas.flowcontrol.apiserver.k8s.io",
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", "priorityclasses.scheduling.k8s.io",
        "customresourcedefinitions.apiextensions.k8s.io", "podtemplates", "deviceclasses.resource.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io", "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "mutatingadmissionpolicies.admissionregistration.k8s.io", "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
        "validatingadmissionpolicies.admissionregistration.k8s.io", "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    }
)  # fmt: skip
"""Kinds whose metadata.generation counts the changes of what is asked for."""

COUNTED_ONCE = frozenset({"priorityclasses.scheduling.k8s.io"})
"""Kinds whose generation stays as it was at the start."""

LABELLED_BY_OBJECT = frozenset({"deployments.apps"})
"""Kinds whose labels are not changed through their status."""
