"""The roles and bindings that every cluster starts with, and how they are brought up to date.

Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy and pkg/registry/rbac/reconciliation.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stackwright.api.meta import Object, annotations_of, labels_of, metadata_of
from stackwright.apiserver.auth.rbac import GROUP
from stackwright.apiserver.auth.rules import Rule, uncovered

_LABELS = {"kubernetes.io/bootstrapping": "rbac-defaults"}
_AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
_AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"

READ, WRITE = "get list watch", "create update patch delete deletecollection"
_READ_WRITE = f"{READ} {WRITE}"


def _rule(verbs: str, group: str, resources: str) -> Rule:
    return {"verbs": verbs.split(), "apiGroups": [group], "resources": resources.split()}


def _paths(*paths: str) -> Rule:
    return {"verbs": ["get"], "nonResourceURLs": list(paths)}


_EVERYTHING: tuple[Rule, ...] = (
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
)
_HEALTH = ("/healthz", "/livez", "/readyz", "/version", "/version/")
_WORKLOADS = "daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale"

_VIEW = (
    _rule(READ, "", "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers "
          "replicationcontrollers/scale serviceaccounts services services/status"),
    _rule(READ, "", "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas "
          "resourcequotas/status"),
    _rule(READ, "", "namespaces"),
    _rule(READ, "discovery.k8s.io", "endpointslices"),
    _rule(READ, "apps", "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets "
          "replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status"),
    _rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
    _rule(READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
    _rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
    _rule(READ, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
    _rule(READ, "resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates"),
)  # fmt: skip
_EDIT = (
    _rule(READ, "", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
    _rule("impersonate", "", "serviceaccounts"),
    _rule(WRITE, "", "pods pods/attach pods/exec pods/portforward pods/proxy"),
    _rule("create", "", "pods/eviction"),
    _rule(WRITE, "", "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts "
          "services services/proxy"),
    _rule("create", "", "serviceaccounts/token"),
    _rule(WRITE, "apps", f"deployments/rollback {_WORKLOADS}"),
    _rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
    _rule(WRITE, "batch", "cronjobs jobs"),
    _rule(WRITE, "policy", "poddisruptionbudgets"),
    _rule(WRITE, "networking.k8s.io", "ingresses networkpolicies"),
    _rule(_READ_WRITE, "coordination.k8s.io", "leases"),
    _rule(WRITE, "resource.k8s.io", "resourceclaims resourceclaimtemplates"),
)  # fmt: skip
_ADMIN = (
    _rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
    _rule(_READ_WRITE, GROUP, "rolebindings roles"),
)

_ROLES: Mapping[str, Sequence[Rule]] = {
    "cluster-admin": _EVERYTHING,
    "system:discovery": (
        _paths("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"),
    ),
    "system:basic-user": (
        _rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
        _rule("create", "authentication.k8s.io", "selfsubjectreviews"),
    ),
    "system:public-info-viewer": (_paths(*_HEALTH),),
    "system:monitoring": (_paths("/healthz", "/healthz/*", "/livez", "/livez/*", "/metrics", "/metrics/slis", "/readyz", "/readyz/*"),),
    "system:service-account-issuer-discovery": (_paths("/.well-known/openid-configuration", "/.well-known/openid-configuration/", "/openid/v1/jwks", "/openid/v1/jwks/"),),  # noqa: E501
    "system:auth-delegator": (
        _rule("create", "authentication.k8s.io", "tokenreviews"),
        _rule("create", "authorization.k8s.io", "subjectaccessreviews"),
    ),
    "system:kubelet-api-admin": (
        _rule("get list watch", "", "nodes"),
        _rule("proxy", "", "nodes"),
        _rule("*", "", "nodes/configz nodes/healthz nodes/log nodes/metrics nodes/pods nodes/proxy nodes/stats"),
    ),
    "system:node-problem-detector": (
        _rule("get", "", "nodes"),
        _rule("patch", "", "nodes/status"),
        _rule("create patch update", "events.k8s.io", "events"),
    ),
    "system:node-proxier": (
        _rule("list watch", "", "endpoints services"),
        _rule("get list watch", "", "nodes"),
        _rule("list watch", "discovery.k8s.io", "endpointslices"),
        _rule("create patch update", "", "events"),
        _rule("create patch update", "events.k8s.io", "events"),
    ),
    "system:persistent-volume-provisioner": (
        _rule("create delete get list watch", "", "persistentvolumes"),
        _rule("get list update watch", "", "persistentvolumeclaims"),
        _rule("get list watch", "storage.k8s.io", "storageclasses"),
        _rule("watch", "", "events"),
        _rule("create patch update", "", "events"),
    ),
    "system:kube-dns": (_rule("list watch", "", "endpoints services"),),
    "system:aggregate-to-admin": _ADMIN,
    "system:aggregate-to-edit": _EDIT,
    "system:aggregate-to-view": _VIEW,
}  # fmt: skip

_AGGREGATED: Mapping[str, Sequence[Rule]] = {"admin": (*_ADMIN, *_EDIT, *_VIEW), "edit": (*_EDIT, *_VIEW), "view": _VIEW}
_INTO = {"edit": "admin", "view": "edit"}

_BINDINGS: Mapping[str, Sequence[str]] = {
    "cluster-admin": ("system:masters",),
    "system:monitoring": ("system:monitoring",),
    "system:discovery": ("system:authenticated",),
    "system:basic-user": ("system:authenticated",),
    "system:public-info-viewer": ("system:authenticated", "system:unauthenticated"),
    "system:service-account-issuer-discovery": ("system:serviceaccounts",),
}


def bootstrap_roles() -> list[Object]:
    plain = [_cluster_role(name, rules, _labels_for(name)) for name, rules in _ROLES.items()]
    aggregated = [
        {
            **_cluster_role(name, rules, {f"{_AGGREGATE}{_INTO[name]}": "true"} if name in _INTO else {}),
            "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {f"{_AGGREGATE}{name}": "true"}}]},
        }
        for name, rules in _AGGREGATED.items()
    ]
    return [*plain, *aggregated]


def _labels_for(name: str) -> dict[str, str]:
    target = name.removeprefix("system:aggregate-to-")
    return {f"{_AGGREGATE}{target}": "true"} if target != name else {}


def _cluster_role(name: str, rules: Sequence[Rule], labels: Mapping[str, str]) -> dict[str, Any]:
    return {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": _metadata(name, labels), "rules": list(rules)}


def _metadata(name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "labels": {**_LABELS, **labels}, "annotations": {_AUTOUPDATE: "true"}}


def bootstrap_bindings() -> list[Object]:
    return [
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": _metadata(name, {}),
            "subjects": [{"kind": "Group", "apiGroup": GROUP, "name": group} for group in groups],
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": name},
        }
        for name, groups in _BINDINGS.items()
    ]


def reconciled(wanted: Object, live: Object | None) -> Object | None:
    """What to write so that the live object has all of a default; None when it has, or when its owner asked to be left alone."""
    if live is None:
        return wanted
    if annotations_of(live).get(_AUTOUPDATE) != "true":
        return None
    missing = uncovered(live.get("rules") or (), wanted.get("rules") or ()) if "aggregationRule" not in wanted else []
    subjects = [subject for subject in wanted.get("subjects", ()) if subject not in (live.get("subjects") or ())]
    labels = {key: value for key, value in labels_of(wanted).items() if labels_of(live).get(key) != value}
    if not missing and not subjects and not labels:
        return None
    new = {**live, "metadata": {**metadata_of(live), "labels": {**labels_of(live), **labels}}}
    if "rules" in wanted:
        new["rules"] = [*(live.get("rules") or ()), *missing]
    if subjects:
        new["subjects"] = [*(live.get("subjects") or ()), *subjects]
    return new
