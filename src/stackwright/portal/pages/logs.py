"""Logs that follow."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from stackwright.api.meta import Object, name_of


def containers_of(pod: Object) -> list[str]:
    spec = pod.get("spec") or {}
    return [str(item.get("name")) for part in ("containers", "initContainers") for item in spec.get(part) or ()]


def logs(pod: Object, container: str, stream: str, containers: Sequence[str]) -> str:
    """Shape: `stream` is the path of the server-sent events."""
    options = "".join(f"<option{' selected' if name == container else ''}>{escape(name)}</option>" for name in containers)
    choose = (
        '<form class="bar" method="get"><label for="container">Container<br>'
        f'<select id="container" name="container">{options}</select></label>'
        "<button>Show</button></form>"
    )
    source = f"{stream}?{urlencode({'container': container})}"
    return (
        f"<h1>Logs of {escape(name_of(pod))}</h1>{choose}"
        f'<label class="check"><input type="checkbox" id="follow" checked> Scroll to what comes</label>'
        f'<pre class="logs" tabindex="0" role="log" aria-label="Logs" data-logs="{escape(source)}"></pre>'
        '<p class="hint" id="logs-state" role="status"></p>'
    )
