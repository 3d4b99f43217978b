"""Logs that follow."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from stackwright.api.meta import Object
from stackwright.portal import html


def containers_of(pod: Object) -> list[str]:
    spec = pod.get("spec") or {}
    return [str(item.get("name")) for part in ("containers", "initContainers") for item in spec.get(part) or ()]


def logs(pod: str, pods: Sequence[str], container: str, containers: Sequence[str], stream: str, *, previous: bool, choose: str) -> str:
    """Shape: `pods` as NAMESPACE/NAME; `stream` is the path of the server-sent events, `choose` where another pod is asked for."""
    query = {"container": container, **({"previous": "true"} if previous else {})}
    source = f"{stream}?{urlencode(query)}"
    chosen = _select("pod", "Pod", pods, pod) if len(pods) > 1 else f'<input type="hidden" name="pod" value="{escape(pod)}">'
    before = (
        '<label class="check"><input type="checkbox" name="previous" value="true" '
        f"data-auto{' checked' if previous else ''}> The run before</label>"
    )
    return (
        f'<form class="bar" method="get" '
        f'action="{escape(choose)}">{chosen}{_select("container", "Container", containers, container)}{before}'
        '<button class="plain">Show</button></form>'
        '<div class="bar"><label for="logs-search">Search in the lines<br><input id="logs-search" type="search"></label>'
        '<label class="check"><input type="checkbox" id="follow" checked> Scroll to what comes</label>'
        '<label class="check"><input type="checkbox" id="wrap"> Wrap lines</label>'
        '<label class="check"><input type="checkbox" id="times" checked> Times (UTC)</label></div>'
        f'<pre class="logs" tabindex="0" role="log" aria-label="Logs" data-logs="{escape(source)}"></pre>'
        '<p class="hint" id="logs-state" role="status">Connecting.</p>'
    )


def _select(name: str, label: str, words: Sequence[str], chosen: str) -> str:
    options = "".join(f"<option{' selected' if word == chosen else ''}>{escape(word)}</option>" for word in words)
    return f'<label for="{name}">{label}<br><select id="{name}" name="{name}" data-auto>{options}</select></label>'


def nothing(app: str) -> str:
    return html.hollow(f"{escape(app)} has no pods now: there are no logs to follow.")
