"""Two states of an object side by side, Secret values masked."""

from difflib import SequenceMatcher
from html import escape

from stackwright.api.meta import Object, gvk_of
from stackwright.gitops.compare import AppState, ResourceState
from stackwright.gitops.diff.masks import hidden
from stackwright.kernel import yaml
from stackwright.portal import html

CONTEXT_LINES = 3
MAX_LINES = 4000
_SHOWN_METADATA = ("name", "namespace", "labels", "annotations")
_OWN_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration", "argocd.argoproj.io/tracking-id")


def differences(state: AppState | None) -> str:
    """What a sync would change, object by object."""
    if state is None:
        return html.hollow("Nothing can be compared now: the summary says why.")
    differing = [resource for resource in state.resources if resource.status == "OutOfSync"]
    if not differing:
        return html.hollow("Nothing differs: the cluster is as the sources want it.")
    return "".join(_one(resource) for resource in differing)


def _one(resource: ResourceState) -> str:
    live, wanted, key = resource.pair.live, resource.pair.target, resource.pair.key
    word, told = ("create", "is missing") if live is None else ("prune", "is wanted no longer") if wanted is None else ("change", "differs")
    shown = side_by_side(live, wanted) or html.hollow("It differs only in what is not shown here, such as annotations.")
    title = f"{key.kind} {key.namespace + '/' if key.namespace else ''}{key.name}"
    return f'<details class="card" open><summary><span class="word {word}">{told}</span> {escape(title)}</summary>{shown}</details>'


def patch(text: str) -> str:
    """A unified diff, each line in its colour."""
    lines = "".join(
        f'<span class="{_line_class(line)}">{escape(line)}</span>' for line in text.splitlines() if not line.startswith(("---", "+++"))
    )
    return f'<pre class="patch" tabindex="0">{lines}</pre>'


def _line_class(line: str) -> str:
    return {"+": "ins", "-": "del", "@": "at"}.get(line[:1], "")


def side_by_side(live: Object | None, wanted: Object | None, headings: tuple[str, str] = ("live", "wanted")) -> str:
    """A table of what differs, with a few lines around; empty when nothing does."""
    subject = wanted or live or {}
    if subject.get("kind") == "Secret":
        wanted, live = hidden(wanted, live)
    before, after = _lines(live), _lines(wanted)
    rows = "".join(
        _group(group, before, after) for group in SequenceMatcher(a=before, b=after, autojunk=False).get_grouped_opcodes(CONTEXT_LINES)
    )
    if not rows:
        return ""
    title = f"{gvk_of(subject).kind} {(subject.get('metadata') or {}).get('name', '')}"
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Difference of {escape(title)}"><table class="diff">'
        f"<caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _lines(obj: Object | None) -> list[str]:
    if obj is None:
        return []
    metadata = {key: value for key, value in (obj.get("metadata") or {}).items() if key in _SHOWN_METADATA}
    metadata["annotations"] = {key: value for key, value in (metadata.get("annotations") or {}).items() if key not in _OWN_ANNOTATIONS}
    shown = {key: value for key, value in obj.items() if key != "status"} | {
        "metadata": {key: value for key, value in metadata.items() if value}
    }
    return yaml.dump(shown).splitlines()[:MAX_LINES]


def _group(group: list[tuple[str, int, int, int, int]], before: list[str], after: list[str]) -> str:
    return "".join(_rows(kind, before[a:b], after[c:d]) for kind, a, b, c, d in group)


def _rows(kind: str, left: list[str], right: list[str]) -> str:
    count = max(len(left), len(right))
    pairs = zip([*left, *[""] * (count - len(left))], [*right, *[""] * (count - len(right))], strict=True)
    old, new = ("", "") if kind == "equal" else ("del", "ins")
    return "".join(f"<tr><td>{_cell(old, a)}</td><td>{_cell(new, b)}</td></tr>" for a, b in pairs)


def _cell(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>" if tag and text else escape(text)
