"""Pieces of the API's answers: streams for slow readers, certificates, Secrets of repositories."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stackwright.kernel.errors import BadInput
from stackwright.portal import certificates, shapes
from stackwright.portal.projection import projected
from stackwright.portal.rest.streams import Pending
from stackwright.portal.revocation import MAX_REMEMBERED, revoked_of, with_revoked


def app(name: str, version: int) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "argocd", "resourceVersion": str(version)}}


async def test_a_slow_reader_gets_the_last_state_of_each_object_and_misses_no_deletion() -> None:
    pending = Pending()
    for version in range(50_000):
        pending.put("ADDED" if version == 0 else "MODIFIED", app("a", version))
    pending.put("MODIFIED", app("b", 1))
    pending.put("DELETED", app("b", 2))
    found = [await pending.take(1), await pending.take(1)]
    assert [(kind, obj["metadata"]["resourceVersion"]) for kind, obj in found if obj] == [("ADDED", "49999"), ("DELETED", "2")]
    assert await pending.take(0.01) is None
    asyncio.get_running_loop().call_later(0.01, pending.put, "MODIFIED", app("c", 1))
    late = await pending.take(5)
    assert late is not None and late[1]["metadata"]["name"] == "c"


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ("", {"metadata": {"a": 1}, "items": [{"m": {"n": "x", "o": 2}, "s": 3}]}),
        ("items.m.n", {"items": [{"m": {"n": "x"}}]}),
        ("metadata,items.s", {"metadata": {"a": 1}, "items": [{"s": 3}]}),
        ("items.m.n,items.m.o", {"items": [{"m": {"n": "x", "o": 2}}]}),
        ("-items.m.n,metadata", {"items": [{"m": {"o": 2}, "s": 3}]}),
        ("nothing", {}),
    ],
)
def test_a_list_is_cut_down_to_the_fields_that_are_asked_for(fields: str, found: Any) -> None:
    assert projected({"metadata": {"a": 1}, "items": [{"m": {"n": "x", "o": 2}, "s": 3}]}, fields) == found


def pem() -> str:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "git.example")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    now = datetime.now(UTC)
    signed = made.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def test_certificates_are_told_by_their_subject_and_anything_else_is_refused() -> None:
    text = pem()
    entries = certificates.parse([{"serverName": "git.example", "certType": "https", "certData": text}])
    shown = [certificates.shown(item) for item in certificates.chosen(entries, "git.*", "", "")]
    assert shown == [{"serverName": "git.example", "certType": "https", "certSubType": "ecdsa", "certInfo": "CN=git.example"}]
    assert certificates.chosen(entries, "other", "", "") == certificates.chosen(entries, "", "ssh", "") == []
    for bad in ({"certType": "ssh"}, {"certData": "nothing"}, {"serverName": "a/b"}):
        with pytest.raises(BadInput):
            certificates.parse([{"serverName": "git.example", "certType": "https", "certData": text, **bad}])


def test_a_repository_is_kept_under_the_names_of_its_secret_and_shown_without_what_opens_it() -> None:
    data = shapes.repository_data({"repo": "https://h/r", "username": "u", "password": "p", "insecure": True, "enableOci": True, "more": 1})
    assert data == {"url": "https://h/r", "username": "u", "password": "p", "insecure": "true", "enableOCI": "true"}
    shown = shapes.repository(data, {"status": "Successful"})
    assert "password" not in shown and (shown["insecure"], shown["username"]) == (True, "u")
    assert "password" not in shapes.credentials(data)


def test_what_was_given_back_is_remembered_until_it_would_have_ended() -> None:
    entries = with_revoked({"old": 10, "still": 200}, "new", 300, 100.0)
    assert revoked_of(entries) == {"still": 200, "new": 300}
    many = with_revoked({str(number): 1000 + number for number in range(MAX_REMEMBERED)}, "last", 10**9, 0)
    assert (len(revoked_of(many)), "last" in revoked_of(many), "0" in revoked_of(many)) == (MAX_REMEMBERED, True, False)
    assert revoked_of({"server.revokedTokens": "["}) == {}
