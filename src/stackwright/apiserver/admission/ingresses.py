"""Ingresses without a class get the default one.

Source: k8s.io/kubernetes plugin/pkg/admission/network/defaultingressclass.
"""

from dataclasses import dataclass

from stackwright.api.meta import Object, annotations_of, metadata_of, name_of
from stackwright.apiserver.admission.chain import Attributes
from stackwright.apiserver.auth.rbac import Objects

_IS_DEFAULT, _OLD_CLASS = "ingressclass.kubernetes.io/is-default-class", "kubernetes.io/ingress.class"


@dataclass(frozen=True, slots=True)
class DefaultIngressClass:
    """A Mutator."""

    objects: Objects

    async def mutate(self, attributes: Attributes) -> Object | None:
        ingress = attributes.object
        if ingress is None or not attributes.concerns("ingresses.networking.k8s.io", "CREATE"):
            return ingress
        spec = ingress.get("spec") or {}
        if spec.get("ingressClassName") or _OLD_CLASS in annotations_of(ingress):
            return ingress
        marked = [each for each in self.objects.list("ingressclasses.networking.k8s.io") if annotations_of(each).get(_IS_DEFAULT) == "true"]
        if not marked:
            return ingress
        newest = max(sorted(marked, key=name_of), key=lambda each: str(metadata_of(each).get("creationTimestamp") or ""))
        return {**ingress, "spec": {**spec, "ingressClassName": name_of(newest)}}
