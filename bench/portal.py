"""The portal with many Applications: lists, live views that wait, and how soon they are told."""

import asyncio
import json
import ssl
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable

import psutil

from platform_rig import Rig, percentile, report, rig

APPLICATIONS = 1000
VIEWS = 100
IDLE_SECONDS = 15.0
ROUNDS = 20


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else APPLICATIONS
    with rig() as platform:
        platform.create()
        make(platform, count)
        context = ssl.create_default_context(cafile=str(platform.folder / "tls" / "ca.crt"))
        token = log_in(platform, context)
        figures = {
            "api_list_p50_ms": timed(platform, context, token, "/api/v1/applications"),
            "page_p50_ms": timed(platform, context, token, "/applications"),
            "search_p50_ms": timed(platform, context, token, f"/applications?search=bench-{count - 1}"),
            "overview_p50_ms": timed(platform, context, token, "/"),
        }
        figures |= asyncio.run(live(platform, context, token))
        report(f"portal with {count} Applications, {VIEWS} live views", figures)


def make(platform: Rig, count: int) -> None:
    """Applications that nobody looks after: the portal alone is measured."""
    spec = {
        "project": "default",
        "source": {"repoURL": "https://h/r", "path": "."},
        "destination": {"name": "in-cluster", "namespace": "x"},
    }
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
    annotations = {"argocd.argoproj.io/skip-reconcile": "true"}
    items = [
        {**head, "metadata": {"name": f"bench-{number}", "namespace": "argocd", "annotations": annotations}, "spec": spec}
        for number in range(count)
    ]
    kubectl(platform, "create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def kubectl(platform: Rig, *arguments: str, text: str = "") -> None:
    command = ["kubectl", "--kubeconfig", str(platform.folder / "kubeconfig"), *arguments]
    subprocess.run(command, input=text, text=True, env=platform.environment, check=True, capture_output=True)


def log_in(platform: Rig, context: ssl.SSLContext) -> str:
    listed = json.loads(platform.stackwright("get", "secrets", "--name", platform.name, "-p", "argocd", "-o", "json"))
    body = json.dumps({"username": "admin", "password": listed[0]["password"]}).encode()
    request = urllib.request.Request(f"{url(platform)}/api/v1/session", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, context=context) as answer:
        return str(json.load(answer)["token"])


def url(platform: Rig) -> str:
    return f"https://localhost:{platform.port}/argocd"


def timed(platform: Rig, context: ssl.SSLContext, token: str, path: str) -> float:
    request = urllib.request.Request(url(platform) + path, headers={"Authorization": f"Bearer {token}"})

    def ask() -> None:
        with urllib.request.urlopen(request, context=context) as answer:
            answer.read()

    return percentile([milliseconds(ask) for _ in range(ROUNDS)], 0.5)


def milliseconds(done: Callable[[], None]) -> float:
    started = time.monotonic()
    done()
    return (time.monotonic() - started) * 1000


async def live(platform: Rig, context: ssl.SSLContext, token: str) -> dict[str, float]:
    """What open views cost while nothing happens, and how soon one of them learns of a change."""
    views = [await opened(platform, context, token, f"/live/applications/argocd/bench-{number}") for number in range(VIEWS)]
    await asyncio.sleep(3)
    process = psutil.Process(platform.pid)
    before = process.cpu_times()
    await asyncio.sleep(IDLE_SECONDS)
    after = process.cpu_times()
    spent = (after.user - before.user) + (after.system - before.system)
    delays = [await told(platform, context, views[number], number) for number in range(ROUNDS)]
    for _, writer in views:
        writer.close()
    return {
        "idle_cpu_percent": spent / IDLE_SECONDS * 100,
        "event_to_view_p50_ms": percentile(delays, 0.5),
        "event_to_view_max_ms": max(delays),
    }


async def opened(platform: Rig, context: ssl.SSLContext, token: str, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("localhost", platform.port, ssl=context)
    writer.write(f"GET /argocd{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    await reader.readuntil(b"data: changed\n\n")
    return reader, writer


async def told(platform: Rig, context: ssl.SSLContext, view: tuple[asyncio.StreamReader, asyncio.StreamWriter], number: int) -> float:
    """Units: milliseconds from the request that writes to the word in the view."""
    kubeconfig = json.loads((platform.folder / "kubeconfig").read_text())
    server, user = kubeconfig["clusters"][0]["cluster"]["server"], kubeconfig["users"][0]["user"]["token"]
    place = urllib.parse.urlsplit(server)
    path = f"/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/bench-{number}"
    body = json.dumps({"metadata": {"labels": {"seen": str(time.monotonic_ns())}}}).encode()
    head = f"PATCH {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {user}\r\nContent-Type: application/merge-patch+json\r\n"
    reader, writer = await asyncio.open_connection(place.hostname, place.port, ssl=context)
    started = time.monotonic()
    writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
    await asyncio.wait_for(view[0].readuntil(b"data: changed\n\n"), 10)
    ended = time.monotonic()
    await reader.read()
    writer.close()
    return (ended - started) * 1000


if __name__ == "__main__":
    main()
