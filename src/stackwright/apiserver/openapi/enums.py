"""The texts that a field may hold, for Go types that are closed sets.

Source: the `+enum` types of k8s.io/api.
"""

from collections.abc import Mapping
from functools import cache

from stackwright.apiserver.gotypes import flattened, structs

_VALUES = """
admissionregistration/v1 FailurePolicyType: Fail Ignore
admissionregistration/v1 MatchPolicyType: Equivalent Exact
admissionregistration/v1 ParameterNotFoundActionType: Allow Deny
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
core/v1 MountPropagationMode: Bidirectional HostToContainer None
core/v1 NamespacePhase: Active Terminating
core/v1 NodeInclusionPolicy: Honor Ignore
core/v1 NodePhase: Pending Running Terminated
core/v1 NodeSelectorOperator: DoesNotExist Exists Gt In Lt NotIn
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
core/v1 ResourceQuotaScope: BestEffort CrossNamespacePodAffinity NotBestEffort NotTerminating Terminating VolumeAttributesClass
core/v1 RestartPolicy: Always Never OnFailure
core/v1 ScopeSelectorOperator: DoesNotExist Exists In NotIn
core/v1 SeccompProfileType: Localhost RuntimeDefault Unconfined
core/v1 ServiceAffinity: ClientIP None
core/v1 ServiceExternalTrafficPolicy: Cluster Local
core/v1 ServiceInternalTrafficPolicy: Cluster Local
core/v1 ServiceType: ClusterIP ExternalName LoadBalancer NodePort
core/v1 TaintEffect: NoExecute NoSchedule PreferNoSchedule
core/v1 TerminationMessagePolicy: FallbackToLogsOnError File
core/v1 TolerationOperator: Equal Exists Gt Lt
core/v1 URIScheme: HTTP HTTPS
core/v1 UnsatisfiableConstraintAction: DoNotSchedule ScheduleAnyway
discovery/v1 AddressType: FQDN IPv4 IPv6
networking/v1 PathType: Exact ImplementationSpecific Prefix
policy/v1 UnhealthyPodEvictionPolicyType: AlwaysAllow IfHealthyBudget
storage/v1 VolumeBindingMode: Immediate WaitForFirstConsumer
"""


@cache
def _known() -> Mapping[str, tuple[str, ...]]:
    """By the name that a field's type has in its package: no two of these share one."""
    found = {}
    for line in _VALUES.strip().split("\n"):
        name, _, values = line.partition(":")
        found[name.split()[1]] = tuple(values.split())
    return found


@cache
def enums_of(component: str) -> Mapping[str, tuple[str, ...]]:
    """The closed fields of a schema (`io.k8s.api.apps.v1.Deployment`), by name."""
    *_, group, version, kind = component.split(".")
    struct = f"k8s.io/api/{group}/{version}.{kind}"
    if struct not in structs():
        return {}
    named = ((field.name, _known().get(field.named.rpartition(".")[2])) for field in flattened(struct) if field.named)
    return {name: values for name, values in named if values}
