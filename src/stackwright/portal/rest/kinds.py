"""Argo CD's kinds as its API's description tells them, field by field, in the notation of `messages.py`.

Source: Argo CD's manifests/crds.
"""

from collections.abc import Mapping
from typing import Any

_RETRY = {"limit": "integer", "refresh": "boolean", "backoff": {"duration": "string", "factor": "integer", "maxDuration": "string"}}
_HEALTH = "v1alpha1HealthStatus"
_KIND = [{"group": "string", "kind": "string", "name": "string"}]
_JSONNET_VARS = [{"name": "string", "value": "string", "code": "boolean"}]
_STRATEGY = {"apply": {"force": "boolean"}, "hook": {"force": "boolean"}}

KINDS: Mapping[str, Mapping[str, Any]] = {
    "v1ObjectMeta": {
        "name": "string", "namespace": "string", "generateName": "string", "uid": "string", "resourceVersion": "string",
        "generation": "integer", "creationTimestamp": "time", "deletionTimestamp": "time", "labels": "{string}", "annotations": "{string}",
        "finalizers": "[string]", "ownerReferences": "[object]", "managedFields": "[object]",
    },
    "v1alpha1ApplicationDestination": {"server": "string", "name": "string", "namespace": "string"},
    "v1alpha1ApplicationSource": {
        "repoURL": "string", "path": "string", "targetRevision": "string", "chart": "string", "ref": "string", "name": "string",
        "tagPrefix": "string",
        "helm": {
            "valueFiles": "[string]", "values": "string", "valuesObject": "object", "releaseName": "string", "version": "string",
            "parameters": "[v1alpha1HelmParameter]", "fileParameters": [{"name": "string", "path": "string"}], "namespace": "string",
            "kubeVersion": "string", "apiVersions": "[string]", "passCredentials": "boolean", "ignoreMissingValueFiles": "boolean",
            "skipCrds": "boolean", "skipSchemaValidation": "boolean", "skipTests": "boolean",
        },
        "kustomize": {
            "namePrefix": "string", "nameSuffix": "string", "namespace": "string", "version": "string", "images": "[string]",
            "components": "[string]", "ignoreMissingComponents": "boolean", "patches": "[object]",
            "replicas": [{"name": "string", "count": "object"}], "commonLabels": "{string}", "commonAnnotations": "{string}",
            "commonAnnotationsEnvsubst": "boolean", "forceCommonLabels": "boolean", "forceCommonAnnotations": "boolean",
            "labelWithoutSelector": "boolean", "labelIncludeTemplates": "boolean", "kubeVersion": "string", "apiVersions": "[string]",
        },
        "directory": {
            "recurse": "boolean", "include": "string", "exclude": "string", "disableExtensionFilter": "boolean",
            "jsonnet": {"extVars": _JSONNET_VARS, "tlas": _JSONNET_VARS, "libs": "[string]"},
        },
        "plugin": {
            "name": "string", "env": [{"name": "string", "value": "string"}],
            "parameters": [{"name": "string", "string": "string", "array": "[string]", "map": "{string}"}],
        },
    },
    "v1alpha1SyncOperation": {
        "revision": "string", "revisions": "[string]", "prune": "boolean", "dryRun": "boolean", "syncStrategy": _STRATEGY,
        "resources": "[v1alpha1SyncOperationResource]", "source": "v1alpha1ApplicationSource", "sources": "[v1alpha1ApplicationSource]",
        "manifests": "[string]", "syncOptions": "[string]",
    },
    "v1alpha1Operation": {
        "sync": "v1alpha1SyncOperation", "initiatedBy": {"username": "string", "automated": "boolean"}, "retry": _RETRY,
        "info": [{"name": "string", "value": "string"}],
    },
    "v1alpha1ApplicationSpec": {
        "project": "string", "destination": "v1alpha1ApplicationDestination", "source": "v1alpha1ApplicationSource",
        "sources": "[v1alpha1ApplicationSource]", "revisionHistoryLimit": "integer",
        "syncPolicy": {
            "automated": {"prune": "boolean", "selfHeal": "boolean", "allowEmpty": "boolean", "enabled": "boolean"},
            "syncOptions": "[string]", "retry": _RETRY, "managedNamespaceMetadata": {"labels": "{string}", "annotations": "{string}"},
        },
        "ignoreDifferences": [
            {
                "group": "string", "kind": "string", "name": "string", "namespace": "string", "jsonPointers": "[string]",
                "jqPathExpressions": "[string]", "managedFieldsManagers": "[string]",
            }
        ],
        "info": [{"name": "string", "value": "string"}],
    },
    "v1alpha1ApplicationStatus": {
        "sync": {"status": "string", "revision": "string", "revisions": "[string]", "comparedTo": "object"},
        "health": _HEALTH, "conditions": [{"type": "string", "message": "string", "lastTransitionTime": "time"}],
        "resources": [
            {
                "group": "string", "version": "string", "kind": "string", "namespace": "string", "name": "string", "status": "string",
                "health": _HEALTH, "hook": "boolean", "requiresPruning": "boolean", "syncWave": "integer",
                "requiresDeletionConfirmation": "boolean",
            }
        ],
        "history": [
            {
                "id": "integer", "revision": "string", "revisions": "[string]", "deployStartedAt": "time", "deployedAt": "time",
                "source": "v1alpha1ApplicationSource", "sources": "[v1alpha1ApplicationSource]",
                "initiatedBy": {"username": "string", "automated": "boolean"},
            }
        ],
        "operationState": {
            "phase": "string", "message": "string", "startedAt": "time", "finishedAt": "time", "retryCount": "integer",
            "operation": "v1alpha1Operation",
            "syncResult": {
                "revision": "string", "revisions": "[string]", "source": "v1alpha1ApplicationSource",
                "resources": [
                    {
                        "group": "string", "version": "string", "kind": "string", "namespace": "string", "name": "string",
                        "status": "string", "message": "string", "hookType": "string", "hookPhase": "string", "syncPhase": "string",
                        "images": "[string]",
                    }
                ],
            },
        },
        "sourceType": "string", "sourceTypes": "[string]", "reconciledAt": "time", "observedAt": "time", "controllerNamespace": "string",
        "resourceHealthSource": "string", "summary": {"images": "[string]", "externalURLs": "[string]", "isAppOfApps": "boolean"},
    },
    "v1alpha1Application": {
        "metadata": "v1ObjectMeta", "spec": "v1alpha1ApplicationSpec", "status": "v1alpha1ApplicationStatus",
        "operation": "v1alpha1Operation",
    },
    "v1alpha1AppProject": {
        "metadata": "v1ObjectMeta",
        "spec": {
            "description": "string", "sourceRepos": "[string]", "destinations": "[v1alpha1ApplicationDestination]",
            "sourceNamespaces": "[string]", "clusterResourceWhitelist": _KIND, "clusterResourceBlacklist": _KIND,
            "namespaceResourceWhitelist": _KIND, "namespaceResourceBlacklist": _KIND, "permitOnlyProjectScopedClusters": "boolean",
            "orphanedResources": {"warn": "boolean", "ignore": _KIND}, "signatureKeys": [{"keyID": "string"}],
            "destinationServiceAccounts": [{"server": "string", "namespace": "string", "defaultServiceAccount": "string"}],
            "roles": [
                {
                    "name": "string", "description": "string", "policies": "[string]", "groups": "[string]",
                    "jwtTokens": [{"id": "string", "iat": "integer", "exp": "integer"}],
                }
            ],
            "syncWindows": "[v1alpha1SyncWindow]",
        },
        "status": "object",
    },
    "v1alpha1SyncWindow": {
        "kind": "string", "schedule": "string", "duration": "string", "applications": "[string]", "namespaces": "[string]",
        "clusters": "[string]", "manualSync": "boolean", "timeZone": "string", "andOperator": "boolean", "syncOverrun": "boolean",
        "description": "string",
    },
    "v1alpha1ApplicationSet": {
        "metadata": "v1ObjectMeta",
        "spec": {
            "generators": "[object]", "goTemplate": "boolean", "goTemplateOptions": "[string]", "templatePatch": "string",
            "applyNestedSelectors": "boolean", "syncPolicy": {"preserveResourcesOnDeletion": "boolean", "applicationsSync": "string"},
            "template": {
                "metadata": {
                    "name": "string", "namespace": "string", "labels": "{string}", "annotations": "{string}", "finalizers": "[string]",
                },
                "spec": "v1alpha1ApplicationSpec",
            },
            "strategy": "object", "preservedFields": {"annotations": "[string]", "labels": "[string]"},
            "ignoreApplicationDifferences": "[object]",
        },
        "status": {"conditions": "[object]", "applicationStatus": "[object]", "resources": "[object]", "resourcesCount": "integer"},
    },
}  # fmt: skip
