"""What the API warns of in kinds that make no pods.

Source: k8s.io/kubernetes pkg/api/*/warnings.go, pkg/api/*/util.go and the WarningsOnCreate of pkg/registry/*/strategy.go.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stackwright.api.meta import Object, annotations_of
from stackwright.apiserver.builtin.warnings.addresses import address_warnings, range_warnings
from stackwright.apiserver.builtin.warnings.amounts import claim_fractions
from stackwright.apiserver.builtin.warnings.labels import OLD_LABELS, selector_warnings, term_warnings
from stackwright.apiserver.builtin.warnings.pods import source_warnings

Warn = Callable[[Object, Object | None], Iterator[str]]
_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
_INGRESS_CLASS = "kubernetes.io/ingress.class"
_HINTS, _MODE = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"
_MOUNTABLE = "kubernetes.io/enforce-mountable-secrets"


def _spec_of(obj: Object) -> Mapping[str, Any]:
    return obj.get("spec") or {}


def _service(new: Object, old: Object | None) -> Iterator[str]:
    spec = _spec_of(new)
    if _HINTS in annotations_of(new):
        yield f"annotation {_HINTS} is deprecated, please use {_MODE} instead"
    headless = spec.get("type") == "ClusterIP" and spec.get("clusterIP") == "None"
    for index, address in enumerate(spec.get("clusterIPs") or ()):
        yield from address_warnings(f"spec.clusterIPs[{index}]", address)
    if headless:
        yield from _ignored_when_headless(spec)
    yield from _outside(spec, headless)
    if spec.get("type") != "ExternalName" and spec.get("externalName"):
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'
    if spec.get("trafficDistribution") == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'


def _ignored_when_headless(spec: Mapping[str, Any]) -> Iterator[str]:
    if spec.get("loadBalancerIP"):
        yield "spec.loadBalancerIP is ignored for headless services"
    if spec.get("externalIPs"):
        yield "spec.externalIPs is ignored for headless services"
    if spec.get("sessionAffinity") not in (None, "None"):
        yield "spec.SessionAffinity is ignored for headless services"


def _outside(spec: Mapping[str, Any], headless: bool) -> Iterator[str]:
    """Addresses that are none of the cluster's."""
    found, named = spec.get("externalIPs") or (), spec.get("type") == "ExternalName"
    for index, address in enumerate(found):
        yield from address_warnings(f"spec.externalIPs[{index}]", address)
    if found and not headless and not named:
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    yield from address_warnings("spec.loadBalancerIP", str(spec.get("loadBalancerIP") or ""))
    for index, text in enumerate(spec.get("loadBalancerSourceRanges") or ()):
        yield from range_warnings(f"spec.loadBalancerSourceRanges[{index}]", text)
    if found and named:
        yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'


def _ingress(new: Object, old: Object | None) -> Iterator[str]:
    if old is None and _INGRESS_CLASS in annotations_of(new):
        yield f"annotation \"{_INGRESS_CLASS}\" is deprecated, please use 'spec.ingressClassName' instead"


def _network_policy(new: Object, old: Object | None) -> Iterator[str]:
    for side, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(_spec_of(new).get(side) or ()):
            for at, peer in enumerate(rule.get(peers) or ()):
                block, path = peer.get("ipBlock") or {}, f"spec.{side}[{index}].{peers}[{at}].ipBlock"
                yield from range_warnings(f"{path}.cidr", str(block.get("cidr") or ""))
                for place, text in enumerate(block.get("except") or ()):
                    yield from range_warnings(f"{path}.except[{place}]", text)


def _endpoint_slice(new: Object, old: Object | None) -> Iterator[str]:
    if new.get("addressType") == "FQDN":
        yield "addressType: FQDN endpoints are deprecated"
        return
    for index, endpoint in enumerate(new.get("endpoints") or ()):
        for at, address in enumerate(endpoint.get("addresses") or ()):
            yield from address_warnings(f"endpoints[{index}].addresses[{at}]", address)


def _secret(new: Object, old: Object | None) -> Iterator[str]:
    data = new.get("data") or {}
    if new.get("type") != "kubernetes.io/tls" or (old is not None and (old.get("data") or {}) == data):
        return
    for key, what in (("tls.crt", "certificate"), ("tls.key", "key")):
        if not _is_pem(str(data.get(key) or "")):
            yield f"tls: failed to find any PEM data in {what} input"
            return


def _is_pem(encoded: str) -> bool:
    try:
        return b"-----BEGIN " in base64.b64decode(encoded)
    except ValueError:
        return False


def _service_account(new: Object, old: Object | None) -> Iterator[str]:
    if _MOUNTABLE in annotations_of(new):
        yield (f"metadata.annotations[{_MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets")


def _old_class(new: Object) -> Iterator[str]:
    if _STORAGE_CLASS in annotations_of(new):
        yield f'metadata.annotations[{_STORAGE_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead'


def _claim(new: Object, old: Object | None) -> Iterator[str]:
    yield from _old_class(new)
    yield from claim_fractions(_spec_of(new), "spec")


def _volume(new: Object, old: Object | None) -> Iterator[str]:
    spec = _spec_of(new)
    terms = ((spec.get("nodeAffinity") or {}).get("required") or {}).get("nodeSelectorTerms") or ()
    for index, term in enumerate(terms):
        yield from term_warnings(term, f"spec.nodeAffinity.required.nodeSelectorTerms[{index}]")
    yield from _old_class(new)
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        yield (
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
            "Instead, the recommended approach is to use dynamic provisioning."
        )
    yield from source_warnings(spec, "spec")


def _storage_class(new: Object, old: Object | None) -> Iterator[str]:
    for index, term in enumerate(new.get("allowedTopologies") or ()):
        for at, rule in enumerate(term.get("matchLabelExpressions") or ()):
            if (key := rule.get("key")) in OLD_LABELS:
                yield f"allowedTopologies[{index}].matchLabelExpressions[{at}].key: {key} is {OLD_LABELS[key]}"


def _capacity(new: Object, old: Object | None) -> Iterator[str]:
    yield from selector_warnings(new.get("nodeTopology") or {}, "nodeTopology")


def _runtime_class(new: Object, old: Object | None) -> Iterator[str]:
    for key in (new.get("scheduling") or {}).get("nodeSelector") or {}:
        if key in OLD_LABELS:
            yield f"scheduling.nodeSelector: {OLD_LABELS[key]}"


def _node(new: Object, old: Object | None) -> Iterator[str]:
    spec = _spec_of(new)
    if spec.get("configSource") is not None:
        yield "spec.configSource: the feature is removed"
    if spec.get("externalID"):
        yield "spec.externalID: this field is deprecated, and is unused by Kubernetes"
    for index, text in enumerate(spec.get("podCIDRs") or ()):
        yield from range_warnings(f"spec.podCIDRs[{index}]", text)


RULES: Mapping[str, Warn] = {
    "csistoragecapacities.storage.k8s.io": _capacity,
    "endpointslices.discovery.k8s.io": _endpoint_slice,
    "ingresses.networking.k8s.io": _ingress,
    "networkpolicies.networking.k8s.io": _network_policy,
    "nodes": _node,
    "persistentvolumeclaims": _claim,
    "persistentvolumes": _volume,
    "runtimeclasses.node.k8s.io": _runtime_class,
    "secrets": _secret,
    "serviceaccounts": _service_account,
    "services": _service,
    "storageclasses.storage.k8s.io": _storage_class,
}
