"""What a registration remembers of a kubeconfig."""

from pathlib import Path

import pytest

from stackwright.adapters.kube_config import ClusterAccess, cluster_config, from_cluster_secret
from stackwright.kernel import json
from stackwright.kernel.errors import BadInput

SERVER = "https://far.example.org:6443"


def read_back(access: ClusterAccess, token: str = "") -> ClusterAccess:
    config = json.dumps(cluster_config(access, token)).decode()
    return from_cluster_secret({"data": {"server": access.server, "name": "far", "config": config}})


@pytest.mark.parametrize(
    "access",
    [
        ClusterAccess(SERVER, token="word", certificate_authority="CA"),
        ClusterAccess(SERVER, username="me", password="word", insecure=True),
        ClusterAccess(
            SERVER, client_certificate="CERT", client_key="KEY", certificate_authority="CA", server_name="inner", proxy="http://p:3"
        ),
    ],
)
def test_a_registered_cluster_is_reached_as_the_kubeconfig_said(access: ClusterAccess) -> None:
    assert read_back(access) == access


def test_a_token_that_was_made_replaces_every_other_identity() -> None:
    access = ClusterAccess(SERVER, username="me", password="word", client_certificate="CERT", client_key="KEY", certificate_authority="CA")
    assert read_back(access, "made") == ClusterAccess(SERVER, token="made", certificate_authority="CA")


def test_no_authority_is_kept_for_a_server_that_is_not_checked() -> None:
    assert cluster_config(ClusterAccess(SERVER, insecure=True, certificate_authority="CA"))["tlsClientConfig"] == {"insecure": True}


def test_a_token_in_a_file_is_read_once_and_a_missing_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("word\n")
    assert cluster_config(ClusterAccess(SERVER, token_file=tmp_path / "token"))["bearerToken"] == "word"
    with pytest.raises(BadInput, match="gone"):
        cluster_config(ClusterAccess(SERVER, token_file=tmp_path / "gone"))
