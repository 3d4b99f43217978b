"""The plug-ins that a server starts with, in the order in which they are asked.

Source: k8s.io/kubernetes pkg/kubeapiserver/options/plugins.go (AllOrderedPlugins, DefaultOffAdmissionPlugins).
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network

from stackwright.apiserver.admission.accounts import ServiceAccounts
from stackwright.apiserver.admission.certificates import CertificateRequests
from stackwright.apiserver.admission.chain import Chain, Mutator, Validator
from stackwright.apiserver.admission.configurations.plugin import ConfigurationChecks
from stackwright.apiserver.admission.ingresses import DefaultIngressClass
from stackwright.apiserver.admission.limits import LimitRanger
from stackwright.apiserver.admission.namespaces import NamespaceLifecycle
from stackwright.apiserver.admission.podsecurity.plugin import PodSecurity
from stackwright.apiserver.admission.policies.cel import CelConditions, CelExpressions
from stackwright.apiserver.admission.policies.checking import ExpressionChecks
from stackwright.apiserver.admission.policies.mutating import MutatingPolicies
from stackwright.apiserver.admission.policies.validating import ValidatingPolicies
from stackwright.apiserver.admission.priorities import Priority
from stackwright.apiserver.admission.quotas import Quotas
from stackwright.apiserver.admission.runtimes import RuntimeClasses
from stackwright.apiserver.admission.services.plugin import SERVICE_RANGE, ServiceAllocation
from stackwright.apiserver.admission.tolerations import DefaultTolerationSeconds, TaintNodesByCondition
from stackwright.apiserver.admission.volumes import ClaimResize, DefaultStorageClass, StorageObjectInUseProtection
from stackwright.apiserver.admission.webhooks.asking import Asking
from stackwright.apiserver.admission.webhooks.plugins import MutatingWebhooks, ValidatingWebhooks
from stackwright.apiserver.auth.escalation import Escalation
from stackwright.apiserver.auth.ports import Authorizer
from stackwright.apiserver.calling.ports import Caller
from stackwright.apiserver.calling.telling import SkipRecorder
from stackwright.apiserver.parts import new_suffix
from stackwright.apiserver.registry import Registry
from stackwright.kernel.clock import Clock
from stackwright.store.objects import ObjectStore


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What plug-ins need besides the store. Shape: `network` is the range of Service addresses; `suffix` names the volumes of tokens;
    without a `caller` there are no webhooks.
    """

    registry: Registry
    authorizer: Authorizer
    escalation: Escalation
    clock: Clock
    caller: Caller | None = None
    network: IPv4Network = SERVICE_RANGE
    suffix: Callable[[], str] = new_suffix


def builtin_chain(store: ObjectStore, around: Surroundings) -> Chain:
    """All plug-ins of one server."""
    limits, priority = LimitRanger(store), Priority(store)
    own: list[Mutator] = [
        NamespaceLifecycle(store),
        limits,
        ServiceAccounts(store, around.suffix),
        TaintNodesByCondition(),
        priority,
        DefaultTolerationSeconds(),
        DefaultStorageClass(store),
        StorageObjectInUseProtection(),
        RuntimeClasses(store),
        DefaultIngressClass(store),
    ]
    judging: list[Validator] = [
        around.escalation,
        limits,
        PodSecurity(store),
        priority,
        ClaimResize(store),
        CertificateRequests(around.authorizer),
    ]
    expressions = CelExpressions(around.authorizer)
    dynamic = (store, around.registry, expressions)
    again = [*own, MutatingPolicies(*dynamic, later_round=True)]
    own.append(MutatingPolicies(*dynamic))
    judging += [ConfigurationChecks(), ExpressionChecks(expressions), ValidatingPolicies(*dynamic)]
    if around.caller is not None:
        asking = Asking(store, around.registry, around.caller, CelConditions(expressions), SkipRecorder(store, around.clock))
        own.append(MutatingWebhooks(asking, again))
        judging.append(ValidatingWebhooks(asking))
    return Chain([*own, ServiceAllocation(store, around.network)], [*judging, Quotas(store)])
