"""Clients of Argo CD's REST API that others published, unchanged, each in a process of its own."""

import json
import subprocess
import sys
from typing import Any

import pytest

from .conftest import Platform
from .test_portal import admin_password

pytestmark = pytest.mark.platform

PYTHON_ARGOCD = """
import json, sys, argocd
from argocd.rest import ApiException
url, authority, password = sys.argv[1:]
configuration = argocd.Configuration()
configuration.host, configuration.ssl_ca_cert = url, authority
client = argocd.ApiClient(configuration)
session = argocd.SessionServiceApi(client).session_service_create({"username": "admin", "password": password})
client.default_headers["Authorization"] = f"Bearer {session.token}"
apps = argocd.ApplicationServiceApi(client)
found = {
    "applications": [app.metadata.name for app in apps.application_service_list(projects=["default"]).items],
    "health": apps.application_service_get("gitea").status.health.status,
    "tree": sorted({node.kind for node in apps.application_service_resource_tree("gitea").nodes}),
    "managed": len(apps.application_service_managed_resources("gitea").items),
    "clusters": [cluster.server for cluster in argocd.ClusterServiceApi(client).cluster_service_list().items],
    "projects": [project.metadata.name for project in argocd.ProjectServiceApi(client).project_service_list().items],
    "accounts": [account.name for account in argocd.AccountServiceApi(client).account_service_list_accounts().items],
    "synced": apps.application_service_sync({"dryRun": True}, "gitea").operation.sync.dry_run,
}
try:
    apps.application_service_get("none")
except ApiException as error:
    found["none"] = error.status
print(json.dumps(found))
"""
ARGOCD_PYTHON_CLIENT = """
import json, sys
import argocd_python_client as argocd
from argocd_python_client.apis import AccountServiceApi, ApplicationServiceApi, ProjectServiceApi, SessionServiceApi, SettingsServiceApi
from argocd_python_client.exceptions import NotFoundException
from argocd_python_client.model.session_session_create_request import SessionSessionCreateRequest
url, authority, password = sys.argv[1:]
client = argocd.ApiClient(argocd.Configuration(host=url, ssl_ca_cert=authority))
sessions = SessionServiceApi(client)
session = sessions.session_service_create(SessionSessionCreateRequest(username="admin", password=password))
client.default_headers["Authorization"] = f"Bearer {session.token}"
apps = ApplicationServiceApi(client)
found = {
    "user": sessions.session_service_get_user_info().username,
    "applications": [app.metadata.name for app in apps.application_service_list().items],
    "health": apps.application_service_get("nginx").status.health.status,
    "tree": sorted({node.kind for node in apps.application_service_resource_tree("nginx").nodes}),
    "managed": len(apps.application_service_managed_resources("nginx").items),
    "url": SettingsServiceApi(client).settings_service_get().url,
    "projects": [project.metadata.name for project in ProjectServiceApi(client).project_service_list().items],
    "accounts": [account.name for account in AccountServiceApi(client).account_service_list_accounts().items],
}
try:
    apps.application_service_get("none")
except NotFoundException as error:
    found["none"] = error.status
print(json.dumps(found))
"""


def told(platform: Platform, program: str) -> dict[str, Any]:
    url, authority = f"https://localhost:{platform.port}/argocd", str(platform.folder / "tls" / "ca.crt")
    command = [sys.executable, "-W", "ignore", "-c", program, url, authority, admin_password(platform)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_python_argocd_works_unchanged(platform: Platform) -> None:
    pytest.importorskip("argocd")
    found = told(platform, PYTHON_ARGOCD)
    assert {"argocd", "gitea", "nginx", "platform"} <= set(found.pop("applications"))
    assert {"Deployment", "Ingress", "Pod", "ReplicaSet", "Service"} <= set(found.pop("tree"))
    assert "default" in found.pop("projects")
    assert "admin" in found.pop("accounts")
    assert "https://kubernetes.default.svc" in found.pop("clusters")
    assert found == {
        "health": "Healthy",
        "managed": 3,
        "synced": True,
        "none": 404,
    }


def test_argocd_python_client_works_unchanged(platform: Platform) -> None:
    pytest.importorskip("argocd_python_client")
    found = told(platform, ARGOCD_PYTHON_CLIENT)
    assert {"argocd", "gitea", "nginx", "platform"} <= set(found.pop("applications"))
    assert {"Deployment", "Pod"} <= set(found.pop("tree"))
    assert "default" in found.pop("projects")
    assert "admin" in found.pop("accounts")
    assert found.pop("managed", 0)
    url = f"https://localhost:{platform.port}/argocd"
    assert found == {"user": "admin", "health": "Healthy", "url": url, "none": 404}
