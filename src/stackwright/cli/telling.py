"""How `create` tells what happens: in place on a terminal, line by line otherwise, or as JSON for programs."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

import click

from stackwright.app.creating import Moment, Packages
from stackwright.app.platforms import PlatformState
from stackwright.app.progress import AppLine, Progress
from stackwright.app.settings import PlatformSettings
from stackwright.kernel import json

_COLOURS: Mapping[str, str] = {"ready": "green", "waiting": "yellow", "stuck": "red"}
_SHOWN = 12


class Teller(Protocol):
    def note(self, text: str) -> None: ...
    def plan(self, settings: PlatformSettings, packages: Packages) -> None: ...
    def starting(self, settings: PlatformSettings) -> None: ...
    def beat(self) -> None: ...
    def serving(self, state: PlatformState) -> None: ...
    def progress(self, progress: Progress) -> None: ...
    def ended(self, state: PlatformState, moment: Moment) -> None: ...
    def interrupted(self, settings: PlatformSettings) -> None: ...


def planned(settings: PlatformSettings, packages: Packages) -> list[str]:
    """The steps of `create`, in words."""
    steps = [
        f"start or resume the platform {settings.name} on 127.0.0.1:{settings.port}",
        "serve an embedded Kubernetes cluster, the git forge and the GitOps engine",
        "deploy the platform's own stack from the repository giteaAdmin/platform-config",
    ]
    steps += [f"deploy the package {value}" for value in (*packages.dirs, *packages.files, *packages.urls)]
    return [*steps, "wait until every Application is Synced and Healthy"]


class TextTeller:
    """For people. Progress goes to stderr, results to stdout."""

    def __init__(self, *, color: bool, live: bool) -> None:
        self._color = color
        self._live = live
        self._lines = 0
        self._told: dict[str, str] = {}

    def note(self, text: str) -> None:
        self._say(text)

    def plan(self, settings: PlatformSettings, packages: Packages) -> None:
        for number, text in enumerate(planned(settings, packages), 1):
            click.echo(f"{number}. {text}")

    def starting(self, settings: PlatformSettings) -> None:
        self._say(f"starting the platform {settings.name}")

    def beat(self) -> None:
        return

    def serving(self, state: PlatformState) -> None:
        self._say(f"the cluster answers at {state.settings.kubernetes_url}")

    def progress(self, progress: Progress) -> None:
        if self._live:
            self._redraw(progress)
            return
        for app in progress.apps:
            line = _line(app)
            if self._told.get(app.name) != line:
                self._told[app.name] = line
                self._say(line)

    def _redraw(self, progress: Progress) -> None:
        self._clear()
        done = sum(app.verdict == "ready" for app in progress.apps)
        lines = [f"{done} of {len(progress.apps)} Applications are well"]
        lines += [self._coloured(app) for app in progress.waiting[:_SHOWN]]
        for line in lines:
            click.echo(line, err=True, color=self._color)
        self._lines = len(lines)

    def _clear(self) -> None:
        if self._lines:
            click.echo(f"\x1b[{self._lines}A\x1b[J", nl=False, err=True, color=True)
            self._lines = 0

    def ended(self, state: PlatformState, moment: Moment) -> None:
        self._clear()
        for app in moment.progress.apps if self._live else ():
            click.echo(self._coloured(app), err=True, color=self._color)
        for warning in moment.progress.warnings:
            self._say(f"note: {warning}")
        for problem in moment.progress.problems:
            self._say(f"package problem: {problem}")
        if moment.ending == "ready":
            self._success(state)
        else:
            self._failure(state, moment)

    def _success(self, state: PlatformState) -> None:
        settings = state.settings
        named = "" if settings.name == "localdev" else f" --name {settings.name}"
        click.echo("\n########################### Finished Creating IDP Successfully! ############################\n\n")
        click.echo(f"Can Access ArgoCD at {settings.service_url('argocd')}")
        click.echo("Username: admin")
        click.echo(f"Password can be retrieved by running: stackwright get secrets -p argocd{named}")
        click.echo(f"Git repositories at {settings.service_url('gitea')}")
        click.echo(f"kubectl: stackwright kubectl{named} get pods -A  (or: export KUBECONFIG={state.places.kubeconfig})")

    def _failure(self, state: PlatformState, moment: Moment) -> None:
        words = "timed out" if moment.ending == "timed out" else "not everything is well"
        self._say(f"\n{words}:")
        for app in moment.progress.waiting:
            self._say(f"  Application {app.name}: {app.sync}, {app.health}{': ' + app.reason if app.reason else ''}")
        first = next(iter(moment.progress.waiting), None)
        if first is not None:
            self._say(f"next: stackwright app get {first.name} --name {state.settings.name}")

    def interrupted(self, settings: PlatformSettings) -> None:
        self._say(f"\ninterrupted; the platform {settings.name} goes on: resume with stackwright create --name {settings.name}")

    def _coloured(self, app: AppLine) -> str:
        return click.style(_line(app), fg=_COLOURS[app.verdict])

    def _say(self, text: str) -> None:
        click.echo(text, err=True)


def _line(app: AppLine) -> str:
    reason = f"  {app.reason}" if app.reason else ""
    return f"{app.name:<28} {app.sync:<10} {app.health:<12}{reason}".rstrip()[:200]


class JsonTeller:
    """For programs: one event a line on stdout."""

    def _say(self, event: str, **fields: Any) -> None:
        click.echo(json.dumps({"event": event, **fields}).decode())

    def note(self, text: str) -> None:
        self._say("note", message=text)

    def plan(self, settings: PlatformSettings, packages: Packages) -> None:
        self._say("plan", platform=asdict(settings), steps=planned(settings, packages))

    def starting(self, settings: PlatformSettings) -> None:
        self._say("starting", name=settings.name)

    def beat(self) -> None:
        return

    def serving(self, state: PlatformState) -> None:
        self._say("serving", url=state.settings.kubernetes_url, kubeconfig=str(state.places.kubeconfig))

    def progress(self, progress: Progress) -> None:
        self._say("progress", applications=[asdict(app) for app in progress.apps], problems=list(progress.problems))

    def ended(self, state: PlatformState, moment: Moment) -> None:
        settings = state.settings
        urls = {"argocd": settings.service_url("argocd"), "gitea": settings.service_url("gitea"), "kubernetes": settings.kubernetes_url}
        applications = [asdict(app) for app in moment.progress.apps]
        self._say(
            "ended",
            ending=moment.ending,
            applications=applications,
            problems=list(moment.progress.problems),
            warnings=list(moment.progress.warnings),
            urls=urls,
        )

    def interrupted(self, settings: PlatformSettings) -> None:
        self._say("interrupted", name=settings.name)
