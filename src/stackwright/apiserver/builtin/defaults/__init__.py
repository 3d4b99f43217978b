"""What the API fills in where a field is absent: a function for each resource that has defaults.

Source: k8s.io/kubernetes pkg/apis/*/v1/defaults.go.
"""

from collections.abc import Mapping

from stackwright.api.meta import Object
from stackwright.apiserver.builtin.defaults import access, admissionregistration, apps, autoscaling, batch, core, others
from stackwright.apiserver.builtin.defaults.filling import Fill, at
from stackwright.apiserver.builtin.defaults.pods import pod, template

_FILLS: Mapping[str, Fill] = {
    "apiservices.apiregistration.k8s.io": others.api_service,
    "clusterrolebindings.rbac.authorization.k8s.io": access.binding,
    "cronjobs.batch": batch.cron_job,
    "csidrivers.storage.k8s.io": others.csi_driver,
    "daemonsets.apps": apps.daemon_set,
    "deployments.apps": apps.deployment,
    "endpoints": core.endpoints,
    "endpointslices.discovery.k8s.io": others.endpoint_slice,
    "flowschemas.flowcontrol.apiserver.k8s.io": others.flow_schema,
    "horizontalpodautoscalers.autoscaling": autoscaling.autoscaler,
    "ingressclasses.networking.k8s.io": others.ingress_class,
    "jobs.batch": batch.job,
    "limitranges": core.limit_range,
    "mutatingadmissionpolicies.admissionregistration.k8s.io": admissionregistration.policy,
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": admissionregistration.policy_binding,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": admissionregistration.mutating_hooks,
    "namespaces": core.namespace,
    "networkpolicies.networking.k8s.io": others.network_policy,
    "nodes": core.node,
    "persistentvolumeclaims": core.claim,
    "persistentvolumes": core.volume,
    "pods": at("spec", pod),
    "podtemplates": at("template", template),
    "priorityclasses.scheduling.k8s.io": others.priority_class,
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": others.priority_level,
    "replicasets.apps": apps.replica_set,
    "replicationcontrollers": apps.replication_controller,
    "resourceclaims.resource.k8s.io": others.resource_claim,
    "resourceclaimtemplates.resource.k8s.io": others.resource_claim_template,
    "rolebindings.rbac.authorization.k8s.io": access.binding,
    "secrets": core.secret,
    "services": core.service,
    "statefulsets.apps": apps.stateful_set,
    "storageclasses.storage.k8s.io": others.storage_class,
    "validatingadmissionpolicies.admissionregistration.k8s.io": admissionregistration.policy,
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": admissionregistration.policy_binding,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": admissionregistration.validating_hooks,
}


def defaulted(resource: str, obj: Object) -> Object:
    """With the defaults of a qualified resource; the object is left as it is."""
    if resource == "horizontalpodautoscalers.autoscaling" and str(obj.get("apiVersion", "")).endswith("/v1"):
        return autoscaling.autoscaler_v1(obj)
    fill = _FILLS.get(resource)
    return fill(obj) if fill else obj
