"""Scraping a platform."""

import pytest

from .conftest import Platform

pytestmark = pytest.mark.platform


def test_who_may_read_metrics_is_told_of_applications_and_of_the_api(platform: Platform) -> None:
    for path in ("/metrics", "/argocd/metrics"):
        told = platform.kubectl("get", "--raw", path)
        applications = [line for line in told.splitlines() if line.startswith("argocd_app_info{")]
        assert any('name="argocd"' in line and 'sync_status="Synced"' in line for line in applications)
        for name in ("argocd_app_sync_total{", "argocd_app_reconcile_bucket{", "argocd_cluster_info{", "apiserver_request_total{"):
            assert name in told


def test_an_account_without_the_right_is_refused_and_one_that_monitors_is_not(platform: Platform) -> None:
    platform.kubectl("create", "serviceaccount", "prometheus", "-n", "default")
    token = platform.kubectl("create", "token", "prometheus", "-n", "default").strip()
    scrape = ("--token", token, "--kubeconfig", "/dev/null", "--server", f"https://127.0.0.1:{platform.port}")
    scrape += ("--certificate-authority", str(platform.folder / "tls" / "ca.crt"), "get", "--raw", "/metrics")
    assert platform.kubectl(*scrape, check=False) == ""
    platform.kubectl("create", "clusterrolebinding", "scrape", "--clusterrole=system:monitoring", "--serviceaccount=default:prometheus")
    assert "argocd_app_info{" in platform.kubectl(*scrape)
