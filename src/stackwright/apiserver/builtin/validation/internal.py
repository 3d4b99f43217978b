"""Objects as the API server prints its own form of them: every field by its Go name and in its order, absent ones too.

Only the types that messages show have a line in the table; others are shown by what they hold.
Source: k8s.io/kubernetes pkg/apis/core/types.go.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

_TABLE = """
PodSpec Volumes[]Volume InitContainers[]Container Containers[]Container EphemeralContainers[]Container RestartPolicy
 TerminationGracePeriodSeconds? ActiveDeadlineSeconds? DNSPolicy NodeSelector? ServiceAccountName AutomountServiceAccountToken? NodeName
 SecurityContext?PodSecurityContext ImagePullSecrets? Hostname Subdomain SetHostnameAsFQDN? Affinity? SchedulerName
 Tolerations[]Toleration HostAliases[]HostAlias PriorityClassName Priority? PreemptionPolicy? DNSConfig? ReadinessGates? RuntimeClassName?
 Overhead? EnableServiceLinks? TopologySpreadConstraints? OS? SchedulingGates? ResourceClaims? Resources? HostnameOverride?
PodSecurityContext HostNetwork! HostPID! HostIPC! ShareProcessNamespace? HostUsers? SELinuxOptions? WindowsOptions? RunAsUser? RunAsGroup?
 RunAsNonRoot? SupplementalGroups? SupplementalGroupsPolicy? FSGroup? FSGroupChangePolicy? Sysctls? SeccompProfile? AppArmorProfile?
 SELinuxChangePolicy?
Container Name Image Command? Args? WorkingDir Ports[]ContainerPort EnvFrom? Env[]EnvVar Resources=ResourceRequirements ResizePolicy?
 RestartPolicy? RestartPolicyRules? VolumeMounts[]VolumeMount VolumeDevices? LivenessProbe?Probe ReadinessProbe?Probe StartupProbe?Probe
 Lifecycle? TerminationMessagePath TerminationMessagePolicy ImagePullPolicy SecurityContext? Stdin! StdinOnce! TTY!
SecurityContext Capabilities? Privileged? SELinuxOptions? WindowsOptions? RunAsUser? RunAsGroup? RunAsNonRoot? ReadOnlyRootFilesystem?
 AllowPrivilegeEscalation? ProcMount? SeccompProfile? AppArmorProfile?
ContainerPort Name HostPort# ContainerPort# Protocol HostIP
EnvVar Name Value ValueFrom?
ResourceRequirements Limits? Requests? Claims?
VolumeMount Name ReadOnly! RecursiveReadOnly? MountPath SubPath MountPropagation? SubPathExpr
Probe Exec? HTTPGet? TCPSocket? GRPC? InitialDelaySeconds# TimeoutSeconds# PeriodSeconds# SuccessThreshold# FailureThreshold#
 TerminationGracePeriodSeconds?
Toleration Key Operator Value Effect TolerationSeconds?
HostAlias IP Hostnames?
Volume Name HostPath?HostPath EmptyDir?EmptyDir GCEPersistentDisk? AWSElasticBlockStore? GitRepo? Secret?SecretVolume NFS?NFS ISCSI?
 Glusterfs? PersistentVolumeClaim?ClaimVolume RBD? Quobyte? FlexVolume? Cinder? CephFS? Flocker? DownwardAPI?DownwardVolume FC?
 AzureFile? ConfigMap?ConfigMapVolume VsphereVolume? AzureDisk? PhotonPersistentDisk? Projected?Projected PortworxVolume? ScaleIO?
 StorageOS? CSI? Ephemeral? Image?
HostPath Path Type?
EmptyDir Medium SizeLimit?
SecretVolume SecretName Items[]KeyToPath DefaultMode? Optional?
ConfigMapVolume Name Items[]KeyToPath DefaultMode? Optional?
ClaimVolume ClaimName ReadOnly!
NFS Server Path ReadOnly!
KeyToPath Key Path Mode?
DownwardVolume Items[]DownwardFile DefaultMode?
DownwardFile Path FieldRef?FieldRef ResourceFieldRef? Mode?
FieldRef APIVersion FieldPath
Projected Sources[]Projection DefaultMode?
Projection Secret?NamedKeys DownwardAPI?DownwardProjection ConfigMap?NamedKeys ServiceAccountToken?TokenProjection ClusterTrustBundle?
 PodCertificate?
NamedKeys Name Items[]KeyToPath Optional?
DownwardProjection Items[]DownwardFile
TokenProjection Audience ExpirationSeconds# Path
ClaimSpec AccessModes? Selector? Resources=ClaimResources VolumeName StorageClassName? VolumeMode? DataSource?TypedReference
 DataSourceRef?TypedObjectReference VolumeAttributesClassName?
ClaimResources Limits? Requests?
TypedReference APIGroup? Kind Name
TypedObjectReference APIGroup? Kind Name Namespace?
VolumeSource GCEPersistentDisk? AWSElasticBlockStore? HostPath?HostPath Glusterfs? NFS?NFS RBD? Quobyte? ISCSI? FlexVolume? Cinder? CephFS?
 FC? Flocker? AzureFile? VsphereVolume? AzureDisk? PhotonPersistentDisk? PortworxVolume? ScaleIO? Local?LocalVolume StorageOS? CSI?
LocalVolume Path FSType?
"""
_MARKS = ("[]", "?", "!", "#", "=")
_ODD_NAMES = {"StorageOS": "storageos", "CephFS": "cephfs"}
_IN_SECURITY_CONTEXT = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")


class _Field(NamedTuple):
    """Shape: `mark` is "" for text, `?` for what may be null, `!` yes or no, `#` number, `[]` list, `=` struct that is always there."""

    name: str
    mark: str
    kind: str


@cache
def _types() -> Mapping[str, tuple[_Field, ...]]:
    lines = _TABLE.replace("\n ", " ").strip().split("\n")
    return {words[0]: tuple(_field(word) for word in words[1:]) for words in (line.split() for line in lines)}


def _field(word: str) -> _Field:
    for mark in _MARKS:
        name, found, kind = word.partition(mark)
        if found:
            return _Field(name, mark, kind)
    return _Field(word, "", "")


def _wire(name: str) -> str:
    """The name in JSON: leading capitals are small, up to the one that begins the next word."""
    if name in _ODD_NAMES:
        return _ODD_NAMES[name]
    capitals = next((index for index, char in enumerate(name) if not char.isupper()), len(name))
    return name[:capitals].lower() + name[capitals:] if capitals in (1, len(name)) else name[: capitals - 1].lower() + name[capitals - 1 :]


def internal(kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """The value as the struct `kind` of the table prints."""
    if kind == "PodSpec":
        moved = {key: value[key] for key in _IN_SECURITY_CONTEXT if key in value}
        value = {**value, "securityContext": {**(value.get("securityContext") or {}), **moved}}
    return {field.name: _shown(field, value.get(_wire(field.name))) for field in _types()[kind]}


def _shown(field: _Field, value: Any) -> Any:
    match field.mark:
        case "[]":
            return [internal(field.kind, item) for item in value] if value else None
        case "=":
            return internal(field.kind, value or {})
        case "?":
            return None if value is None else internal(field.kind, value) if field.kind else titled(value)
        case "!":
            return bool(value)
        case "#":
            return value or 0
        case _:
            return value or ""


def titled(value: Any) -> Any:
    """What has no line in the table: the fields that are there, as Go names them."""
    if isinstance(value, Mapping):
        plain = all(isinstance(item, str) for item in value.values())
        return {key if plain else key[:1].upper() + key[1:]: titled(item) for key, item in sorted(value.items())}
    return [titled(item) for item in value] if isinstance(value, list) else value
