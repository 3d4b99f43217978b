"""The flags that say what an Application is: its sources, destination and sync policy, under argocd's names."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from stackwright.kernel.errors import BadInput

F = TypeVar("F", bound=Callable[..., Any])
_Decorator = Callable[[Any], Any]

_TEXTS: Mapping[str, str] = {
    "--repo": "URL of the repository.",
    "--path": "Folder in the repository.",
    "--helm-chart": "Name of a chart, when the repository is one of charts.",
    "--revision": "Branch, tag, commit or version that is followed.",
    "--ref": "Name under which other sources read files of this one.",
    "--release-name": "Helm: name of the release.",
    "--helm-version": "Helm: version of Helm.",
    "--helm-namespace": "Helm: namespace that templates see.",
    "--helm-kube-version": "Helm: version of Kubernetes that templates see.",
    "--nameprefix": "Kustomize: before every name.",
    "--namesuffix": "Kustomize: after every name.",
    "--kustomize-version": "Kustomize: version of Kustomize.",
    "--kustomize-namespace": "Kustomize: namespace of every object.",
    "--kustomize-kube-version": "Kustomize: version of Kubernetes for charts.",
    "--directory-exclude": "Plain files: glob of those left out.",
    "--directory-include": "Plain files: glob of those taken.",
    "--config-management-plugin": "Name of a plug-in that renders.",
}
_LISTS: Mapping[str, str] = {
    "--values": "Helm: file with values.",
    "--helm-set": "Helm: NAME=VALUE.",
    "--helm-set-string": "Helm: NAME=VALUE, always text.",
    "--helm-set-file": "Helm: NAME=PATH of a file in the repository.",
    "--helm-api-versions": "Helm: GROUP/VERSION/KIND that templates see.",
    "--kustomize-image": "Kustomize: NAME=NEW, NAME:TAG or NAME@DIGEST.",
    "--kustomize-replica": "Kustomize: NAME=NUMBER.",
    "--kustomize-common-label": "Kustomize: KEY=VALUE for every object.",
    "--kustomize-common-annotation": "Kustomize: KEY=VALUE for every object.",
    "--kustomize-api-versions": "Kustomize: GROUP/VERSION/KIND for charts.",
    "--jsonnet-tla-str": "Jsonnet: top-level argument NAME=VALUE.",
    "--jsonnet-tla-code": "Jsonnet: top-level argument NAME=CODE.",
    "--jsonnet-ext-var-str": "Jsonnet: external variable NAME=VALUE.",
    "--jsonnet-ext-var-code": "Jsonnet: external variable NAME=CODE.",
    "--jsonnet-libs": "Jsonnet: folder of libraries.",
    "--plugin-env": "Plug-in: NAME=VALUE.",
}
_SWITCHES: Mapping[str, str] = {
    "--ignore-missing-value-files": "Helm: a file of values may be missing.",
    "--helm-pass-credentials": "Helm: credentials for all hosts.",
    "--helm-skip-crds": "Helm: without the chart's CRDs.",
    "--helm-skip-schema-validation": "Helm: values are not checked against the chart's schema.",
    "--helm-skip-tests": "Helm: without the chart's tests.",
    "--kustomize-force-common-label": "Kustomize: labels replace those that are there.",
    "--kustomize-force-common-annotation": "Kustomize: annotations replace those that are there.",
    "--kustomize-label-without-selector": "Kustomize: labels do not go to selectors.",
    "--kustomize-label-include-templates": "Kustomize: labels go to templates too.",
    "--ignore-missing-components": "Kustomize: a component may be missing.",
    "--directory-recurse": "Plain files: those of all folders below.",
    "--directory-disable-extension-filter": "Plain files: of every ending.",
}
_POLICY: Mapping[str, str] = {
    "--auto-prune": "What is no longer wanted is removed by itself.",
    "--self-heal": "Changes of others in the cluster are undone by themselves.",
    "--allow-empty": "May be synced to nothing by itself.",
    "--sync-retry-refresh": "A new try takes the newest revision.",
}
_SPEC: Mapping[str, str] = {
    "--project": "Project of the Application.",
    "--dest-server": "URL of the cluster.",
    "--dest-name": "Name of the cluster.",
    "--dest-namespace": "Namespace for objects that name none.",
    "--sync-retry-backoff-duration": "Wait before the first new try, such as 5s.",
    "--sync-retry-backoff-max-duration": "Longest wait between tries, such as 3m.",
}


def source_flags(command: F) -> F:
    """Everything about one source."""
    options: list[_Decorator] = [_switch(flag, words) for flag, words in _SWITCHES.items()]
    options += [click.option(flag, multiple=True, help=f"{words} Repeatable.") for flag, words in _LISTS.items()]
    options += [
        click.option("-p", "--parameter", multiple=True, help="Helm: NAME=VALUE. Repeatable."),
        click.option(
            "--values-literal-file",
            "values_literal",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            callback=lambda _context, _option, path: None if path is None else _text_of(path),
            help="Helm: file here whose text becomes the values.",
        ),
    ]
    options += [click.option(flag, help=words) for flag, words in _TEXTS.items()]
    return _with(command, options)


def spec_flags(command: F) -> F:
    """Destination, project and sync policy."""
    options: list[_Decorator] = [_switch(flag, words) for flag, words in _POLICY.items()]
    options += [
        click.option(
            "--sync-policy",
            type=click.Choice(["none", "auto", "automated", "automatic"]),
            help="Whether it is synced by itself.",
        ),
        click.option("--sync-option", multiple=True, help="NAME=VALUE sets an option, !NAME=VALUE removes it. Repeatable."),
        click.option("--sync-retry-limit", type=click.IntRange(min=-1), help="How often a sync is tried again; 0 for never."),
        click.option("--sync-retry-backoff-factor", type=click.IntRange(min=1), help="By which waits grow."),
        click.option("--revision-history-limit", type=click.IntRange(min=0), help="How many entries the history keeps."),
    ]
    options += [click.option(flag, help=words) for flag, words in _SPEC.items()]
    return _with(command, options)


def _switch(flag: str, words: str) -> _Decorator:
    return click.option(f"{flag}/--no-{flag[2:]}", default=None, help=words)


def _with(command: F, options: Sequence[_Decorator]) -> F:
    for option in options:
        command = option(command)
    return command


def _text_of(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text") from error
