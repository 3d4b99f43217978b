"""What a git client sees of the forge."""

import asyncio
import os
from pathlib import Path

from stackwright.forge.types import ZERO

from .conftest import Rig


async def test_a_clone_edit_and_push_is_stored_and_told(rig: Rig) -> None:
    rig.forge.create_repository("dev", "app", auto_init=True)
    await rig.git("clone", "-q", f"{rig.authenticated('dev', 'secret')}/dev/app.git", "app")
    work = rig.folder / "app"
    (work / "config.yaml").write_text("a: 1\n")
    await rig.git("add", ".", cwd=work)
    await rig.git("commit", "-qm", "Add", cwd=work)
    await rig.git("push", "-q", "origin", "HEAD:main", cwd=work)
    head = (await rig.git("rev-parse", "HEAD", cwd=work)).stdout.strip()
    assert rig.forge.git.refs("dev", "app")["refs/heads/main"] == head
    (push,) = rig.pushes
    assert (push.pusher, push.repository.full_name) == ("dev", "dev/app")
    assert [(change.ref, change.after) for change in push.changes] == [("refs/heads/main", head)]


async def test_a_large_push_streams_through(rig: Rig) -> None:
    rig.forge.create_repository("dev", "big")
    work = rig.folder / "big"
    await rig.git("init", "-q", "-b", "main", str(work))
    (work / "blob").write_bytes(os.urandom(8 * 1024 * 1024))
    await rig.git("add", ".", cwd=work)
    await rig.git("commit", "-qm", "Big", cwd=work)
    await rig.git("push", "-q", f"{rig.authenticated('dev', 'secret')}/dev/big", "main", cwd=work)
    assert rig.pushes[0].changes[0].before == ZERO
    await rig.git("clone", "-q", f"{rig.url}/dev/big", "again")
    assert (rig.folder / "again" / "blob").read_bytes() == (work / "blob").read_bytes()


async def test_anybody_reads_a_public_repository_but_nobody_pushes_without_a_login(rig: Rig) -> None:
    rig.forge.create_repository("dev", "app", auto_init=True)
    await rig.git("clone", "-q", f"{rig.url}/dev/app", "app")
    refused = await rig.git("push", f"{rig.url}/dev/app", "HEAD:refs/heads/x", cwd=rig.folder / "app", check=False)
    assert refused.returncode != 0
    assert not rig.pushes


async def test_a_private_repository_is_there_for_its_owner_only(rig: Rig) -> None:
    rig.forge.create_repository("dev", "hidden", private=True, auto_init=True)
    rig.forge.create_account("other", "pass")
    assert (await rig.git("ls-remote", f"{rig.url}/dev/hidden", check=False)).returncode != 0
    refused = await rig.git("ls-remote", f"{rig.authenticated('other', 'pass')}/dev/hidden", check=False)
    assert "not found" in refused.stderr.lower()
    await rig.git("ls-remote", f"{rig.authenticated('dev', 'secret')}/dev/hidden")


async def test_a_token_is_as_good_as_the_password_until_it_is_deleted(rig: Rig) -> None:
    owner = rig.forge.records.account("dev")
    assert owner is not None
    rig.forge.create_repository("dev", "hidden", private=True, auto_init=True)
    _, secret = rig.forge.create_token(owner, "ci")
    await rig.git("ls-remote", f"{rig.authenticated('dev', secret)}/dev/hidden")
    rig.forge.delete_token(owner, "ci")
    assert (await rig.git("ls-remote", f"{rig.authenticated('dev', secret)}/dev/hidden", check=False)).returncode != 0


async def test_a_user_does_not_push_to_somebody_elses_repository(rig: Rig) -> None:
    rig.forge.create_repository("admin", "platform", auto_init=True)
    await rig.git("clone", "-q", f"{rig.url}/admin/platform", "p")
    url = f"{rig.authenticated('dev', 'secret')}/admin/platform"
    assert "403" in (await rig.git("push", url, "HEAD:refs/heads/x", cwd=rig.folder / "p", check=False)).stderr


async def test_several_clients_at_once_are_all_served(rig: Rig) -> None:
    rig.forge.create_repository("dev", "app", auto_init=True)
    await asyncio.gather(*(rig.git("clone", "-q", f"{rig.url}/dev/app", f"copy-{number}") for number in range(12)))
    assert all(Path(rig.folder / f"copy-{number}" / "README.md").exists() for number in range(12))
