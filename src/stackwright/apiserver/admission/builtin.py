"""The plug-ins that a server starts with, in the order in which they are asked.

Source: k8s.io/kubernetes pkg/kubeapiserver/options/plugins.go (AllOrderedPlugins, DefaultOffAdmissionPlugins).
"""

from collections.abc import Callable
from ipaddress import IPv4Network

from stackwright.apiserver.admission.accounts import ServiceAccounts
from stackwright.apiserver.admission.certificates import CertificateRequests
from stackwright.apiserver.admission.chain import Chain, Mutator, Validator
from stackwright.apiserver.admission.ingresses import DefaultIngressClass
from stackwright.apiserver.admission.limits import LimitRanger
from stackwright.apiserver.admission.namespaces import NamespaceLifecycle
from stackwright.apiserver.admission.podsecurity.plugin import PodSecurity
from stackwright.apiserver.admission.priorities import Priority
from stackwright.apiserver.admission.quotas import Quotas
from stackwright.apiserver.admission.runtimes import RuntimeClasses
from stackwright.apiserver.admission.services.plugin import SERVICE_RANGE, ServiceAllocation
from stackwright.apiserver.admission.tolerations import DefaultTolerationSeconds, TaintNodesByCondition
from stackwright.apiserver.admission.volumes import ClaimResize, DefaultStorageClass, StorageObjectInUseProtection
from stackwright.apiserver.auth.escalation import Escalation
from stackwright.apiserver.auth.ports import Authorizer
from stackwright.apiserver.parts import new_suffix
from stackwright.store.objects import ObjectStore


def builtin_chain(
    store: ObjectStore,
    authorizer: Authorizer,
    escalation: Escalation,
    *,
    network: IPv4Network = SERVICE_RANGE,
    suffix: Callable[[], str] = new_suffix,
) -> Chain:
    """Shape: `network` is the range of Service addresses; `suffix` names the volumes of tokens."""
    limits, priority = LimitRanger(store), Priority(store)
    mutators: list[Mutator] = [
        NamespaceLifecycle(store),
        limits,
        ServiceAccounts(store, suffix),
        TaintNodesByCondition(),
        priority,
        DefaultTolerationSeconds(),
        DefaultStorageClass(store),
        StorageObjectInUseProtection(),
        RuntimeClasses(store),
        DefaultIngressClass(store),
        ServiceAllocation(store, network),
    ]
    validators: list[Validator] = [
        escalation,
        limits,
        PodSecurity(store),
        priority,
        ClaimResize(store),
        CertificateRequests(authorizer),
        Quotas(store),
    ]
    return Chain(mutators, validators)
