"""`stackwright cert`: certificates and SSH host keys of the servers that repositories are fetched from, with argocd's verbs."""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import click

from stackwright.cli import cert_entries as entries
from stackwright.cli.app_frame import CONTROL_NAMESPACE
from stackwright.cli.frame import Verbs, again_on_conflict, output_option
from stackwright.cli.proj_frame import placed, run_project
from stackwright.cli.tables import show
from stackwright.client.kinds import CONFIG_MAPS
from stackwright.client.kube import KubeClient
from stackwright.kernel.errors import BadInput
from stackwright.portal import certificates

_HOST = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?")
_HEADINGS = ("HOSTNAME", "TYPE", "SUBTYPE", "INFO")
_KINDS = click.Choice(["https", "ssh"])


@click.group(cls=Verbs)
def cert() -> None:
    """Manage certificates and SSH host keys of repository servers."""


Data = Mapping[str, str]


async def _change(client: KubeClient, config_map: str, change: Callable[[Data], Data]) -> None:
    async def once() -> None:
        found = await client.find(CONFIG_MAPS, config_map, CONTROL_NAMESPACE)
        if found is not None:
            await client.update({**found, "data": change(found.get("data") or {})}, resource=CONFIG_MAPS)
            return
        labels = {"app.kubernetes.io/name": config_map, "app.kubernetes.io/part-of": "argocd"}
        metadata = {"name": config_map, "namespace": CONTROL_NAMESPACE, "labels": labels}
        await client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": change({})}, resource=CONFIG_MAPS)

    await again_on_conflict(once)


async def _data(client: KubeClient, config_map: str) -> Data:
    return dict((await client.find(CONFIG_MAPS, config_map, CONTROL_NAMESPACE) or {}).get("data") or {})


async def _all(client: KubeClient) -> list[entries.Entry]:
    known = entries.host_keys((await _data(client, entries.SSH_CONFIG_MAP)).get(entries.SSH_KEY, ""))
    return [*entries.tls_entries(await _data(client, entries.TLS_CONFIG_MAP)), *entries.ssh_entries(known)]


@cert.command("list")
@click.option("--cert-type", type=_KINDS, help="Only of this kind.")
@click.option("--hostname-pattern", default="", help="Only of hosts that fit; * fits anything.")
@click.option("--sort", type=click.Choice(["hostname", "type"]), default="hostname", show_default=True)
@output_option("wide", "json", "yaml", default="wide")
@placed
def list_(base: Path, name: str, cert_type: str | None, hostname_pattern: str, sort: str, output: str) -> None:
    """Show certificates and host keys."""
    found = entries.chosen(run_project(base, name, _all), hostname_pattern, cert_type or "")
    ordered = sorted(found, key=lambda each: (each.kind, each.host) if sort == "type" else (each.host, each.kind))
    records = [{"serverName": each.host, "certType": each.kind, "certSubType": each.subtype, "certInfo": each.told} for each in ordered]
    rows = [tuple(asdict(each).values()) for each in ordered]
    show("table" if output == "wide" else output, records, _HEADINGS, rows, "no certificates and no host keys")


def _text(source: Path | None) -> str:
    """Raises BadInput."""
    try:
        return sys.stdin.read() if source is None or str(source) == "-" else source.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{source}: cannot be read as text") from error


@cert.command("add-tls")
@click.argument("server")
@click.option("--from", "source", type=click.Path(path_type=Path), help="File with certificates in PEM (default: standard input).")
@click.option("--upsert", is_flag=True, help="Replace those of the server.")
@placed
def add_tls(base: Path, name: str, server: str, source: Path | None, upsert: bool) -> None:
    """Trust certificates of SERVER, a host without scheme and port."""
    if not _HOST.fullmatch(server):
        raise BadInput(f"{server!r}: expected the name of a host, without scheme, port and path")
    text = _text(source)
    parsed = certificates.parse([{"serverName": server, "certType": certificates.HTTPS, "certData": text}])

    def change(data: Data) -> Data:
        if server in data and data[server] != text and not upsert:
            raise BadInput(f"{server} has other certificates already", hint="replace them with --upsert")
        return {**data, **parsed}

    run_project(base, name, lambda client: _change(client, entries.TLS_CONFIG_MAP, change))
    for each in entries.tls_entries(parsed):
        click.echo(f"Created entry for {server}: {each.told}")


@cert.command("add-ssh")
@click.option("--batch", is_flag=True, help="Read known_hosts; always so, the flag is argocd's.")
@click.option("--from", "source", type=click.Path(path_type=Path), help="File as ssh-keyscan prints it (default: standard input).")
@click.option("--upsert", is_flag=True, help="Replace other keys of the same type.")
@placed
def add_ssh(base: Path, name: str, batch: bool, source: Path | None, upsert: bool) -> None:
    """Trust SSH host keys, given as known_hosts has them."""
    wanted = entries.host_keys(_text(source))
    if not wanted:
        raise BadInput("no host keys found", hint="ssh-keyscan HOST | stackwright cert add-ssh --batch")

    def change(data: Data) -> Data:
        known = entries.with_host_keys(entries.host_keys(data.get(entries.SSH_KEY, "")), wanted, upsert=upsert)
        return {**data, entries.SSH_KEY: "".join(f"{each.line}\n" for each in known)}

    run_project(base, name, lambda client: _change(client, entries.SSH_CONFIG_MAP, change))
    for each in wanted:
        click.echo(f"Enter SSH known host entry {each.host} {each.type} {entries.fingerprint(each.key)}")


@cert.command("rm")
@click.argument("server")
@click.option("--cert-type", type=_KINDS, help="Only of this kind.")
@click.option("--cert-sub-type", default="", help="Only host keys of this type, such as ssh-ed25519.")
@placed
def rm(base: Path, name: str, server: str, cert_type: str | None, cert_sub_type: str) -> None:
    """Trust certificates and host keys of SERVER no longer; * fits anything."""

    async def run(client: KubeClient) -> list[entries.Entry]:
        found = entries.chosen(await _all(client), server, cert_type or "", cert_sub_type)
        gone = {(each.kind, each.host, each.subtype) for each in found}
        hosts = {each.host for each in found if each.kind == "https"}
        if hosts:
            await _change(client, entries.TLS_CONFIG_MAP, lambda data: {host: text for host, text in data.items() if host not in hosts})
        if any(each.kind == "ssh" for each in found):
            await _change(client, entries.SSH_CONFIG_MAP, lambda data: {**data, entries.SSH_KEY: _without(data, gone)})
        return found

    removed = run_project(base, name, run)
    if not removed:
        raise BadInput(f"nothing is known of {server}", hint="stackwright cert list")
    for each in removed:
        click.echo(f"Removed cert for '{each.host}' of type '{each.kind}' (subtype '{each.subtype}')")


def _without(data: Data, gone: set[tuple[str, str, str]]) -> str:
    kept = [
        key
        for key in entries.host_keys(data.get(entries.SSH_KEY, ""))
        if all(("ssh", each.host, each.subtype) not in gone for each in entries.ssh_entries([key]))
    ]
    return "".join(f"{key.line}\n" for key in kept)
