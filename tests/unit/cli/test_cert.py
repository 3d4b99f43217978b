"""Certificates and SSH host keys on the command line."""

import pytest

from stackwright.cli import cert_entries as entries
from stackwright.kernel.errors import BadInput

KEY, OTHER = "AAAAC3NzaC1lZDI1NTE5AAAAIA==", "AAAAC3NzaC1lZDI1NTE5AAAAIB=="


def test_known_hosts_are_read_a_host_a_line() -> None:
    text = f"# comment\n\na,b ssh-ed25519 {KEY} remark\n@revoked c ssh-rsa {KEY}\n[d]:2222 ssh-rsa {KEY}\n"
    assert [(each.host, each.type) for each in entries.host_keys(text)] == [
        ("a", "ssh-ed25519"),
        ("b", "ssh-ed25519"),
        ("[d]:2222", "ssh-rsa"),
    ]


@pytest.mark.parametrize("line", ["a ssh-rsa", "a ssh-rsa %%%"])
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(BadInput, match="line 2: expected HOST TYPE KEY"):
        entries.host_keys(f"# first\n{line}\n")


def test_a_fingerprint_is_that_of_ssh_keygen() -> None:
    # ssh-keygen -lf tells this of this key.
    key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    assert entries.fingerprint(key) == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"


def test_another_key_of_a_host_needs_to_be_meant() -> None:
    there = [entries.HostKey("a", "ssh-ed25519", KEY), entries.HostKey("a", "ssh-rsa", KEY)]
    wanted = [entries.HostKey("a", "ssh-ed25519", OTHER)]
    with pytest.raises(BadInput, match="a has another ssh-ed25519 key already"):
        entries.with_host_keys(there, wanted, upsert=False)
    assert entries.with_host_keys(there, wanted, upsert=True) == [wanted[0], there[1]]
    assert entries.with_host_keys(there, there, upsert=False) == there


@pytest.mark.parametrize(
    ("asked", "hosts"),
    [
        (("", "", ""), ["a.org", "a.org", "b"]),
        (("*.org", "", ""), ["a.org", "a.org"]),
        (("", "ssh", ""), ["a.org"]),
        (("", "", "rsa"), ["b"]),
    ],
)
def test_entries_are_chosen(asked: tuple[str, str, str], hosts: list[str]) -> None:
    listed = [
        entries.Entry("a.org", "https", "ecdsa", ""),
        entries.Entry("a.org", "ssh", "ssh-rsa", ""),
        entries.Entry("b", "https", "rsa", ""),
    ]
    assert [each.host for each in entries.chosen(listed, *asked)] == hosts
