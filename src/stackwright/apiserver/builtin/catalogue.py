"""Which resources are served, in the order of discovery.

One line a resource: plural, Kind, scope, then what differs from the usual, as words:
`+name` a subresource, `name` a short name, `*all` a category, `-verb` a verb that is missing, `=verb` the only verbs there are.
"""

from collections.abc import Iterator

from stackwright.api.meta import Resource

_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_NAMESPACED = "Namespaced"

_TEXT = """
# v1
bindings Binding Namespaced =create
componentstatuses ComponentStatus Cluster cs =get =list
configmaps ConfigMap Namespaced cm
endpoints Endpoints Namespaced ep
events Event Namespaced ev
limitranges LimitRange Namespaced limits
namespaces Namespace Cluster ns -deletecollection +finalize +status
nodes Node Cluster no +proxy +status
persistentvolumeclaims PersistentVolumeClaim Namespaced pvc +status
persistentvolumes PersistentVolume Cluster pv +status
pods Pod Namespaced po *all +attach +binding +ephemeralcontainers +eviction +exec +log +portforward +proxy +resize +status
podtemplates PodTemplate Namespaced
replicationcontrollers ReplicationController Namespaced rc *all +scale +status
resourcequotas ResourceQuota Namespaced quota +status
secrets Secret Namespaced
serviceaccounts ServiceAccount Namespaced sa +token
services Service Namespaced svc *all +proxy +status
# apiregistration.k8s.io/v1
apiservices APIService Cluster *api-extensions +status
# apps/v1
controllerrevisions ControllerRevision Namespaced
daemonsets DaemonSet Namespaced ds *all +status
deployments Deployment Namespaced deploy *all +scale +status
replicasets ReplicaSet Namespaced rs *all +scale +status
statefulsets StatefulSet Namespaced sts *all +scale +status
# events.k8s.io/v1
events Event Namespaced ev
# authentication.k8s.io/v1
selfsubjectreviews SelfSubjectReview Cluster =create
tokenreviews TokenReview Cluster =create
# authorization.k8s.io/v1
localsubjectaccessreviews LocalSubjectAccessReview Namespaced =create
selfsubjectaccessreviews SelfSubjectAccessReview Cluster =create
selfsubjectrulesreviews SelfSubjectRulesReview Cluster =create
subjectaccessreviews SubjectAccessReview Cluster =create
# autoscaling/v2
horizontalpodautoscalers HorizontalPodAutoscaler Namespaced hpa *all +status
# autoscaling/v1
horizontalpodautoscalers HorizontalPodAutoscaler Namespaced hpa *all +status
# batch/v1
cronjobs CronJob Namespaced cj *all +status
jobs Job Namespaced *all +status
# certificates.k8s.io/v1
certificatesigningrequests CertificateSigningRequest Cluster csr +approval +status
# networking.k8s.io/v1
ingressclasses IngressClass Cluster
ingresses Ingress Namespaced ing +status
ipaddresses IPAddress Cluster ip
networkpolicies NetworkPolicy Namespaced netpol
servicecidrs ServiceCIDR Cluster +status
# policy/v1
poddisruptionbudgets PodDisruptionBudget Namespaced pdb +status
# rbac.authorization.k8s.io/v1
clusterrolebindings ClusterRoleBinding Cluster
clusterroles ClusterRole Cluster
rolebindings RoleBinding Namespaced
roles Role Namespaced
# storage.k8s.io/v1
csidrivers CSIDriver Cluster
csinodes CSINode Cluster
csistoragecapacities CSIStorageCapacity Namespaced
storageclasses StorageClass Cluster sc
volumeattachments VolumeAttachment Cluster +status
volumeattributesclasses VolumeAttributesClass Cluster vac
# admissionregistration.k8s.io/v1
mutatingadmissionpolicies MutatingAdmissionPolicy Cluster *api-extensions
mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding Cluster *api-extensions
mutatingwebhookconfigurations MutatingWebhookConfiguration Cluster *api-extensions
validatingadmissionpolicies ValidatingAdmissionPolicy Cluster *api-extensions +status
validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding Cluster *api-extensions
validatingwebhookconfigurations ValidatingWebhookConfiguration Cluster *api-extensions
# apiextensions.k8s.io/v1
customresourcedefinitions CustomResourceDefinition Cluster crd crds *api-extensions +status
# scheduling.k8s.io/v1
priorityclasses PriorityClass Cluster pc
# coordination.k8s.io/v1
leases Lease Namespaced
# node.k8s.io/v1
runtimeclasses RuntimeClass Cluster
# discovery.k8s.io/v1
endpointslices EndpointSlice Namespaced
# flowcontrol.apiserver.k8s.io/v1
flowschemas FlowSchema Cluster +status
prioritylevelconfigurations PriorityLevelConfiguration Cluster +status
# resource.k8s.io/v1
deviceclasses DeviceClass Cluster
resourceclaims ResourceClaim Namespaced +status
resourceclaimtemplates ResourceClaimTemplate Namespaced
resourceslices ResourceSlice Cluster
"""


def resources() -> Iterator[Resource]:
    """Every built-in resource."""
    group, version = "", ""
    for line in _TEXT.split("\n"):
        if line.startswith("# "):
            group, _, version = line[2:].rpartition("/")
        elif line:
            yield _resource(group, version, line)


def _resource(group: str, version: str, line: str) -> Resource:
    plural, kind, scope, *words = line.split()
    verbs = _words(words, "=") or tuple(verb for verb in _VERBS if f"-{verb}" not in words)
    short = tuple(word for word in words if word[0].isalpha())
    names = (kind.lower(), short, _words(words, "*"))
    return Resource(group, version, plural, kind, scope == _NAMESPACED, *names, verbs, _words(words, "+"))


def _words(words: list[str], mark: str) -> tuple[str, ...]:
    return tuple(word[1:] for word in words if word.startswith(mark))
