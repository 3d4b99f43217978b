"""The build environment: the variables that parameters, value files and plugins may refer to."""

import re
from collections.abc import Mapping
from typing import Any

from stackwright.gitops.ports import RenderRequest

_REFERENCE = re.compile(r"\$(?:\$|\{([^}]*)\}|([A-Za-z0-9_]+))")


def instance_name(request: RenderRequest, control_namespace: str) -> str:
    """The name of an Application outside the control namespace carries its own namespace."""
    if request.app_namespace in ("", control_namespace):
        return request.app_name
    return f"{request.app_namespace}_{request.app_name}"


def build_environment(request: RenderRequest, source: Mapping[str, Any], revision: str, app: str) -> dict[str, str]:
    """Source: Argo CD's build environment."""
    return {
        "ARGOCD_APP_NAME": app,
        "ARGOCD_APP_NAMESPACE": request.destination_namespace,
        "ARGOCD_APP_PROJECT_NAME": request.project,
        "ARGOCD_APP_REVISION": revision,
        "ARGOCD_APP_REVISION_SHORT": revision[:7],
        "ARGOCD_APP_REVISION_SHORT_8": revision[:8],
        "ARGOCD_APP_SOURCE_PATH": str(source.get("path") or ""),
        "ARGOCD_APP_SOURCE_REPO_URL": str(source.get("repoURL") or ""),
        "ARGOCD_APP_SOURCE_TARGET_REVISION": str(source.get("targetRevision") or ""),
        "KUBE_VERSION": request.kube_version,
        "KUBE_API_VERSIONS": ",".join(request.api_versions),
    }


def substitute(text: str, environment: Mapping[str, str]) -> str:
    """Replaces `$NAME` and `${NAME}`; `$$` is a dollar; what is not defined is empty."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return environment.get(match[1] or match[2] or "", "")

    return _REFERENCE.sub(value, text)
