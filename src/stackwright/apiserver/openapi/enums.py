"""The texts that a field may hold, for Go types that are closed sets.

Source: the `+enum` types of k8s.io/api.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from stackwright.apiserver.gotypes import flattened, structs

_VALUES = """
admissionregistration/v1 FailurePolicyType: Fail Ignore
admissionregistration/v1 MatchPolicyType: Equivalent Exact
admissionregistration/v1 PatchType: ApplyConfiguration JSONPatch
admissionregistration/v1 ReinvocationPolicyType: IfNeeded Never
admissionregistration/v1 ScopeType: * Cluster Namespaced
admissionregistration/v1 SideEffectClass: None NoneOnDryRun Some Unknown
apps/v1 DaemonSetUpdateStrategyType: OnDelete RollingUpdate
apps/v1 DeploymentStrategyType: Recreate RollingUpdate
apps/v1 PodManagementPolicyType: OrderedReady Parallel
apps/v1 StatefulSetUpdateStrategyType: OnDelete RollingUpdate
batch/v1 CompletionMode: Indexed NonIndexed
batch/v1 ConcurrencyPolicy: Allow Forbid Replace
batch/v1 PodFailurePolicyAction: Count FailIndex FailJob Ignore
batch/v1 PodFailurePolicyOnExitCodesOperator: In NotIn
batch/v1 PodReplacementPolicy: Failed TerminatingOrFailed
core/v1 AzureDataDiskCachingMode: None ReadOnly ReadWrite
core/v1 AzureDataDiskKind: Dedicated Managed Shared
core/v1 AppArmorProfileType: Localhost RuntimeDefault Unconfined
core/v1 DNSPolicy: ClusterFirst ClusterFirstWithHostNet Default None
core/v1 HostPathType: '' BlockDevice CharDevice Directory DirectoryOrCreate File FileOrCreate Socket
core/v1 IPFamilyPolicy: PreferDualStack RequireDualStack SingleStack
core/v1 MountPropagationMode: Bidirectional HostToContainer None
core/v1 NamespacePhase: Active Terminating
core/v1 NodeInclusionPolicy: Honor Ignore
core/v1 NodePhase: Pending Running Terminated
core/v1 NodeSelectorOperator: DoesNotExist Exists Gt In Lt NotIn
core/v1 PersistentVolumeClaimModifyVolumeStatus: InProgress Infeasible Pending
core/v1 PersistentVolumeClaimPhase: Bound Lost Pending
core/v1 PersistentVolumeMode: Block Filesystem
core/v1 PersistentVolumePhase: Available Bound Failed Pending Released
core/v1 PersistentVolumeReclaimPolicy: Delete Recycle Retain
core/v1 PodFSGroupChangePolicy: Always OnRootMismatch
core/v1 PodPhase: Failed Pending Running Succeeded Unknown
core/v1 PodQOSClass: BestEffort Burstable Guaranteed
core/v1 PreemptionPolicy: Never PreemptLowerPriority
core/v1 ProcMountType: Default Unmasked
core/v1 Protocol: SCTP TCP UDP
core/v1 PullPolicy: Always IfNotPresent Never
core/v1 ResourceQuotaScope: BestEffort CrossNamespacePodAffinity NotBestEffort NotTerminating PriorityClass Terminating\
 VolumeAttributesClass
core/v1 RestartPolicy: Always Never OnFailure
core/v1 ScopeSelectorOperator: DoesNotExist Exists In NotIn
core/v1 SeccompProfileType: Localhost RuntimeDefault Unconfined
core/v1 ServiceAffinity: ClientIP None
core/v1 ServiceExternalTrafficPolicy: Cluster Local
core/v1 ServiceInternalTrafficPolicy: Cluster Local
core/v1 ServiceType: ClusterIP ExternalName LoadBalancer NodePort
core/v1 SupplementalGroupsPolicy: Merge Strict
core/v1 TaintEffect: NoExecute NoSchedule PreferNoSchedule
core/v1 TerminationMessagePolicy: FallbackToLogsOnError File
core/v1 TolerationOperator: Equal Exists Gt Lt
core/v1 URIScheme: HTTP HTTPS
core/v1 UnsatisfiableConstraintAction: DoNotSchedule ScheduleAnyway
discovery/v1 AddressType: FQDN IPv4 IPv6
networking/v1 PathType: Exact ImplementationSpecific Prefix
policy/v1 UnhealthyPodEvictionPolicyType: AlwaysAllow IfHealthyBudget
resource/v1 AllocationConfigSource: FromClaim FromClass
resource/v1 DeviceAllocationMode: All ExactCount
resource/v1 DeviceTaintEffect: NoExecute NoSchedule None
resource/v1 DeviceTolerationOperator: Equal Exists
storage/v1 VolumeBindingMode: Immediate WaitForFirstConsumer
"""
_ITEMS = """
admissionregistration.v1.NamedRuleWithOperations.operations: * CONNECT CREATE DELETE UPDATE
admissionregistration.v1.RuleWithOperations.operations: * CONNECT CREATE DELETE UPDATE
admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec.validationActions: Audit Deny Warn
core.v1.PersistentVolumeClaimSpec.accessModes: ReadOnlyMany ReadWriteMany ReadWriteOnce ReadWriteOncePod
core.v1.PersistentVolumeClaimStatus.accessModes: ReadOnlyMany ReadWriteMany ReadWriteOnce ReadWriteOncePod
core.v1.PersistentVolumeSpec.accessModes: ReadOnlyMany ReadWriteMany ReadWriteOnce ReadWriteOncePod
core.v1.ResourceQuotaSpec.scopes: BestEffort CrossNamespacePodAffinity NotBestEffort NotTerminating PriorityClass Terminating\
 VolumeAttributesClass
core.v1.ServiceSpec.ipFamilies: '' IPv4 IPv6
networking.v1.NetworkPolicySpec.policyTypes: Egress Ingress
"""
"""Of the items of lists, by the end of the schema's name and the field."""

_RULE_REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
_USAGES = (
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only",
    "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement",
    "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping",
)  # fmt: skip
_SIGNALS = (
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT",
    "RTMAX", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU",
    "XFSZ", "RTMIN", *(f"RTMAX-{number}" for number in range(1, 15)), *(f"RTMIN+{number}" for number in range(1, 16)),
)  # fmt: skip


@cache
def _known() -> Mapping[str, tuple[str, ...]]:
    """By the name that a field's type has in its package: no two of these share one."""
    found = {}
    for name, values in _read(_VALUES):
        found[name.split()[1]] = values
    return {**found, "Signal": tuple(sorted(f"SIG{name}" for name in _SIGNALS))}


def _read(table: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in table.strip().replace("\\\n", "").split("\n"):
        name, _, values = line.partition(":")
        yield name, tuple("" if each == "''" else each for each in values.split())


@cache
def enums_of(component: str) -> Mapping[str, tuple[str, ...]]:
    """The closed fields of a schema (`io.k8s.api.apps.v1.Deployment`), by name."""
    *_, group, version, kind = component.split(".")
    struct = f"k8s.io/api/{group}/{version}.{kind}"
    if struct not in structs():
        return {"reason": _RULE_REASONS} if component.endswith(".apiextensions.v1.ValidationRule") else {}
    named = ((field.name, _known().get(field.named.rpartition(".")[2])) for field in flattened(struct) if field.named)
    return {name: values for name, values in named if values}


@cache
def _listed() -> Mapping[str, tuple[str, ...]]:
    return {**dict(_read(_ITEMS)), "certificates.v1.CertificateSigningRequestSpec.usages": _USAGES}


def item_enums_of(component: str) -> Mapping[str, tuple[str, ...]]:
    """The fields of a schema that are lists of closed texts, by name."""
    *_, group, version, kind = component.split(".")
    start = f"{group}.{version}.{kind}."
    return {name.removeprefix(start): values for name, values in _listed().items() if name.startswith(start)}


def told(description: str, values: tuple[str, ...]) -> str:
    """A description with what the field may hold, as kube-openapi adds it to closed sets; what each means the API does not say here."""
    return f"{description}\n\nPossible enum values:\n" + "\n".join(f' - `"{value}"`' for value in values)
