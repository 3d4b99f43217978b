"""Which rules an object of a built-in kind must keep: metadata for all, and a function for each resource that has more.

Source: k8s.io/kubernetes pkg/apis/*/validation and pkg/registry/*/strategy.go (Validate, ValidateUpdate).
"""

from collections.abc import Callable, Mapping, Sequence

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.validation import (
    access,
    admissionregistration,
    autoscaling,
    batch,
    bounds,
    certificates,
    claims,
    config,
    flowcontrol,
    jobstatus,
    names,
    networking,
    nodes,
    others,
    pods,
    podstatus,
    quotas,
    services,
    storage,
    workloads,
)
from stackwright.apiserver.builtin.validation.metadata import changed_metadata, metadata_parts, new_metadata
from stackwright.apiserver.builtin.validation.names import Naming
from stackwright.apiserver.builtin.validation.rules import Problems, mapping
from stackwright.apiserver.kind import FieldError

New = Callable[[Object], Problems]
Changed = Callable[[Object, Object], Problems]

_NAMINGS: Mapping[str, Naming] = {
    "apiservices.apiregistration.k8s.io": names.path_segment,
    "certificatesigningrequests.certificates.k8s.io": names.path_segment,
    "clusterrolebindings.rbac.authorization.k8s.io": names.path_segment,
    "clusterroles.rbac.authorization.k8s.io": names.path_segment,
    "ipaddresses.networking.k8s.io": names.canonical_ip,
    "namespaces": names.label,
    "rolebindings.rbac.authorization.k8s.io": names.path_segment,
    "roles.rbac.authorization.k8s.io": names.path_segment,
    "services": names.label,
}


def _podtemplate(obj: Object) -> Problems:
    return pods.template("template", mapping(obj, "template"))


_RULES: Mapping[str, New] = {
    "apiservices.apiregistration.k8s.io": others.api_service,
    "certificatesigningrequests.certificates.k8s.io": certificates.new_request,
    "clusterrolebindings.rbac.authorization.k8s.io": access.cluster_role_binding,
    "clusterroles.rbac.authorization.k8s.io": access.cluster_role,
    "configmaps": config.config_map,
    "controllerrevisions.apps": others.revision,
    "cronjobs.batch": batch.cron_job,
    "csidrivers.storage.k8s.io": others.driver,
    "csinodes.storage.k8s.io": storage.csi_node,
    "csistoragecapacities.storage.k8s.io": storage.capacity,
    "daemonsets.apps": workloads.daemon_set,
    "deployments.apps": workloads.deployment,
    "endpoints": others.endpoints,
    "endpointslices.discovery.k8s.io": others.endpoint_slice,
    "events": others.core_event,
    "events.events.k8s.io": others.new_event,
    "flowschemas.flowcontrol.apiserver.k8s.io": flowcontrol.flow_schema,
    "horizontalpodautoscalers.autoscaling": autoscaling.autoscaler,
    "ingressclasses.networking.k8s.io": networking.ingress_class,
    "ingresses.networking.k8s.io": networking.ingress,
    "ipaddresses.networking.k8s.io": networking.ip_address,
    "jobs.batch": batch.job,
    "leases.coordination.k8s.io": others.lease,
    "limitranges": bounds.limit_range,
    "mutatingadmissionpolicies.admissionregistration.k8s.io": admissionregistration.mutating_policy,
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": admissionregistration.mutating_binding,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": admissionregistration.hooks,
    "namespaces": others.namespace,
    "networkpolicies.networking.k8s.io": networking.network_policy,
    "nodes": nodes.node,
    "persistentvolumeclaims": claims.claim,
    "persistentvolumes": claims.volume,
    "poddisruptionbudgets.policy": bounds.budget,
    "pods": pods.new_pod,
    "podtemplates": _podtemplate,
    "priorityclasses.scheduling.k8s.io": others.priority_class,
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": flowcontrol.priority_level,
    "replicasets.apps": workloads.replica_set,
    "replicationcontrollers": workloads.replication_controller,
    "resourcequotas": quotas.quota,
    "rolebindings.rbac.authorization.k8s.io": access.role_binding,
    "roles.rbac.authorization.k8s.io": access.role,
    "runtimeclasses.node.k8s.io": others.runtime_class,
    "secrets": config.secret,
    "servicecidrs.networking.k8s.io": networking.new_service_range,
    "services": services.service,
    "statefulsets.apps": workloads.stateful_set,
    "storageclasses.storage.k8s.io": claims.storage_class,
    "validatingadmissionpolicies.admissionregistration.k8s.io": admissionregistration.policy,
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": admissionregistration.policy_binding,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": admissionregistration.hooks,
    "volumeattachments.storage.k8s.io": storage.attachment,
    "volumeattributesclasses.storage.k8s.io": storage.attributes_class,
}
_BORN: Mapping[str, New] = {"cronjobs.batch": batch.new_cron_job}
"""What is asked of new objects, where that is more than of changed ones."""
_FIXED: Mapping[str, Changed] = {
    "clusterrolebindings.rbac.authorization.k8s.io": access.changed_binding,
    "configmaps": config.changed_config,
    "controllerrevisions.apps": others.changed_revision,
    "csidrivers.storage.k8s.io": others.changed_driver,
    "csinodes.storage.k8s.io": storage.changed_csi_node,
    "csistoragecapacities.storage.k8s.io": storage.changed_capacity,
    "daemonsets.apps": workloads.same_selector,
    "deployments.apps": workloads.same_selector,
    "endpointslices.discovery.k8s.io": others.changed_endpoint_slice,
    "ingressclasses.networking.k8s.io": networking.changed_ingress_class,
    "jobs.batch": batch.changed_job,
    "persistentvolumeclaims": claims.changed_claim,
    "persistentvolumes": claims.changed_volume,
    "priorityclasses.scheduling.k8s.io": others.changed_priority_class,
    "replicasets.apps": workloads.same_selector,
    "resourcequotas": quotas.changed_quota,
    "rolebindings.rbac.authorization.k8s.io": access.changed_binding,
    "runtimeclasses.node.k8s.io": others.changed_runtime_class,
    "secrets": config.changed_secret,
    "statefulsets.apps": workloads.changed_stateful_set,
    "storageclasses.storage.k8s.io": claims.changed_storage_class,
    "volumeattachments.storage.k8s.io": storage.changed_attachment,
    "volumeattributesclasses.storage.k8s.io": storage.changed_attributes_class,
}
"""What does not change, beside the rules for new objects."""
_WHOLLY_JUDGED = frozenset(
    {
        "clusterrolebindings.rbac.authorization.k8s.io",
        "clusterroles.rbac.authorization.k8s.io",
        "configmaps",
        "pods",
        "rolebindings.rbac.authorization.k8s.io",
        "roles.rbac.authorization.k8s.io",
        "secrets",
        "services",
    }
)
_ALONE: Mapping[str, Changed] = {
    "ipaddresses.networking.k8s.io": networking.changed_ip_address,
    "nodes": nodes.changed_node,
    "pods": pods.changed_pod,
    "servicecidrs.networking.k8s.io": networking.changed_service_range,
    "services": services.changed_service,
}
"""Changes that are judged as a whole."""
_EVENTS = ("events.events.k8s.io",)
"""Kinds whose rules are for new objects alone."""
_REPLICAS = ("updatedReplicas", "readyReplicas", "availableReplicas")


def _replicated(*parts: str) -> Changed:
    def rule(new: Object, old: Object) -> Problems:
        yield from workloads.status(new, parts)
        yield from workloads.collisions(new, old)

    return rule


_STATUS: Mapping[str, Changed] = {
    "certificatesigningrequests.certificates.k8s.io": certificates.request_status,
    "daemonsets.apps": _replicated(),
    "deployments.apps": _replicated(*_REPLICAS),
    "jobs.batch": jobstatus.job_status,
    "namespaces": others.namespace_status,
    "pods": podstatus.pod_status,
    "replicasets.apps": _replicated("fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
    "replicationcontrollers": _replicated("fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
    "resourcequotas": quotas.quota_status,
    "services": services.service_status,
    "statefulsets.apps": _replicated("readyReplicas", "updatedReplicas", "availableReplicas", "currentReplicas"),
}


def naming_of(resource: str) -> Naming:
    return _NAMINGS.get(resource, names.subdomain)


def problems_of_new(resource: str, namespaced: bool, obj: Object) -> Sequence[FieldError]:
    """Every rule that a new object of a qualified resource breaks."""
    found = list(new_metadata(obj, naming_of(resource), namespaced))
    rule = _BORN.get(resource) or _RULES.get(resource)
    return [*found, *rule(obj)] if rule else found


def _metadata_problems(resource: str, new: Object, old: Object) -> list[FieldError]:
    """Changes are looked at twice, by what all kinds share and by their own strategy; some kinds then are judged as if they were new."""
    changed = list(changed_metadata(new, old))
    whole = list(metadata_parts(new))
    return [*whole, *changed, *changed, *(whole if resource in _WHOLLY_JUDGED else ())]


def problems_of_change(resource: str, new: Object, old: Object, subresource: str) -> Sequence[FieldError]:
    """Every rule that a change breaks."""
    found = _metadata_problems(resource, new, old)
    if subresource == "status":
        judged = _STATUS.get(resource)
        return [*found, *judged(new, old)] if judged else found
    if subresource == "ephemeralcontainers":
        return [*found, *pods.attached(new, old)]
    if subresource == "approval":
        return [*found, *certificates.approved_request(new, old)]
    if subresource and subresource != "scale":
        return found
    if resource in _ALONE:
        return [*found, *_ALONE[resource](new, old)]
    rule, fixed = _RULES.get(resource), _FIXED.get(resource)
    found += rule(new) if rule and resource not in _EVENTS else ()
    return [*found, *fixed(new, old)] if fixed else found
