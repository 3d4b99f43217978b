"""Which SSH hosts are trusted: git really runs, and ssh is a program of the test that tells how it was called."""

import asyncio
from pathlib import Path

import pytest

from stackwright.adapters.sources.credentials import Access
from stackwright.adapters.sources.git_remote import GitRemote
from stackwright.adapters.sources.urls import Place
from stackwright.gitops.ports import SourceError

SSH = """#!/bin/sh
for word; do
  echo "$word" >> "$0.words"
  case "$word" in UserKnownHostsFile=*) set -- ${word#UserKnownHostsFile=}; cat "$1" >> "$0.hosts" ;; esac
done
exit 255
"""


async def called(folder: Path, monkeypatch: pytest.MonkeyPatch, known_hosts: str) -> tuple[list[str], str]:
    """The words of the command, and the keys in the file that is named first."""
    program = folder / "ssh"
    program.write_text(SSH)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    place = Place("ssh", "127.0.0.1", port, f"ssh://git@127.0.0.1:{port}/team/app.git")
    remote = GitRemote(place, Access(), authorities=lambda _host: None, known_hosts=lambda: known_hosts, schemes="ssh")
    async with server:
        with pytest.raises(SourceError):
            await remote.refs()
    hosts = folder / "ssh.hosts"
    return (folder / "ssh.words").read_text().splitlines(), hosts.read_text() if hosts.exists() else ""


async def test_keys_of_the_platform_stand_beside_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words, hosts = await called(tmp_path, monkeypatch, "localhost ssh-ed25519 AAAA\n")
    assert hosts == "localhost ssh-ed25519 AAAA\n"
    assert "StrictHostKeyChecking=yes" in words
    assert [word.endswith(" ~/.ssh/known_hosts") for word in words if word.startswith("UserKnownHostsFile")] == [True]


async def test_without_keys_of_the_platform_the_users_alone_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words, _ = await called(tmp_path, monkeypatch, "")
    assert "StrictHostKeyChecking=yes" in words
    assert not [word for word in words if word.startswith("UserKnownHostsFile")]
