"""Clusters that are deployed to."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode

from stackwright.gitops.clusters import IN_CLUSTER_SERVER
from stackwright.gitops.measures import ClusterState
from stackwright.portal import html
from stackwright.portal.forms import Problems
from stackwright.portal.sessions import Session

HEADINGS = ("Cluster", "State", "Version", "Server", "Objects", "Applications", "What")


def listed(
    found: Sequence[Mapping[str, str]], states: Mapping[str, ClusterState], counts: Mapping[str, int], prefix: str, *, may_change: bool
) -> str:
    rows = [_row(each, states.get(each["server"]), counts.get(each["server"], 0), prefix, may_change) for each in found]
    return html.table(HEADINGS, rows, "No clusters that you may see.", "Clusters")


def _row(each: Mapping[str, str], state: ClusterState | None, count: int, prefix: str, may_change: bool) -> tuple[str, ...]:
    if state is None:
        word = '<span class="word plain">not used yet</span>'
    else:
        word = html.word("Successful", "connected") if state.connected else html.word("Failed", "does not answer")
    query = escape(urlencode({"server": each["server"]}))
    own = each["server"] == IN_CLUSTER_SERVER
    return (
        escape(each["name"]),
        word,
        escape(state.version if state else ""),
        escape(each["server"]),
        str(state.objects) if state else "",
        f'<a href="{prefix}/applications?cluster={escape(each["server"])}">{count}</a>',
        f'<a href="{prefix}/clusters/delete?{query}">delete…</a>' if may_change and not own else "",
    )


def form(
    fields: Mapping[str, str], problems: Problems, told: Sequence[str], session: Session, action: str, platform: str, good: str
) -> str:
    def text(name: str, label: str, hint: str = "", kind: str = "text") -> str:
        value = "" if kind == "password" else fields.get(name, "")
        return html.field(name, label, value, hint=hint, kind=kind, problem=problems.get(name, ""))

    found = f'<p class="good" role="status">{escape(good)}</p>' if good else ""
    authority = html.area(
        "caData", "Certificate authority", fields.get("caData", ""), rows=4, hint="PEM", problem=problems.get("caData", "")
    )
    return (
        f'{html.problems([*told, *problems.values()])}{found}<form method="post" action="{escape(action)}" '
        f'class="form">{html.csrf(session)}'
        f"<fieldset><legend>Cluster</legend>{text('name', 'Name')}{text('server', 'Server', 'URL of its API')}"
        f"{text('namespaces', 'Namespaces', 'comma between; empty for all')}{text('project', 'Project', 'empty for all')}</fieldset>"
        f"<fieldset><legend>How to get in</legend>{text('bearerToken', 'Bearer token', 'of a service account', 'password')}{authority}"
        f"{html.checkbox('insecure', 'Do not check the certificate', checked=fields.get('insecure') == 'true')}</fieldset>"
        '<div class="bar"><button name="do" value="save">Register</button>'
        '<button class="plain" name="do" value="test">Test the connection</button></div></form>'
        f'<p class="hint">With a kubeconfig at hand, one command makes a service account and registers the cluster:</p>'
        f'<code class="command">stackwright cluster add CONTEXT --platform {escape(platform)}</code>'
    )


def deletion(name: str, count: int, action: str, session: Session) -> str:
    used = f"{count} Applications deploy to it; what they deployed stays there, and they cannot be compared any more." if count else ""
    return f"<p>{escape(used or 'No Application deploys to it.')}</p>{html.button(action, f'Forget {name}', session, (), 'danger')}"
